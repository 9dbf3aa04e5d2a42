// Package match finds the records that speak of one patient (rule DED-5): pairs, explained field by field, and clusters.
//
// It holds comparison keys of the patients in memory, about 300 bytes a person, and reads nothing else.
package match

import (
	"runtime"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Person is what matching reads of a patient record: output texts, "" for null. Kept texts take part.
type Person struct {
	First, Last, Suffix, Birth, Sex, MRN, SSN, Address, City, State, Zip, Phone string
	// SSNValid tells that SSN passed VAL-SSN-1 fully: neither kept nor the last four digits alone.
	SSNValid bool
}

// Model is how pairs are judged: the job option match_model.
type Model uint8

// The models. Auto is Estimated from 1,000 persons on, else Fixed.
const (
	Auto Model = iota
	Fixed
	Estimated
)

// String returns the word of the job option.
func (m Model) String() string { return [...]string{"auto", "fixed", "estimated"}[m] }

// Bounds that hold where the options name none, and the size from which Auto estimates.
const (
	defaultMaxBlock   = 1000 // rule DED-5
	defaultMaxPersons = 10_000_000
	defaultMaxPairs   = 500_000
	estimateFrom      = 1000
)

// Options say how to match.
type Options struct {
	Model Model
	// Workers is how many tasks run at once; 0: one a processor.
	Workers int
	// MaxBlock is the most persons of a block that is compared; 0: 1,000.
	MaxBlock int
	// MaxPersons and MaxPairs bound memory: persons that Add takes, matches that Match finds, and reviews, of which it leaves out the
	// weakest; 0: 10 million and 500,000.
	MaxPersons, MaxPairs int
	// Go runs a task on a goroutine of the caller's; nil: Match starts its own. At most Workers tasks are under way.
	Go func(func())
	// Progress is told now and then, on one goroutine at a time, how many of the pairs have been looked at.
	Progress func(done, total int64)
}

func (o Options) withDefaults() Options {
	o.Workers = orDefault(o.Workers, runtime.GOMAXPROCS(0))
	o.MaxBlock = orDefault(o.MaxBlock, defaultMaxBlock)
	o.MaxPersons = orDefault(o.MaxPersons, defaultMaxPersons)
	o.MaxPairs = orDefault(o.MaxPairs, defaultMaxPairs)
	return o
}

func orDefault(n, value int) int {
	if n > 0 {
		return n
	}
	return value
}

// Population is the persons to match. Add all, then Match; it is not for use by several goroutines.
type Population struct {
	opts  Options
	dicts [fieldCount]dict
	ids   []uint32 // fieldCount value ids a person; 0 is null
	valid []bool   // the SSN of a person is valid
	buf   []byte
	// What follows is made by Match.
	births   []birth // of each birth date
	suffixes []uint8 // of each suffix, its generation
	forms    []form  // of each first name, what else it may stand for
	blocks   blocks
	done     int64 // pairs seen
	scans    int64 // how often all pairs are seen
}

// New makes an empty population.
func New(opts Options) *Population {
	p := &Population{opts: opts.withDefaults()}
	for f := range p.dicts {
		p.dicts[f].init()
	}
	return p
}

// Len is the number of persons.
func (p *Population) Len() int { return len(p.valid) }

// Add takes a person; persons are numbered from 0 in the order of Add. The error is a fault.Exhausted that names the bound.
func (p *Population) Add(person Person) error {
	if len(p.valid) >= p.opts.MaxPersons {
		return fault.New(fault.Exhausted, "TOO_MANY_PERSONS", "matching takes at most %d persons (MaxPersons)", p.opts.MaxPersons).
			Over("MaxPersons")
	}
	for f, text := range person.texts() {
		p.ids = append(p.ids, p.dicts[f].add(p.key(text)))
	}
	p.valid = append(p.valid, person.SSNValid && person.SSN != "")
	return nil
}

// maxKey is the bytes of a text that are compared; what is longer is no name or address, and would cost its square.
const maxKey = 256

func (p *Population) key(text string) []byte {
	p.buf = append(p.buf[:0], text[:min(len(text), 4*maxKey)]...)
	n := len(p.buf)
	p.buf = rule.ComparisonKey(p.buf, p.buf[:n:n])
	return cut(p.buf[n:], maxKey)
}

// id returns the number of a person's value of a field; 0 is null.
func (p *Population) id(person int32, f field) uint32 {
	return p.ids[int(person)*int(fieldCount)+int(f)]
}

// text returns the comparison key of a person's value of a field.
func (p *Population) text(person int32, f field) string { return p.dicts[f].text(p.id(person, f)) }
