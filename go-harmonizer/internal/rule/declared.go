package rule

import (
	"errors"
	"strings"
)

// Kind is what the cells of a declared column are.
type Kind uint8

// The kinds.
const (
	Undeclared Kind = iota
	TextKind
	IDKind
	NumberKind
	CountKind
	DateKind
	DatetimeKind
	BoolKind
	EnumKind
	CodeKind
	kindCount
)

// kindTypes are the types of the rule book's fields that the kinds stand for.
var kindTypes = [kindCount]string{"", "text", "id", "decimal", "int", "date", "datetime", "bool", "enum", "code"}

// Type is the type of a field in the rule book, such as "decimal".
func (k Kind) Type() string { return kindTypes[k] }

// Sourced tells that a changed cell keeps its source text beside it, as rule 0.2 has it of fields.
func (k Kind) Sourced() bool { return k > IDKind }

// Declared is what a job says of a column that passes through. It does not change once a plan is made.
type Declared struct {
	Kind Kind
	// Strip are texts before or behind a number that do not count, such as "oz" or "$".
	Strip []string
	// DateOrder decides outright.
	DateOrder Order
	// DecimalMark is '.' or ','; 0: that of the job.
	DecimalMark byte
	// Words are the words of an enum by the token they mean. A token means itself.
	Words map[string][]string
	// System is that of a code: LOINC, SNOMED, ICD-10-CM, ICD-9-CM, RxNorm, NDC, NPI or UCUM.
	System string
	// Missing are words for a missing value beside those of rule NULL-1.
	Missing []string
}

// Check tells what is wrong with a declaration; the text names no word of it.
func (d *Declared) Check() error {
	number := d.Kind == NumberKind || d.Kind == CountKind
	switch {
	case d.Kind == Undeclared || d.Kind >= kindCount:
		return errors.New("a kind is missing")
	case len(d.Strip) > 0 && !number:
		return errors.New("strip is for numbers and counts")
	case d.DecimalMark != 0 && !number:
		return errors.New("decimal_mark is for numbers and counts")
	case d.DateOrder != OrderUnset && d.Kind != DateKind && d.Kind != DatetimeKind:
		return errors.New("date_order is for dates")
	case d.System != "" && d.Kind != CodeKind:
		return errors.New("system is for codes")
	case d.Kind == CodeKind && codeReaders[d.System] == nil:
		return errors.New("a code needs its system")
	case len(d.Words) > 0 && d.Kind != EnumKind:
		return errors.New("words are for enums")
	case d.Kind == EnumKind && len(d.Words) == 0:
		return errors.New("an enum needs its words")
	}
	for _, text := range d.Strip {
		if len(stripKey(nil, []byte(text))) == 0 || isPlain([]byte(text), true) {
			return errors.New("a text to strip is blank, or a number")
		}
	}
	for _, text := range d.Missing {
		if strings.TrimSpace(text) == "" {
			return errors.New("a word for a missing value is blank; blank cells are null anyway")
		}
	}
	return d.checkWords()
}

// checkWords finds a word that means two tokens, or a token and nothing.
func (d *Declared) checkWords() error {
	meant, missing := map[string]string{}, map[string]bool{}
	for _, text := range d.Missing {
		missing[string(textKey(nil, []byte(text)))] = true
	}
	for token, words := range d.Words {
		if strings.TrimSpace(token) != token || token == "" {
			return errors.New("a token of an enum is blank, or begins or ends with a space")
		}
		for _, word := range append([]string{token}, words...) {
			key := string(enumKey(nil, []byte(word)))
			other, taken := meant[key]
			switch {
			case key == "":
				return errors.New("a word of an enum is blank")
			case taken && other != token:
				return errors.New("a word of an enum means two tokens")
			case missing[string(textKey(nil, []byte(word)))]:
				return errors.New("a word of an enum is also one for a missing value")
			}
			meant[key] = token
		}
	}
	return nil
}

// Declarations tells of each column that the job declares, by key or by header as written, whether it keeps its source text.
func (p *Params) Declarations() map[string]bool {
	if len(p.Declared) == 0 {
		return nil
	}
	all := make(map[string]bool, len(p.Declared))
	for name, d := range p.Declared {
		all[name] = d.Kind.Sourced()
	}
	return all
}
