package deid

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

var (
	idShape  = regexp.MustCompile(`^[a-z2-7]{26}$`)
	uidShape = regexp.MustCompile(`^2\.25\.(0|[1-9][0-9]{0,38})$`)
)

// The format is promised: whoever keeps pseudonyms compares them with those of later jobs.
func TestPseudonymsAreTheFirst128BitsOfHMACSHA256(t *testing.T) {
	p := newPseudonyms(testKey)
	// printf 'patient\0P1' | openssl dgst -sha256 -mac HMAC -macopt key:'sixteen bytes or more' -binary | head -c 16 | base32
	const want = "ld5jdhdcl35qjpo6wuo2coikre"
	if got := string(p.id(nil, "patient", []byte("P1"))); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	const uid = "2.25.219147513644817914738539511847856439447"
	if got := string(p.uid(nil, []byte("1.2.3"))); got != uid {
		t.Errorf("%s, want %s", got, uid)
	}
}

func TestPseudonymsTellClassesKeysAndValuesApart(t *testing.T) {
	p, other := newPseudonyms(testKey), newPseudonyms(RandomKey())
	seen := map[string]string{}
	note := func(what, text string) {
		if !idShape.MatchString(text) {
			t.Errorf("%s: %q", what, text)
		}
		if before, known := seen[text]; known {
			t.Errorf("%s and %s have the same pseudonym", before, what)
		}
		seen[text] = what
	}
	for i := range 500 {
		value := []byte(fmt.Sprint("P", i))
		for _, class := range []string{"patient", "encounter"} {
			note(class+string(value), string(p.id(nil, class, value)))
			if string(p.id(nil, class, value)) != string(newPseudonyms(testKey).id(nil, class, value)) {
				t.Fatal("another worker makes another pseudonym")
			}
		}
		note("other "+string(value), string(other.id(nil, "patient", value)))
	}
	note("joined", string(p.id(nil, "patien", []byte("tP1"))))
}

func TestUIDsAreUIDs(t *testing.T) {
	p := newPseudonyms(testKey)
	limit := new(big.Int).Lsh(big.NewInt(1), 128)
	for i := range 500 {
		text := string(p.uid(nil, fmt.Appendf(nil, "1.2.%d", i)))
		n, _ := new(big.Int).SetString(strings.TrimPrefix(text, "2.25."), 10)
		if !uidShape.MatchString(text) || len(text) > 64 || n.Cmp(limit) >= 0 {
			t.Errorf("%q", text)
		}
	}
}

func TestKeys(t *testing.T) {
	secret := []byte("a secret that is long")
	k, err := NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	before := string(newPseudonyms(k).id(nil, "patient", []byte("P1")))
	clear(secret)
	if string(newPseudonyms(k).id(nil, "patient", []byte("P1"))) != before {
		t.Error("the key changes with the caller's bytes")
	}
	if text := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(text, "secret") || strings.Contains(text, "115") {
		t.Errorf("printed: %s", text)
	}
	if _, err := NewKey([]byte("fifteen bytes..")); fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "fifteen") {
		t.Errorf("a short key: %v", err)
	}
	if one, other := RandomKey(), RandomKey(); one.String() != "[key]" || string(one.secret) == string(other.secret) {
		t.Error("random keys are equal")
	}
	for o, ok := range map[plan.Operation]bool{plan.Harmonize: true, plan.Validate: true, plan.Clean: false, plan.Standardize: false} {
		if err := Check(o); (err == nil) != ok {
			t.Errorf("operation %d: %v", o, err)
		}
	}
}
