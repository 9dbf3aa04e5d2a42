package rule

import (
	"bytes"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// bloodGroups are the outputs of rule STD-BLOOD-1, bloodConcepts their SNOMED CT concepts.
var (
	bloodGroups   = [...]string{"A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"}
	bloodConcepts = [...]string{"278149003", "278152006", "278150003", "278153001", "278151004", "278154007", "278147001", "278148006"}
)

const longestBlood = 40

// bloodWords are what a blood group is written as, by bloodKey.
var bloodWords = func() map[string]blood {
	all := map[string]blood{}
	for i, out := range bloodGroups {
		group, sign := strings.ToLower(out[:len(out)-1]), out[len(out)-1]
		signs := [...]string{"+", "+ve", "pos", "positive"}
		if sign == '-' {
			signs = [...]string{"-", "ve", "neg", "negative"} // bloodKey leaves the hyphen of -ve out.
		}
		for _, s := range signs {
			for _, factor := range [...]string{"", "rh", "rhd"} {
				all[group+factor+s] = blood{out: []byte(out)}
				if group == "o" {
					all["0"+factor+s] = blood{out: []byte(out), zero: true}
				}
			}
		}
		all[group], all[bloodConcepts[i]] = blood{}, blood{out: []byte(out)}
	}
	all["0"] = blood{}
	return all
}()

// blood is what a text says; out is nil when the Rh factor is missing.
type blood struct {
	out  []byte
	zero bool // written with the digit
}

// bloodKey appends the text key without spaces, brackets, commas and the marks of rule 0.8 to dst, and without the words that say
// what it is; a hyphen at the end is a sign and stays.
func bloodKey(dst, text []byte) []byte {
	start := len(dst)
	dst = textKey(dst, text)
	n := start
	for i, b := range dst[start:] {
		mark := joint[b] || b == '(' || b == ')' || b == ','
		if !mark || b == '-' && start+i == len(dst)-1 {
			dst[n] = b
			n++
		}
	}
	key := dst[start:n]
	for _, word := range [...]string{"blood", "group", "type"} {
		key = bytes.TrimPrefix(key, []byte(word))
	}
	return key
}

// bloodTypes is rule STD-BLOOD-1.
func bloodTypes(*Column) func(*Cell) {
	return func(c *Cell) {
		var buf [longestBlood]byte
		if len(c.Text) > longestBlood {
			c.Keep("STD-BLOOD-1", record.Error, "not a blood group")
			return
		}
		switch b, ok := bloodWords[string(bloodKey(buf[:0], c.Text))]; {
		case !ok:
			c.Keep("STD-BLOOD-1", record.Error, "not a blood group")
		case b.out == nil:
			c.Keep("STD-BLOOD-1", record.Warning, "no Rh factor")
		case b.zero:
			c.SetAs("STD-BLOOD-1", b.out, record.Warning, "0 read as the letter O")
		default:
			c.Set("STD-BLOOD-1", b.out)
		}
	}
}
