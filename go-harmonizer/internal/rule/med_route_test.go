package rule

import (
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	check(t, "medication", "route", nil, []example{
		{in: "PO", want: "oral I"}, {in: "SubQ", want: "subcutaneous I"}, {in: "OD", want: "OD kept W"}, {in: "zz", want: "zz kept W"},
		{in: "oral", want: "oral"}, {in: "Oral", want: "oral I"}, {in: "by mouth", want: "oral I"}, {in: "P.O.", want: "oral I"}, {in: "iv", want: "intravenous I"},
		{in: "IM", want: "intramuscular I"}, {in: "sc", want: "subcutaneous I"}, {in: "SQ", want: "subcutaneous I"}, {in: "subcut", want: "subcutaneous I"},
		{in: "sub-cut", want: "subcutaneous I"}, {in: "sl", want: "sublingual I"}, {in: "pr", want: "rectal I"}, {in: "top", want: "topical I"},
		{in: "inh", want: "inhalation I"}, {in: "NEB", want: "inhalation I"}, {in: "td", want: "transdermal I"}, {in: "ophth", want: "ophthalmic I"},
		{in: "otic", want: "otic"}, {in: "Nasal", want: "nasal I"}, {in: "NG", want: "enteral I"}, {in: "gt", want: "enteral I"}, {in: "PV", want: "vaginal I"},
		{in: "os", want: "os kept W"}, {in: "OU", want: "OU kept W"}, {in: "ad", want: "ad kept W"}, {in: "AS", want: "AS kept W"}, {in: "au", want: "au kept W"},
		{in: "oral route", want: "oral I"}, {in: "O.D.", want: "O.D. kept W"}, {in: "?", want: "null I unknown"}, {in: "", want: "null"}, {in: "route", want: "route kept W"},
		{in: strings.Repeat("po", 60), want: strings.Repeat("po", 60) + " kept W"},
	})
	for _, row := range tableLines(routeTable, 2) {
		if g := run(t, "medication", "route", nil, row[0]); row[0] != "?" && g.String() != row[0] {
			t.Errorf("%v: got %s", row, g)
		}
	}
}
