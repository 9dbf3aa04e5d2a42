package rule

import (
	"regexp/syntax"
	"slices"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// Most numbers are of the North American numbering plan and written plainly. The library takes some 50 µs for each, because it tries
// 25 countries with several patterns each; the same patterns as one automaton take a fraction of that.

const (
	northAmerica   = 1 // country calling code
	nationalDigits = 10
)

// digitState is a state of an automaton over digits. State 0 refuses.
type digitState struct {
	next   [10]uint16
	accept bool
}

// northAmericanPlan accepts the national numbers of ten digits that some country of the plan gives out, as the library does.
var northAmericanPlan = sync.OnceValue(func() []digitState {
	b := planBuilder{ids: map[string]uint16{"": 0}, states: make([]digitState, 1)}
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return b.states // All numbers go to the library, which would not start either.
	}
	var patterns string
	for _, country := range all.GetMetadata() {
		if country.GetCountryCode() == northAmerica {
			patterns += patternsOf(country)
		}
	}
	return b.build(patterns)
})

// northAmericans are the countries of the plan.
var northAmericans = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, region := range phonenumbers.GetRegionCodesForCountryCode(northAmerica) {
		all[region] = true
	}
	return all
})

// patternsOf returns the patterns of all kinds of numbers of a country, each followed by |.
func patternsOf(m *phonenumbers.PhoneMetadata) string {
	patterns := ""
	for _, kind := range []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(),
		m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail()} {
		lengths := kind.GetPossibleLength()
		if len(lengths) == 0 {
			lengths = m.GetGeneralDesc().GetPossibleLength()
		}
		if kind.GetNationalNumberPattern() != "" && slices.Contains(lengths, nationalDigits) {
			patterns += "(?:" + kind.GetNationalNumberPattern() + ")|"
		}
	}
	return patterns
}

// planBuilder makes an automaton out of a regular expression by keeping the set of places at which a match may be.
type planBuilder struct {
	prog   *syntax.Prog
	ids    map[string]uint16 // of a set of places
	sets   [][]uint32        // by state, the refusing one left out
	states []digitState
}

// build takes alternatives, each followed by |.
func (b *planBuilder) build(patterns string) []digitState {
	re, err := syntax.Parse(patterns+"[^0-9]", syntax.Perl)
	if err != nil {
		return b.states
	}
	if b.prog, err = syntax.Compile(re.Simplify()); err != nil {
		return b.states
	}
	b.state(b.follow(nil, uint32(b.prog.Start)))
	for done := 0; done < len(b.sets); done++ {
		for digit := range 10 {
			var set []uint32
			for _, at := range b.sets[done] {
				if i := &b.prog.Inst[at]; i.Op != syntax.InstMatch && i.MatchRune(rune('0'+digit)) {
					set = b.follow(set, i.Out)
				}
			}
			b.states[done+1].next[digit] = b.state(set)
		}
	}
	return b.states
}

// follow adds the places that consume something, or match, and are reached from one.
func (b *planBuilder) follow(set []uint32, at uint32) []uint32 {
	switch i := &b.prog.Inst[at]; i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return b.follow(b.follow(set, i.Out), i.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return b.follow(set, i.Out)
	case syntax.InstFail, syntax.InstEmptyWidth:
		return set
	}
	if slices.Contains(set, at) {
		return set
	}
	return append(set, at)
}

// state returns the state of a set of places.
func (b *planBuilder) state(set []uint32) uint16 {
	slices.Sort(set)
	key := make([]byte, 0, 4*len(set))
	accept := false
	for _, at := range set {
		key = append(key, byte(at), byte(at>>8), byte(at>>16), byte(at>>24))
		accept = accept || b.prog.Inst[at].Op == syntax.InstMatch
	}
	id, ok := b.ids[string(key)]
	if !ok {
		id = uint16(len(b.states))
		b.ids[string(key)] = id
		b.states, b.sets = append(b.states, digitState{accept: accept}), append(b.sets, set)
	}
	return id
}

// isGivenOut runs the automaton.
func isGivenOut(plan []digitState, national *[nationalDigits]byte) bool {
	at := uint16(0)
	if len(plan) > 1 {
		at = 1
	}
	for _, d := range national {
		at = plan[at].next[d-'0']
	}
	return plan[at].accept
}

// plainNumber reads ten digits of the North American plan with spaces, parentheses, hyphens and periods between them, behind 1, +1 or
// nothing; nothing and 1 alone count only at home. It reads nothing that the library would read in another way.
func plainNumber(text []byte, home bool, national *[nationalDigits]byte) bool {
	if len(text) > 0 && text[0] == '+' {
		text, home = text[1:], true
		if len(text) == 0 || text[0] != '1' {
			return false
		}
	}
	if len(text) > longestPhone {
		return false
	}
	n, trunk := 0, false
	for _, b := range text {
		switch {
		case b-'0' < 10:
			if n == 0 && b == '1' && !trunk {
				trunk = true
			} else if n == nationalDigits || n == 0 && b < '2' {
				return false
			} else {
				national[n] = b
				n++
			}
		case b != ' ' && b != '-' && b != '.' && b != '(' && b != ')':
			return false
		}
	}
	return home && n == nationalDigits
}
