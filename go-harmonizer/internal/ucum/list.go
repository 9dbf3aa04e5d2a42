package ucum

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed units.tsv
var table string

// list is the table, ready to look things up in.
type list struct {
	exact  map[string][]byte    // unit as it is written
	cased  map[string][]meaning // texts whose case decides
	folded map[string][]meaning // folded text; what depends on the subject stands before what does not
	atoms  map[string]bool      // what units are joined from
	fold   map[string]string    // atom by its folded text
}

// meaning is a unit that a text stands for when the subject is measured.
type meaning struct {
	unit     []byte
	subject  Subject
	doubtful bool
}

var subjects = map[string]Subject{"": Anything, "enzyme": Enzyme, "INR": INR}

var units = sync.OnceValue(func() *list {
	l := &list{exact: map[string][]byte{}, folded: map[string][]meaning{}, atoms: map[string]bool{}, fold: map[string]string{},
		cased: map[string][]meaning{"G/L": {{[]byte("10*9/L"), CellCount, false}, {[]byte("g/L"), Anything, true}}}}
	for line := range strings.Lines(table) {
		if line = strings.TrimRight(line, "\n"); !strings.HasPrefix(line, "#") {
			l.add(append(strings.Split(line, "\t"), "", ""))
		}
	}
	l.addPowers()
	return l
})

// addPowers adds the ways in which counters of cells write a power of ten: x10^3/uL, 10E6/mcL, 10**9/L, x10³/mm3.
func (l *list) addPowers() {
	per := map[string][]string{"uL": {"ul", "mcl", "mm3", "cumm"}, "L": {"l"}}
	for _, power := range [...]struct{ exponent, volume string }{{"3", "uL"}, {"6", "uL"}, {"9", "L"}, {"12", "L"}} {
		unit := l.exact["10*"+power.exponent+"/"+power.volume]
		for _, form := range [...]string{"10^%", "10*%", "10**%", "10e%", "10x%", "10(%)", "10%"} {
			for _, volume := range per[power.volume] {
				text := strings.Replace(form, "%", power.exponent, 1) + "/" + volume
				l.mean(text, meaning{unit, Anything, false})
				l.mean("x"+text, meaning{unit, Anything, false})
			}
		}
	}
}

// add takes a line of the table.
func (l *list) add(cells []string) {
	unit, subject := cells[0], subjects[cells[1]]
	if l.exact[unit] == nil {
		l.exact[unit] = []byte(unit)
		l.mean(unit, meaning{l.exact[unit], Anything, false})
		l.take(unit)
	}
	for _, other := range strings.Split(cells[2], " | ") {
		if other != "" {
			l.mean(other, meaning{l.exact[unit], subject, false})
		}
	}
}

// mean says what a text means, once for each subject.
func (l *list) mean(text string, m meaning) {
	key := string(fold(nil, bare(nil, []byte(text))))
	for _, known := range l.folded[key] {
		if known.subject == m.subject {
			return
		}
	}
	if m.subject == Anything {
		l.folded[key] = append(l.folded[key], m)
	} else {
		l.folded[key] = append([]meaning{m}, l.folded[key]...)
	}
}

// take takes a unit apart.
func (l *list) take(unit string) {
	for _, atom := range strings.FieldsFunc(unit, func(r rune) bool { return r == '/' || r == '.' }) {
		if !strings.ContainsAny(atom, "{}*") {
			l.atoms[atom] = true
			l.fold[strings.ToLower(atom)] = atom
		}
	}
}
