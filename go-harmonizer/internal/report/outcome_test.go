package report

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// The required code systems of OperationOutcome in R4: issue-severity and issue-type.
var (
	severitiesOfR4 = strings.Fields("fatal error warning information")
	typesOfR4      = strings.Fields("invalid structure required value invariant security login unknown expired forbidden suppressed " +
		"processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule " +
		"conflict transient lock-error no-store exception timeout incomplete throttled informational")
)

// elementsOfOutcome are the elements of R4 that may stand in each object, with the least and the most (-1: any number).
var elementsOfOutcome = map[string]map[string]struct {
	least, most int
	of          string
}{
	"OperationOutcome": {"resourceType": {1, 1, ""}, "issue": {1, -1, "issue"}},
	"issue": {"severity": {1, 1, ""}, "code": {1, 1, ""}, "details": {0, 1, "CodeableConcept"}, "diagnostics": {0, 1, ""},
		"location": {0, -1, ""}, "expression": {0, -1, ""}},
	"CodeableConcept": {"coding": {0, -1, "Coding"}, "text": {0, 1, ""}},
	"Coding":          {"system": {0, 1, ""}, "version": {0, 1, ""}, "code": {0, 1, ""}, "display": {0, 1, ""}},
}

// validate checks an object of JSON by cardinality; every text must hold something, as R4 wants it.
func validate(t *testing.T, kind string, object map[string]any) {
	t.Helper()
	rules := elementsOfOutcome[kind]
	for name, value := range object {
		r, known := rules[name]
		if !known {
			t.Errorf("%s has no element %s", kind, name)
			continue
		}
		list, isList := value.([]any)
		if isList != (r.most < 0) {
			t.Errorf("%s.%s: list or no list", kind, name)
		}
		if !isList {
			list = []any{value}
		}
		if len(list) == 0 {
			t.Errorf("%s.%s is empty", kind, name)
		}
		for _, one := range list {
			if inner, is := one.(map[string]any); is && r.of != "" {
				validate(t, r.of, inner)
			} else if text, is := one.(string); !is || r.of != "" || strings.TrimSpace(text) == "" {
				t.Errorf("%s.%s is %v", kind, name, one)
			}
		}
	}
	for name, r := range rules {
		if _, has := object[name]; r.least > 0 && !has {
			t.Errorf("%s lacks %s", kind, name)
		}
	}
}

func validateOutcome(t *testing.T, text []byte) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	validate(t, "OperationOutcome", object)
	if object["resourceType"] != "OperationOutcome" {
		t.Errorf("a %v", object["resourceType"])
	}
	var o Outcome
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	for _, i := range o.Issue {
		if !slices.Contains(severitiesOfR4, i.Severity) || !slices.Contains(typesOfR4, i.Code) {
			t.Errorf("%s %s is no code of R4", i.Severity, i.Code)
		}
		for _, path := range i.Expression {
			if wrong := resolve(path); wrong != "" {
				t.Errorf("%s goes wrong at %s", path, wrong)
			}
		}
	}
}

// everyIssue is one issue of every rule, severity and outcome, of every field.
func everyIssue() []Aggregated {
	var all []Aggregated
	n := int64(0)
	for _, e := range entity.All() {
		for _, r := range rule.Table() {
			for s := record.Information; s <= record.Error; s++ {
				n++
				a := Aggregated{Rule: r.ID, Severity: s, Entity: e.Name, Outcome: record.Outcome(n % 5), Message: "as it was", Count: n}
				if len(e.Fields) > 0 {
					a.Field = e.Fields[int(n)%len(e.Fields)].Name
				}
				if n%3 > 0 {
					a.Column, a.Records = "Header", []int64{n, n + 1}
				}
				all = append(all, a)
			}
		}
	}
	return all
}

func marshal(t *testing.T, o *Outcome) []byte {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestOutcomesAreOfR4(t *testing.T) {
	validateOutcome(t, marshal(t, NewOutcome(nil)))
	validateOutcome(t, marshal(t, NewOutcome(everyIssue())))
}

func TestNoIssueIsOneInformation(t *testing.T) {
	want := []OutcomeIssue{{Severity: "information", Code: "informational", Details: Concept{Text: "no issues"}}}
	if got := NewOutcome(nil).Issue; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestOutcomesDoNotDependOnTheOrderOfIssues(t *testing.T) {
	all := everyIssue()
	want := string(marshal(t, NewOutcome(all)))
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if string(marshal(t, NewOutcome(all))) != want {
			t.Fatal("another order, another outcome")
		}
	}
	o := NewOutcome(all)
	if !slices.IsSortedFunc(o.Issue, func(a, b OutcomeIssue) int {
		return slices.Index(severitiesOfR4, a.Severity) - slices.Index(severitiesOfR4, b.Severity)
	}) {
		t.Error("errors do not come first")
	}
}

// Messages of errors and warnings may name values and keep nothing apart; those of information are constant.
func TestWhatIsPutTogether(t *testing.T) {
	issue := func(s record.Severity, message string, records ...int64) Aggregated {
		return Aggregated{Rule: "VAL-VIT-1", Severity: s, Entity: "vital", Field: "value", Column: "HR", Outcome: record.OK, Message: message,
			Count: int64(len(records)), Records: records}
	}
	o := NewOutcome([]Aggregated{issue(record.Error, "400 is too much", 9, 12), issue(record.Error, "500 is too much", 3, 4, 5, 6),
		issue(record.Information, "one", 1), issue(record.Information, "two", 2)})
	if len(o.Issue) != 3 {
		t.Fatalf("%d issues", len(o.Issue))
	}
	i := o.Issue[0]
	if i.Details.Text != "Plausible vital sign" || i.Diagnostics != "count 6; outcome ok; records 3, 4, 5, 6, 9, …; field value; column HR" {
		t.Errorf("%+v", i)
	}
	if strings.Contains(string(marshal(t, o)), "too much") {
		t.Error("the message of an error is told")
	}
	if o.Issue[1].Details.Text != "one" || o.Issue[2].Details.Text != "two" {
		t.Errorf("%+v", o.Issue[1:])
	}
}

func TestCollector(t *testing.T) {
	var c Collector
	for n := int64(20); n > 0; n-- {
		c.Add(Aggregated{Rule: "VAL-REF-1", Severity: record.Warning, Entity: "lab_result", Field: "patient_id", Message: "of one record"}, n)
	}
	c.Add(Aggregated{Rule: "VAL-REF-1", Severity: record.Error, Entity: "lab_result", Field: "patient_id"}, 0)
	all := c.All()
	slices.SortFunc(all, func(a, b Aggregated) int { return int(a.Severity) - int(b.Severity) })
	want := []Aggregated{
		{Rule: "VAL-REF-1", Severity: record.Warning, Entity: "lab_result", Field: "patient_id", Count: 20, Records: []int64{1, 2, 3, 4, 5}},
		{Rule: "VAL-REF-1", Severity: record.Error, Entity: "lab_result", Field: "patient_id", Count: 1}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("%+v", all)
	}
}
