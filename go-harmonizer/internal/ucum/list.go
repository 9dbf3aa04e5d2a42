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
	return l
})

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
