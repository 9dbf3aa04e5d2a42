package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
)

// elementsOfR4 are elements of FHIR R4 (4.0.1) by type, as element:type; those that our paths do not come near are left out.
var elementsOfR4 = map[string]string{
	"Patient": "identifier:Identifier name:HumanName telecom:ContactPoint gender:code birthDate:date deceased:x address:Address " +
		"maritalStatus:CodeableConcept communication:Communication generalPractitioner:Reference extension:Extension",
	"Communication": "language:CodeableConcept preferred:boolean",
	"Observation": "identifier:Identifier basedOn:Reference status:code category:CodeableConcept code:CodeableConcept subject:Reference " +
		"encounter:Reference effective:x issued:instant performer:Reference value:Quantity interpretation:CodeableConcept note:Annotation " +
		"bodySite:CodeableConcept specimen:Reference referenceRange:ReferenceRange hasMember:Reference",
	"ReferenceRange": "low:Quantity high:Quantity text:string",
	"MedicationRequest": "identifier:Identifier status:code medication:CodeableConcept subject:Reference encounter:Reference " +
		"requester:Reference reasonCode:CodeableConcept dosageInstruction:Dosage dispenseRequest:DispenseRequest",
	"DispenseRequest": "quantity:Quantity numberOfRepeatsAllowed:integer expectedSupplyDuration:Quantity",
	"Dosage":          "text:string timing:Timing asNeeded:x route:CodeableConcept doseAndRate:DoseAndRate",
	"DoseAndRate":     "type:CodeableConcept dose:QuantityOrRange rate:x",
	"QuantityOrRange": "value:decimal code:code low:Quantity high:Quantity",
	"Timing":          "repeat:Repeat code:CodeableConcept event:dateTime",
	"Repeat":          "bounds:Period count:integer frequency:integer period:decimal periodMax:decimal periodUnit:code when:code",
	"ImagingStudy": "identifier:Identifier modality:Coding subject:Reference encounter:Reference started:dateTime referrer:Reference " +
		"numberOfSeries:integer numberOfInstances:integer procedureCode:CodeableConcept location:Reference description:string series:Series",
	"Series":    "uid:id modality:Coding description:string bodySite:Coding laterality:Coding performer:Performer instance:Instance",
	"Performer": "function:CodeableConcept actor:Reference",
	"Instance":  "uid:id sopClass:Coding number:integer title:string",
	"Encounter": "identifier:Identifier status:code class:Coding type:CodeableConcept subject:Reference participant:Participant " +
		"period:Period reasonCode:CodeableConcept hospitalization:Hospitalization serviceProvider:Reference",
	"Participant":     "type:CodeableConcept period:Period individual:Reference",
	"Hospitalization": "admitSource:CodeableConcept dischargeDisposition:CodeableConcept",
	"Condition": "identifier:Identifier clinicalStatus:CodeableConcept verificationStatus:CodeableConcept severity:CodeableConcept " +
		"code:CodeableConcept subject:Reference encounter:Reference onset:x abatement:x recordedDate:dateTime",
	"Coverage":        "type:CodeableConcept subscriberId:string beneficiary:Reference",
	"Identifier":      "use:code type:CodeableConcept system:uri value:string period:Period",
	"HumanName":       "use:code text:string family:string given:string prefix:string suffix:string period:Period",
	"ContactPoint":    "system:code value:string use:code",
	"Address":         "line:string city:string district:string state:string postalCode:string country:string",
	"CodeableConcept": "coding:Coding text:string",
	"Coding":          "system:uri version:string code:code display:string",
	"Quantity":        "value:decimal comparator:code unit:string system:uri code:code",
	"Period":          "start:dateTime end:dateTime",
	"Reference":       "reference:string type:uri identifier:Identifier display:string",
	"Annotation":      "text:markdown",
	"Extension":       "url:uri",
}

// step is an element of the simple subset of FHIRPath that R4 lets expression hold: a name, perhaps with a position.
var step = regexp.MustCompile(`^([A-Za-z]+)(\[\d+\])?$`)

// resolve tells whether a path leads to an element of R4, and where it goes wrong.
func resolve(path string) string {
	names := strings.Split(path, ".")
	kind := names[0]
	if elementsOfR4[kind] == "" {
		return kind
	}
next:
	for _, name := range names[1:] {
		m := step.FindStringSubmatch(name)
		if m == nil {
			return name
		}
		for e := range strings.FieldsSeq(elementsOfR4[kind]) {
			if element, of, _ := strings.Cut(e, ":"); element == m[1] {
				kind = of
				continue next
			}
		}
		return kind + "." + name
	}
	return ""
}

func TestExpressionsAreElementsOfR4(t *testing.T) {
	n := 0
	for _, e := range entity.All() {
		for i := range e.Fields {
			path := Expression(e.Name, e.Fields[i].Name)
			if len(e.FHIR) == 0 {
				if path != "" {
					t.Errorf("%s is no resource and has %s", e.Name, path)
				}
				continue
			}
			if wrong := resolve(path); wrong != "" {
				t.Errorf("%s.%s: %q goes wrong at %q", e.Name, e.Fields[i].Name, path, wrong)
			}
			n++
		}
	}
	if n < 100 {
		t.Errorf("only %d fields were looked at", n)
	}
}

func TestExpression(t *testing.T) {
	for _, c := range [][3]string{
		{"patient", "birth_date", "Patient.birthDate"}, {"patient", "ssn", "Patient.identifier"}, {"patient", "phone", "Patient.telecom"},
		{"patient", "race", "Patient.extension"}, {"patient", "death_date", "Patient.deceased"}, {"patient", "first_name", "Patient.name.given[0]"},
		{"patient", "age", "Patient"}, {"patient", "", "Patient"}, {"patient", "no field", "Patient"}, {"generic", "", ""}, {"nothing", "", ""},
		{"lab_result", "result_value", "Observation.value"}, {"lab_result", "value_number", "Observation.value.value"},
		{"patient", "blood_type", "Observation.value"},
	} {
		if got := Expression(c[0], c[1]); got != c[2] {
			t.Errorf("%s.%s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
