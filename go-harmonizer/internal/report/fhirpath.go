package report

import (
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
)

// choices are the elements of R4 that are of one type or another. Their names end in the type in JSON, but not in FHIRPath.
var choices = []string{"abatement", "asNeeded", "bounds", "deceased", "dose", "effective", "medication", "onset", "value"}

// choiceTypes are the types that such names end in.
var choiceTypes = []string{"Boolean", "CodeableConcept", "DateTime", "Period", "Quantity", "Range", "String", "[x]"}

// Expression returns the FHIRPath of a field, or of the whole resource where it has none; empty: the entity is no resource.
//
// OperationOutcome.issue.expression of R4 takes a simple subset of FHIRPath only: names of elements and positions in a list. What the
// book says in brackets besides, such as a system or a slice, is left out.
func Expression(entityName, field string) string {
	e, ok := entity.Named(entityName)
	if !ok || len(e.FHIR) == 0 {
		return ""
	}
	path := ""
	if at := e.Field(field); at >= 0 {
		path = e.Fields[at].FHIR
	}
	if path == "" {
		return e.FHIR[0]
	}
	return simple(path)
}

// simple makes the path of an element of R4 one of the simple subset of FHIRPath.
func simple(path string) string {
	var all []string
	for _, name := range elements(path) {
		name, _ = strings.CutSuffix(name, "[x]")
		if open := strings.IndexByte(name, '['); open >= 0 && !isPosition(name[open:]) {
			name = name[:open]
		}
		for _, end := range choiceTypes {
			if stem, is := strings.CutSuffix(name, end); is && slices.Contains(choices, stem) {
				name = stem
			}
		}
		all = append(all, name)
	}
	return strings.Join(all, ".")
}

// elements cuts a path at its dots, but not within brackets.
func elements(path string) []string {
	depth := 0
	return strings.FieldsFunc(path, func(r rune) bool {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		}
		return r == '.' && depth == 0
	})
}

func isPosition(s string) bool {
	digits := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	return len(digits) == len(s)-2 && digits != "" && strings.Trim(digits, "0123456789") == ""
}
