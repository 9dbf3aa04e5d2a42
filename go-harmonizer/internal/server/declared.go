package server

import (
	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

var columnKindOf = map[harmonizerv1.ColumnKind]rule.Kind{
	harmonizerv1.ColumnKind_COLUMN_KIND_TEXT: rule.TextKind, harmonizerv1.ColumnKind_COLUMN_KIND_ID: rule.IDKind,
	harmonizerv1.ColumnKind_COLUMN_KIND_NUMBER: rule.NumberKind, harmonizerv1.ColumnKind_COLUMN_KIND_COUNT: rule.CountKind,
	harmonizerv1.ColumnKind_COLUMN_KIND_DATE: rule.DateKind, harmonizerv1.ColumnKind_COLUMN_KIND_DATETIME: rule.DatetimeKind,
	harmonizerv1.ColumnKind_COLUMN_KIND_BOOL: rule.BoolKind, harmonizerv1.ColumnKind_COLUMN_KIND_ENUM: rule.EnumKind,
	harmonizerv1.ColumnKind_COLUMN_KIND_CODE: rule.CodeKind,
}

// declared reads column_types. Its errors name no column: the keys are headers of the file.
func declared(types map[string]*harmonizerv1.ColumnType) (map[string]*rule.Declared, error) {
	all := make(map[string]*rule.Declared, len(types))
	for name, t := range types {
		d := &rule.Declared{Kind: columnKindOf[t.GetKind()], Strip: t.GetStrip(), DateOrder: orderOf[t.GetDateOrder()],
			System: t.GetSystem(), Missing: t.GetMissing(), Words: map[string][]string{}}
		if m := t.GetDecimalMark(); m != "" {
			d.DecimalMark = m[0]
		}
		for token, words := range t.GetWords() {
			d.Words[token] = words.GetWords()
		}
		if name == "" {
			return nil, fault.New(fault.Invalid, "INVALID_OPTION", "option column_types: a column has no name")
		}
		if err := d.Check(); err != nil {
			return nil, fault.New(fault.Invalid, "INVALID_OPTION", "option column_types: %w", err)
		}
		all[name] = d
	}
	return all, nil
}
