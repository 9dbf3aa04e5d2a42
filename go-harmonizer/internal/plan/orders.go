package plan

import (
	"maps"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

const dateRule = "STD-DATE-3"

// idleOrders are findings about parameters date_order.<field> that no date of the file takes. What another entity has may be meant
// for another file of the job; what no entity has is a mistake.
func (p *Plan) idleOrders() []ColumnFinding {
	if p.Settings.Operation == Clean {
		return nil
	}
	var all []ColumnFinding
	for _, field := range slices.Sorted(maps.Keys(p.Settings.Params.ColumnDateOrder)) {
		if p.hasDate(field) {
			continue
		}
		found := record.Finding{Rule: dateRule, Severity: record.Warning, Message: "date_order is given for a field that is no date: ignored"}
		if isDateField(field) {
			found.Severity, found.Message = record.Information, "date_order is given for a date that this file does not have"
		}
		all = append(all, ColumnFinding{&rule.Column{Entity: p.Entity.Name, Field: field}, found})
	}
	return all
}

// hasDate tells that a column of the file is read as dates under this name.
func (p *Plan) hasDate(field string) bool {
	dates := standardizers([]string{"STD-DATE-*"})
	for i := range p.slots {
		if slices.Contains(p.slots[i].chain, dates[0]) && p.variants[0].columns[i].Field == field {
			return true
		}
	}
	return false
}

// isDateField tells that an entity of the rule book has such a date.
func isDateField(name string) bool {
	for _, e := range entity.All() {
		if i := e.Field(name); i >= 0 && e.Fields[i].Event != "" {
			return true
		}
	}
	return false
}
