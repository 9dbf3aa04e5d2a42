package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// fullName is rule STD-NAME-2: it fills the components of a name from the full name where first, middle and last name are null.
// What it fills is looked at by rule VAL-NAME-1, as it will be when the output is read again.
var fullName = RecordRule{
	Entities: []string{"patient"},
	Fields:   []string{"full_name", "first_name", "middle_name", "last_name", "prefix", "suffix"},
	Needs:    []int{0},
	Bind: func(*File, *Params) func(*Row) {
		missing := missingFor(&Column{Type: "name"})
		return func(r *Row) { fillNames(r, missing) }
	},
}

func fillNames(r *Row, missing *missing) {
	text := r.Usable(0)
	if text == nil || r.Text(1) != nil || r.Text(2) != nil || r.Text(3) != nil {
		return
	}
	p, ok := splitFullName(text)
	if !ok {
		r.Note(0, "STD-NAME-2", record.Warning, "which part is the last name is not plain; not split")
		return
	}
	if p.guessed {
		r.Note(0, "STD-NAME-2", record.Warning, "read as first name before last name, not last before first")
	}
	for i, part := range [...][]byte{1: p.first, p.middle, p.last, p.prefix, p.suffix} {
		if part != nil && r.Text(i) == nil {
			fillName(r, i, part, missing)
		}
	}
}

func fillName(r *Row, i int, part []byte, missing *missing) {
	name := tidyName(r.Bytes, part)
	if i == 5 {
		name = tidySuffix(name)
	}
	if missing.is(name) {
		return
	}
	r.Fill(i, name, "STD-NAME-2", record.Information, "taken from the full name")
	if i == 1 || i == 3 {
		if message := nameFault(name, i == 3); message != "" {
			r.Note(i, "VAL-NAME-1", record.Warning, message)
		}
	}
}
