package rule

import (
	"bytes"

	"github.com/nyaruka/phonenumbers"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// phoneLibrary is the version of the library that reads telephone numbers, phoneMetadata that of the numbering plans in it, which it
// only tells in its list of changes.
const phoneLibrary, phoneMetadata = "v1.8.1", "9.0.32-SNAPSHOT"

// PhoneMetadataVersion returns the version of libphonenumber whose numbering plans decide which telephone numbers are valid.
func PhoneMetadataVersion() string { return phoneMetadata }

// phones is rules STD-PHONE-1 and VAL-PHONE-1.
var phones = Standardizer{Peers: []string{"country"}, Derives: []string{"phone_ext"}, Bind: bindPhones}

// longestPhone is beyond every telephone number with its extension.
const longestPhone = 64

func bindPhones(*Column) func(*Cell) {
	return func(c *Cell) {
		if isOneDigit(c.Text) {
			nullPhone(c)
			return
		}
		number := parsePhone(c)
		switch {
		case number == nil:
			c.Keep("VAL-PHONE-1", record.Error, "not a telephone number")
		case isOneDigit([]byte(phonenumbers.GetNationalSignificantNumber(number))):
			nullPhone(c)
		case phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE:
			c.Keep("VAL-PHONE-1", record.Error, "too short, too long or without area code for a telephone number")
		default:
			writePhone(c, number)
		}
	}
}

// parsePhone returns nil when the text is no telephone number. Without a country that is known only international ones are.
func parsePhone(c *Cell) *phonenumbers.PhoneNumber {
	if len(c.Text) > longestPhone {
		return nil
	}
	region := c.column.Params.DefaultCountry
	if country := c.PeerValue(0); country.Text != nil {
		region = string(country.Text)
		if country.Outcome == record.Kept {
			region = ""
		}
	}
	number, err := phonenumbers.Parse(string(c.Text), region)
	if err != nil {
		return nil
	}
	return number
}

func writePhone(c *Cell, number *phonenumbers.PhoneNumber) {
	out := phonenumbers.NewBuilder(c.Bytes(20))
	phonenumbers.FormatWithBuf(number, phonenumbers.E164, out)
	if phonenumbers.IsValidNumber(number) {
		c.Set("STD-PHONE-1", out.Bytes())
	} else {
		c.SetAs("VAL-PHONE-1", out.Bytes(), record.Warning, "no such number is given out")
	}
	if extension := number.GetExtension(); extension != "" {
		c.Derive(0, append(c.Bytes(len(extension)), extension...))
	}
}

func nullPhone(c *Cell) {
	c.Null("STD-PHONE-1", record.Warning, record.Unknown, "one digit again and again")
}

// isOneDigit tells whether the digits of a text are at least seven and all the same.
func isOneDigit(text []byte) bool {
	i := bytes.IndexAny(text, "0123456789")
	if i < 0 {
		return false
	}
	n := 0
	for _, b := range text[i:] {
		switch {
		case b == text[i]:
			n++
		case b-'0' < 10 || lower[b]-'a' < 26:
			return false
		}
	}
	return n >= 7
}
