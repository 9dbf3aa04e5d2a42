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

func bindPhones(column *Column) func(*Cell) {
	plan, home, fallback := northAmericanPlan(), northAmericans(), []byte(column.Params.DefaultCountry)
	return func(c *Cell) {
		if sheetDamage(c) {
			return
		}
		region := regionOf(c, fallback)
		var national [nationalDigits]byte
		switch {
		case isOneDigit(c.Text):
			nullPhone(c)
		case !plainNumber(c.Text, home[string(region)], &national):
			readPhone(c, string(region))
		case isRepeated(national[:]):
			nullPhone(c)
		default:
			out := append(append(c.Bytes(12), "+1"...), national[:]...)
			writePhone(c, out, isGivenOut(plan, &national))
		}
	}
}

// readPhone leaves the number to the library.
func readPhone(c *Cell, region string) {
	number := parsePhone(c.Text, region)
	switch {
	case number == nil:
		c.Keep("VAL-PHONE-1", record.Error, "not a telephone number")
	case isOneDigit([]byte(phonenumbers.GetNationalSignificantNumber(number))):
		nullPhone(c)
	case !isPossible(number, region):
		c.Keep("VAL-PHONE-1", record.Error, "too short, too long or without area code for a telephone number")
	default:
		out := phonenumbers.NewBuilder(c.Bytes(20))
		phonenumbers.FormatWithBuf(number, phonenumbers.E164, out)
		writePhone(c, out.Bytes(), phonenumbers.IsValidNumber(number))
		if extension := number.GetExtension(); extension != "" {
			c.Derive(0, append(c.Bytes(len(extension)), extension...))
		}
	}
}

// regionOf is where the number is dialled: the country of the record, else the default; empty when nobody knows the country.
func regionOf(c *Cell, fallback []byte) []byte {
	switch country := c.PeerValue(0); {
	case country.Text == nil:
		return fallback
	case country.Outcome == record.Kept:
		return nil
	default:
		return country.Text
	}
}

// parsePhone returns nil when the text is no telephone number. Without a region only international ones are.
func parsePhone(text []byte, region string) *phonenumbers.PhoneNumber {
	if len(text) > longestPhone {
		return nil
	}
	number, err := phonenumbers.Parse(string(text), region)
	if err != nil {
		return nil
	}
	return number
}

// isPossible tells whether a number can be dialled from anywhere: its length is right, or it is one of the few short ones that a
// whole country shares, such as 310-xxxx in Canada.
func isPossible(number *phonenumbers.PhoneNumber, region string) bool {
	return phonenumbers.IsPossibleNumberWithReason(number) == phonenumbers.IS_POSSIBLE || phonenumbers.IsValidNumberForRegion(number, region)
}

func writePhone(c *Cell, out []byte, valid bool) {
	if valid {
		c.Set("STD-PHONE-1", out)
	} else {
		c.SetAs("VAL-PHONE-1", out, record.Warning, "no such number is given out")
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
