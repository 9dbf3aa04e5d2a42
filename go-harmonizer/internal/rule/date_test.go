package rule

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestDateExamplesPast(t *testing.T) {
	check(t, "encounter", "start_datetime", nil, []example{
		// STD-DATE-1
		{in: "2024-03-05", want: "2024-03-05"},
		{in: "2024-03", want: "2024-03"},
		{in: "2024", want: "2024"},
		{in: "Mar 2024", want: "2024-03 I"},
		{in: "2024-03-05 14:05", want: "2024-03-05T14:05:00 I"},
		{in: "2024-03-05T14:05:00-05:00", want: "2024-03-05T14:05:00-05:00"},
		{in: "2024-03-05T14:05:00.250Z", want: "2024-03-05T14:05:00.250Z"},
		// STD-DATE-2
		{in: "16-Mar-2025 12:15", want: "2025-03-16T12:15:00 I"},
		{in: "20240305", want: "2024-03-05 I"},
		{in: "20240305T10:15", want: "2024-03-05T10:15:00 I"},
		{in: "20240305 10:15", want: "2024-03-05T10:15:00 I"},
		{in: "05MAR2024", want: "2024-03-05 I"},
		{in: "05MAR2024:10:00:00", want: "2024-03-05T10:00:00 I"},
		{in: "09/19/2024 10:15 AM", want: "2024-09-19T10:15:00 I"},
		{in: "5 mars 2024", want: "5 mars 2024 kept E"},
		{in: "2024/3/5", want: "2024-03-05 I"},
		{in: "2024.3.5", want: "2024-03-05 I"},
		{in: "2024-3/5", want: "2024-3/5 kept E"},
		{in: "5/March/2024", want: "2024-03-05 I"},
		{in: "5 Mar, 2024", want: "2024-03-05 I"},
		{in: "March 5, 2024", want: "2024-03-05 I"},
		{in: "Mar 5 2024 12:00AM", want: "2024-03-05T00:00:00 I"},
		{in: "sept 5, 2024", want: "2024-09-05 I"},
		{in: "2024-065", want: "2024-03-05 I"},
		{in: "2024-366", want: "2024-12-31 I"},
		{in: "2023-366", want: "2023-366 kept E"},
		{in: "Tue, 05 Mar 2024 10:00:00 GMT", want: "2024-03-05T10:00:00Z I"},
		{in: "Tuesday 2024-03-05", want: "2024-03-05 I"},
		{in: "2024-03-05, 3 PM", want: "2024-03-05T15:00:00 I"},
		{in: "2024-03-05 1015 AM", want: "2024-03-05T10:15:00 I"},
		{in: "2024-03-05 12:30 am", want: "2024-03-05T00:30:00 I"},
		{in: "2024-02-28 24:00", want: "2024-02-29T00:00:00 I"},
		{in: "2024-03-05t10:00:00z", want: "2024-03-05T10:00:00Z I"},
		{in: "2024-03-05 10:00:00 +0530", want: "2024-03-05T10:00:00+05:30 I"},
		{in: "2024-03-05 10:00:00.5+00", want: "2024-03-05T10:00:00.5+00:00 I"},
		{in: "2024-03-05 10:00 UTC", want: "2024-03-05T10:00:00Z I"},
		// STD-DATE-3 without evidence
		{in: "03/04/2024", want: "03/04/2024 kept E"},
		{in: "13/13/2024", want: "13/13/2024 kept E"},
		{in: "05/05/2024", want: "2024-05-05 I"},
		{in: "13/04/2024", want: "2024-04-13 I"},
		{in: "04/13/2024", want: "2024-04-13 I"},
		// STD-DATE-4
		{in: "01/15/99", want: "1999-01-15 I"},
		{in: "5-Mar-24", want: "2024-03-05 I"},
		{in: "11/20/26", want: "2026-11-20 I"},
		{in: "11/22/26", want: "1926-11-22 I"},
		{in: "02/29/23", want: "02/29/23 kept E"},
		// STD-DATE-5
		{in: "1957", want: "1957"},
		{in: "1849", want: "1849 kept E"},
		{in: "2028", want: "2028 kept E"},
		{in: "202403", want: "2024-03 I"},
		{in: "20240230", want: "20240230 kept E"},
		{in: "202403051405", want: "2024-03-05T14:05:00 I"},
		{in: "20240305140530.25-0500", want: "2024-03-05T14:05:30.25-05:00 I"},
		{in: "031524", want: "031524 kept E"},
		{in: "0315240", want: "0315240 kept E"},
		{in: "03152024", want: "2024-03-15 I"},
		{in: "15032024", want: "2024-03-15 I"},
		{in: "03042024", want: "03042024 kept E"},
		// STD-DATE-6 and 7: lone numbers
		{in: "45292", want: "45292 kept E"},
		{in: "60", want: "60 kept E"},
		{in: "1704067200", want: "1704067200 kept E"},
		// STD-DATE-8
		{in: "2024-03-00", want: "2024-03 W"},
		{in: "00/05/2024", want: "2024-05 W"},
		{in: "UN-MAR-2024", want: "2024-03 W"},
		{in: "UN/UNK/2024", want: "2024 W"},
		{in: "2024-00-00", want: "2024 W"},
		{in: "15/UN/2024", want: "15/UN/2024 kept E"},
		{in: "03/2024", want: "2024-03 I"},
		{in: "13/2024", want: "13/2024 kept E"},
		{in: "UN/UNK/1800", want: "UN/UNK/1800 kept E"},
		// STD-DATE-9
		{in: "2024-03-05 10:00 EST", want: "2024-03-05T10:00:00 W"},
		{in: "2024-03-05 10:00 XYZ", want: "2024-03-05 10:00 XYZ kept E"},
		{in: "2024-03-05T10:00:00+14:30", want: "2024-03-05T10:00:00+14:30 kept E"},
		// STD-DATE-10
		{in: "02/30/2024", want: "02/30/2024 kept E"},
		{in: "2023-02-29", want: "2023-02-29 kept E"},
		{in: "2024-02-29", want: "2024-02-29"},
		{in: "31-Apr-2024", want: "31-Apr-2024 kept E"},
		{in: "2024-13-05", want: "2024-13-05 kept E"},
		{in: "2024-03-05 25:00", want: "2024-03-05 25:00 kept E"},
		{in: "2024-03-05 24:01", want: "2024-03-05 24:01 kept E"},
		{in: "2024-03-05 13:00 PM", want: "2024-03-05 13:00 PM kept E"},
		{in: "0000-01-05", want: "0000-01-05 kept E"},
		// NULL-3
		{in: "1900-01-01", want: "null W unknown"},
		{in: "1900-01-00", want: "null W unknown"},
		{in: "12/30/1899 00:00", want: "null W unknown"},
		{in: "0001-01-01T00:00:00Z", want: "null W unknown"},
		{in: "1970-01-01 00:00:00", want: "null W unknown"},
		{in: "1970-01-01T00:00:00-05:00", want: "1970-01-01T00:00:00-05:00"},
		{in: "1970-01-01", want: "1970-01-01"},
		// VAL-DATE-1
		{in: "12/31/9999", want: "9999-12-31 E"},
		{in: "2026-11-21", want: "2026-11-21"},
		{in: "2026-11-22", want: "2026-11-22 E"},
		{in: "2026-12", want: "2026-12 E"},
		{in: "2026", want: "2026"},
		{in: "2027", want: "2027 E"},
	})
}

func TestDateExamplesBirth(t *testing.T) {
	check(t, "patient", "birth_date", nil, []example{
		{in: "03/14/87", want: "1987-03-14 I"},
		{in: "02/13/24", want: "2024-02-13 W"},
		{in: "11/30/26", want: "1926-11-30 I"},
		{in: "??/??/1957", want: "1957 W"},
		{in: "1982-10-26 00:00:00", want: "1982-10-26 I"},
		{in: "10/26/1982 12:00:00 AM", want: "1982-10-26 I"},
		{in: "1982-10-26 08:30", want: "1982-10-26 W"},
		{in: "1982-10-26T05:00:00Z", want: "1982-10-26 W"},
		{in: "1982-10-26 24:00", want: "1982-10-27 I"},
		{in: "1900-01-01", want: "null W unknown"},
		{in: "1970-01-01", want: "1970-01-01"},
		{in: "1970-01-01 00:00:00", want: "1970-01-01 I"},
		{in: "2031-01-01", want: "2031-01-01 E"},
		{in: "1957", want: "1957"},
		// Composed of columns.
		{in: "", want: "1957 I", peers: []string{"_year=1957"}},
		{in: "", want: "1957-03 I", peers: []string{"_year=1957", "_month=3"}},
		{in: "", want: "1957-03-09 I", peers: []string{"_year=1957", "_month=3.0", "_day=9"}},
		{in: "", want: "1957-03-09 I", peers: []string{"_year=1957", "_month=March", "_day=09"}},
		{in: "", want: "1957 I", peers: []string{"_year=1957", "_day=9"}},
		{in: "", want: "1957 13 9 kept E", peers: []string{"_year=1957", "_month=13", "_day=9"}},
		{in: "", want: "1957 2 30 kept E", peers: []string{"_year=1957", "_month=2", "_day=30"}},
		{in: "", want: "57 kept E", peers: []string{"_year=57"}},
		{in: "", want: "1957-03 I", peers: []string{"_year=195703"}},
		{in: "", want: "null", peers: []string{"_month=3", "_day=9"}},
		{in: "", want: "null W unknown", peers: []string{"_year=1900", "_month=1", "_day=1"}},
		{in: "1957-09-09", want: "1957-09-09", peers: []string{"_year=1958"}},
	})
}

func TestDateExamplesEnd(t *testing.T) {
	check(t, "medication", "end_date", nil, []example{
		{in: "01/31/31", want: "2031-01-31 I"},
		{in: "01/31/46", want: "2046-01-31 W"},
		{in: "12/31/46", want: "1946-12-31 I"},
		{in: "9999-12-31", want: "null I not-applicable"},
		{in: "9999-12-31T23:59:59", want: "null I not-applicable"},
		{in: "12/31/2099", want: "null I not-applicable"},
		{in: "99991231235959", want: "null I not-applicable"},
		{in: "1900-01-01", want: "null W unknown"},
		{in: "2036-11-20", want: "2036-11-20"},
		{in: "2036-11-21", want: "2036-11-21 W"},
	})
}

func TestDicomDates(t *testing.T) {
	check(t, "imaging_study", "study_datetime", nil, []example{
		{in: "20240305", want: "2024-03-05T14:05:30.25 I", peers: []string{"_time=140530.25"}},
		{in: "20240305", want: "2024-03-05T14:05:00 I", peers: []string{"_time=1405"}},
		{in: "20240305", want: "20240305 2505 kept E", peers: []string{"_time=2505"}},
		{in: "20240305", want: "2024-03-05T14:05:30 W", peers: []string{"_time=14:05:30"}},
		{in: "20240305", want: "2024-03-05 W", peers: []string{"_time=14"}},
		{in: "20240305", want: "2024-03-05T14:05:30-05:00 I", peers: []string{"_time=140530", "_offset=-0500"}},
		{in: "20240305140530.25&0500", want: "20240305140530.25&0500 kept E"},
		{in: "20240305140530.25+0500", want: "2024-03-05T14:05:30.25+05:00 I"},
		{in: "20240305140530", want: "2024-03-05T14:05:30Z I", peers: []string{"_offset=+0000x", "_offset=Z"}},
		{in: "20240305140530", want: "2024-03-05T14:05:30 W", peers: []string{"_offset=east"}},
		{in: "2024.03.05", want: "2024-03-05 W"},
		{in: "2024-03-05", want: "2024-03-05"},
		{in: "2024-03-05", want: "2024-03-05T14:05:00 I", peers: []string{"_time=1405"}},
		{in: "20240101-20240131", want: "20240101-20240131 kept E"},
		{in: "03/04/2024", want: "03/04/2024 1405 kept E", peers: []string{"_time=1405"}},
	})
	check(t, "imaging_study", "patient_birth_date", nil, []example{
		{in: "19570909", want: "1957-09-09 I"},
		{in: "1957.09.09", want: "1957-09-09 W"},
		{in: "1957", want: "1957"},
	})
	if g := run(t, "imaging_study", "study_datetime", nil, "20240101-20240131"); !slices.Equal(g.Rules, []string{"STD-IMG-2"}) {
		t.Errorf("a range is put down to %v", g.Rules)
	}
	if g := run(t, "imaging_study", "study_datetime", nil, "20240305", "_time=2505"); !slices.Equal(g.Rules, []string{"STD-IMG-2"}) {
		t.Errorf("a time that is none is put down to %v", g.Rules)
	}
}

func TestTimeColumn(t *testing.T) {
	check(t, "vital", "effective_datetime", nil, []example{
		{in: "2024-03-05", want: "2024-03-05T10:15:00 I", peers: []string{"_time=10:15 AM"}},
		{in: "03/15/2024", want: "2024-03-15T22:15:30 I", peers: []string{"_time=22:15:30"}},
		{in: "2024-03-05 08:00", want: "2024-03-05T08:00:00 I", peers: []string{"_time=10:15"}},
		{in: "2024-03-05", want: "2024-03-05 later kept E", peers: []string{"_time=later"}},
		{in: "2024-03", want: "2024-03 10:15 kept E", peers: []string{"_time=10:15"}},
		{in: "2024-03-05", want: "2024-03-05 1405 kept E", peers: []string{"_time=1405"}},
		{in: "2024-03-05", want: "2024-03-05T10:15:00 W", peers: []string{"_time=10:15 CST"}},
		{in: "2024-03-05", want: "2024-03-06T00:00:00 I", peers: []string{"_time=24:00"}},
		{in: "Mar 5,", want: "2024-03-05T10:15:00 I", peers: []string{"_time=2024 10:15"}},
		{in: "", want: "null", peers: []string{"_time=10:15"}},
		{in: "1899-12-30", want: "null W unknown", peers: []string{"_time=10:15"}},
	})
}

// repeat returns a text n times.
func repeat(n int, text string) []string { return slices.Repeat([]string{text}, n) }

func TestOrderByEvidence(t *testing.T) {
	job := func(o Order) *Params { return params(func(p *Params) { p.DateOrder = o }) }
	field := func(o Order) *Params {
		return params(func(p *Params) { p.ColumnDateOrder = map[string]Order{"birth_date": o} })
	}
	cases := []struct {
		name  string
		p     *Params
		weigh []string
		in    string
		want  string
	}{
		{"proof of one side", nil, []string{"02/13/1978", "02/09/1978"}, "02/09/1978", "1978-02-09 I"},
		{"shapes are independent", nil, []string{"02/13/1978", "13-02-1978", "02/09/1978"}, "02-09-1978", "1978-09-02 I"},
		{"another shape proves nothing", nil, []string{"02/13/78", "13/02/1978"}, "02-09-1978", "02-09-1978 kept E"},
		{"a tenth is enough", nil, append(repeat(9, "01/02/1980"), "01/13/1980"), "01/02/1980", "1980-01-02 I"},
		{"less is not", nil, append(repeat(10, "01/02/1980"), "01/13/1980"), "01/02/1980", "01/02/1980 kept E"},
		{"weak, order of the job", job(DayFirst), append(repeat(10, "01/02/1980"), "01/13/1980"), "01/02/1980", "1980-02-01 I"},
		{"proof beats the job", job(DayFirst), []string{"02/13/1978"}, "02/09/1978", "1978-02-09 I"},
		{"the field's order beats proof", field(DayFirst), []string{"02/13/1978"}, "02/09/1978", "1978-09-02 I"},
		{"not for what proves itself", field(DayFirst), []string{"02/13/1978"}, "02/13/1978", "1978-02-13 W"},
		{"both proved", nil, []string{"02/13/1978", "13/02/1978"}, "02/09/1978", "02/09/1978 kept E"},
		{"both proved, self-proving", nil, []string{"02/13/1978", "13/02/1978"}, "02/13/1978", "1978-02-13 W"},
		{"both proved, order of the job", job(MonthFirst), []string{"02/13/1978", "13/02/1978"}, "02/09/1978", "1978-02-09 I"},
		{"majority", nil, append(repeat(100, "02/13/1978"), "13/02/1978"), "02/09/1978", "1978-02-09 W"},
		{"majority too small", nil, append(repeat(98, "02/13/1978"), "13/02/1978"), "02/09/1978", "02/09/1978 kept E"},
		{"minority too large", nil, append(repeat(150, "02/13/1978"), repeat(2, "13/02/1978")...), "02/09/1978", "02/09/1978 kept E"},
		{"sentinels prove nothing", nil, repeat(50, "12/30/1899"), "02/09/1978", "02/09/1978 kept E"},
		{"times are ignored", nil, []string{"02/13/1978 00:00"}, "02/09/1978", "1978-02-09 I"},
		{"eight digits are a shape", nil, []string{"13021978"}, "02091978", "1978-09-02 I"},
		{"two-digit years are a shape", nil, []string{"13.02.78"}, "02.09.78", "1978-09-02 I"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := open(t, column(t, "patient", "birth_date", c.p), c.weigh...).run(c.in)
			if g.String() != c.want {
				t.Errorf("%s: got %q, want %q (%v)", c.in, g, c.want, g.Notes)
			}
			again(t, "patient", "birth_date", c.p, g)
		})
	}
}

// lender makes a file of two date columns of which the second was weighed.
func lender(t *testing.T, own, others []string) *bench {
	c, other := column(t, "encounter", "start_datetime", nil), column(t, "encounter", "end_datetime", nil)
	b := open(t, other, others...)
	c.File = &File{Entity: "encounter", Columns: []*Column{c, b.chain.Column}}
	return open(t, c, own...)
}

func TestOrderIsBorrowed(t *testing.T) {
	b := lender(t, []string{"03/04/2024"}, []string{"03/14/2024", "03/05/2024"})
	if g := b.run("03/04/2024"); g.String() != "2024-03-04 W" {
		t.Errorf("got %q", g)
	}
	if g := b.run("03-04-2024"); g.String() != "03-04-2024 kept E" {
		t.Errorf("another shape: got %q", g)
	}
	b = lender(t, []string{"03/04/2024"}, []string{"03/14/2024", "14/03/2024"})
	if g := b.run("03/04/2024"); g.String() != "03/04/2024 kept E" {
		t.Errorf("from a column that proves both: got %q", g)
	}
	b = lender(t, []string{"03/04/2024", "13/04/2024", "03/14/2024"}, []string{"03/14/2024"})
	if g := b.run("03/04/2024"); g.String() != "03/04/2024 kept E" {
		t.Errorf("into a column that proves both: got %q", g)
	}
}

func TestSerials(t *testing.T) {
	column := func(entity, field string, p *Params, texts ...string) string {
		all := runColumn(t, entity, field, p, append(repeat(95, "45000"), texts...)...)
		out := make([]string, len(texts))
		for i, g := range all[95:] {
			out[i] = g.String()
			again(t, entity, field, p, g)
		}
		return strings.Join(out, "; ")
	}
	got := column("encounter", "start_datetime", nil, "45292", "45658.5", "60", "45658.999999", "2024-03-05")
	want := "2024-01-01 W; 2025-01-01T12:00:00 W; 60 kept E; 2025-01-02T00:00:00 W; 2024-03-05"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p := params(func(p *Params) { p.Excel1904 = true })
	if got := column("encounter", "start_datetime", p, "43830"); got != "2024-01-01 W" {
		t.Errorf("1904: got %q", got)
	}
	if got := column("encounter", "start_datetime", nil, append(repeat(6, "2024-03-05"), "45292")...); !strings.HasSuffix(got, "45292 kept E") {
		t.Errorf("less than 95 of 100: got %q", got)
	}
	if got := column("patient", "birth_date", nil, "28000.25"); got != "1976-08-28 W" {
		t.Errorf("date field: got %q", got)
	}
}

func TestEpochs(t *testing.T) {
	cases := []struct{ common, in, want string }{
		{"1704067201", "1704067200", "2024-01-01T00:00:00Z W"},
		{"1704067201", "-86400", "1969-12-31T00:00:00Z W"},
		{"1704067201", "864000", "1970-01-11T00:00:00Z W"},
		{"1704067201", "0", "null W unknown"},
		{"1704067200001", "1704067200000", "2024-01-01T00:00:00Z W"},
		{"1704067200001", "1384216367111", "2013-11-12T00:32:47.111Z W"},
		{"1704067200001", "1384216367110", "2013-11-12T00:32:47.11Z W"},
		{"1704067200001", "-1", "1969-12-31T23:59:59.999Z W"},
		{"1384216367111223", "1384216367111222", "2013-11-12T00:32:47.111222Z W"},
		{"1384216367111222334", "1384216367111222333", "2013-11-12T00:32:47.111222333Z W"},
		{"1704067201", "9999999999999", "9999999999999 kept E"},
		{"1384216367111222334", "99999999999999999999", "99999999999999999999 kept E"},
		{"202403051405", "202402301405", "202402301405 kept E"},
	}
	for _, c := range cases {
		all := runColumn(t, "encounter", "start_datetime", nil, append(repeat(40, c.common), c.in)...)
		if g := all[40]; g.String() != c.want {
			t.Errorf("%s among %s: got %q, want %q", c.in, c.common, g, c.want)
		}
		again(t, "encounter", "start_datetime", nil, all[40])
	}
	for _, g := range runColumn(t, "encounter", "start_datetime", nil, "1704067200", "1704067200000") {
		if g.Outcome != "kept" || g.Severity != "E" {
			t.Errorf("mixed column: got %q", g)
		}
	}
	if g := runColumn(t, "patient", "birth_date", nil, "504921600")[0]; g.String() != "1986-01-01 W" {
		t.Errorf("date field: got %q", g)
	}
}

// genericDates runs a column of the generic entity.
func genericDates(t *testing.T, harmonized bool, weigh ...string) *bench {
	c := column(t, "generic", "visit_date", nil)
	c.Harmonized = harmonized
	b := &bench{t: t, chain: Chain{Column: c, Standardizer: []*Standardizer{standardizerOf("STD-DATE-1")}}}
	b.weigh(weigh)
	b.eval = NewEvaluator(b.chain, Hygiene(), NewCounters(), false)
	return b
}

func TestGenericDates(t *testing.T) {
	good := repeat(18, "03/14/2024")
	b := genericDates(t, false, append(slices.Clone(good), "03/04/2024", "soon")...)
	for in, want := range map[string]string{"03/04/2024": "2024-03-04 I", "soon": "soon W", "1900-01-01": "1900-01-01",
		"2031-01-01": "2031-01-01", "02/30/2024": "02/30/2024 W", "": "null"} {
		want = strings.Replace(want, " W", " kept W", 1)
		if g := b.run(in); g.String() != want {
			t.Errorf("%q: got %q, want %q", in, g, want)
		}
	}
	b = genericDates(t, false, append(slices.Clone(good), "soon", "later", "now")...)
	if g := b.run("03/14/2024"); g.String() != "03/14/2024" {
		t.Errorf("less than 90 of 100: got %q", g)
	}
	b = genericDates(t, true, append(repeat(9, "2024-03-14"), "03/14/2024")...)
	for in, want := range map[string]string{"2024-03-04": "2024-03-04", "03/14/2024": "03/14/2024 kept W", "soon": "soon kept W"} {
		if g := b.run(in); g.String() != want {
			t.Errorf("harmonized %q: got %q, want %q", in, g, want)
		}
	}
	b = genericDates(t, true, append(repeat(8, "2024-03-14"), repeat(2, "03/14/2024")...)...)
	if g := b.run("03/14/2024"); g.String() != "03/14/2024" {
		t.Errorf("harmonized, less than 90 of 100: got %q", g)
	}
}

func TestDateNotes(t *testing.T) {
	c := column(t, "patient", "birth_date", nil)
	texts := slices.Concat(repeat(5, "1980-01-01"), []string{"02/13/1978", "02/09/1978", "1970-05-05"})
	open(t, c, texts...)
	var got []string
	for _, f := range dates.Notes(c) {
		got = append(got, fmt.Sprint(f.Rule, " ", f.Severity, " ", f.Message))
	}
	want := []string{
		"STD-DATE-3 information shape N/N/YYYY: month first, by proof; 1 prove month first, 0 day first, 1 prove nothing",
		"NULL-3 warning one 1 January is the birth date of 5 of 8; a suspected default, kept",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if d := dates.Describe(c); len(d.Shapes) != 1 || d.Shapes[0].MonthFirst != 1 || d.Shapes[0].Undecided != 1 {
		t.Errorf("described as %+v", d)
	}
	c.Harmonized = true
	if n := dates.Notes(c); n != nil {
		t.Errorf("a harmonized file has notes %v", n)
	}
}

func TestDateHarmonizedIgnoresParameters(t *testing.T) {
	p := params(func(p *Params) {
		p.DateOrder = MonthFirst
		p.ColumnDateOrder = map[string]Order{"birth_date": MonthFirst}
	})
	c := column(t, "patient", "birth_date", p)
	c.Harmonized = true
	if g := open(t, c).run("03/04/2024"); g.Text != "03/04/2024" || g.Value.Outcome != record.Kept {
		t.Errorf("got %q", g)
	}
}
