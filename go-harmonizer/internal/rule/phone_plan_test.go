package rule

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestNorthAmericanPlan asks the library about numbers of every area code, and of the exchanges that a country shares with others.
func TestNorthAmericanPlan(t *testing.T) {
	plan, random := northAmericanPlan(), rand.New(rand.NewPCG(1, 2))
	if len(plan) < 100 {
		t.Fatalf("%d states", len(plan))
	}
	t.Logf("%d states", len(plan))
	for area := 200; area < 1000; area++ {
		for range 25 {
			compare(t, plan, fmt.Sprintf("%d%07d", area, random.IntN(10_000_000)))
		}
	}
	for region := range northAmericans() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil && n.GetNationalNumber() > 2_000_000_000 {
				for d := range uint64(100) { // its neighbours
					compare(t, plan, fmt.Sprint(n.GetNationalNumber()-50+d))
				}
			}
		}
	}
}

func compare(t *testing.T, plan []digitState, national string) {
	t.Helper()
	number, err := phonenumbers.Parse("+1"+national, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := isGivenOut(plan, (*[nationalDigits]byte)([]byte(national))), phonenumbers.IsValidNumber(number); got != want {
		t.Errorf("%s: got %v, the library %v", national, got, want)
	}
}

// TestPlainNumbers compares what is read here with what the library reads, for digits with anything between them.
func TestPlainNumbers(t *testing.T) {
	random, read := rand.New(rand.NewPCG(3, 4)), 0
	for range 20_000 {
		text := []byte{}
		for _, prefix := range []string{"+", "(", "1", "+1 ", "1-"} {
			if random.IntN(8) == 0 {
				text = append(text, prefix...)
			}
		}
		for range 9 + random.IntN(3) {
			if random.IntN(3) == 0 {
				text = append(text, " -.()"[random.IntN(5)])
			}
			text = append(text, byte('0'+random.IntN(10)))
		}
		text = append(text, []string{"", "", ".", ")", " -", "x"}[random.IntN(6)]...)
		var national [nationalDigits]byte
		if !plainNumber(text, true, &national) {
			continue
		}
		read++
		number, err := phonenumbers.Parse(string(text), "US")
		if err != nil || phonenumbers.Format(number, phonenumbers.E164) != "+1"+string(national[:]) || number.GetExtension() != "" {
			t.Errorf("%q: read as %s, by the library as %v %v", text, national[:], number, err)
		}
	}
	if read < 3000 {
		t.Errorf("only %d were read", read)
	}
}
