package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// conditionStates is rule STD-COND-1. The book's words are those of clinical_status; verification_status and severity, which stand in
// the same line of section 2.7, take the value sets that FHIR R4 names for them.
var conditionStates = Standardizer{
	Peers:  []string{"abatement_date"},
	OnNull: true,
	Bind: func(c *Column) func(*Cell) {
		switch c.Field {
		case "verification_status":
			return func(c *Cell) { stateOf(c, verifications, "not a verification status") }
		case "severity":
			return func(c *Cell) { stateOf(c, severities, "not a severity") }
		}
		return clinicalStatus
	},
}

var (
	// clinicalStates are the codes of condition-clinical. All but the last three say that the condition is there (con-4).
	clinicalStates = wordsOf(map[string]string{"active": "", "recurrence": "recurrent", "relapse": "relapsed", "inactive": "",
		"remission": "in remission", "resolved": ""})
	// endedWords say less than resolved.
	endedWords = wordsOf(map[string]string{"closed": "", "deleted": "", "cured": ""})
	// verifications are the codes of condition-ver-status.
	verifications = wordsOf(map[string]string{"unconfirmed": "", "provisional": "", "differential": "", "confirmed": "", "refuted": "",
		"entered-in-error": ""})
	// severities are the three concepts of condition-severity, by their SNOMED CT words and codes.
	severities = wordsOf(map[string]string{"mild": "255604002", "moderate": "6736007", "severe": "24484000"})

	resolved = []byte("resolved")
)

// isPresent tells that a clinical status says that the patient has the condition.
func isPresent(status []byte) bool {
	switch string(status) {
	case "active", "recurrence", "relapse":
		return true
	}
	return false
}

// clinicalStatus looks at the status and the day on which the condition went away. A day that could not be read is none.
func clinicalStatus(c *Cell) {
	end := c.PeerValue(0)
	ended := end.Text != nil && end.Outcome != record.Kept
	state := clinicalStates.find(c.Text)
	switch {
	case c.Text == nil && ended:
		c.SetAs("STD-COND-1", resolved, record.Warning, "empty, but the condition has an end: taken as resolved")
	case c.Text == nil:
	case isPresent(state) && ended:
		c.SetAs("STD-COND-1", state, record.Warning, string(state)+", but the condition has an end (con-4)")
	case state != nil:
		c.Set("STD-COND-1", state)
	case endedWords.find(c.Text) != nil:
		c.SetAs("STD-COND-1", resolved, record.Warning, "taken as resolved")
	default:
		c.Keep("STD-COND-1", record.Warning, "not a clinical status")
	}
}

// stateOf looks a word up.
func stateOf(c *Cell, all words, message string) {
	switch state := all.find(c.Text); {
	case c.Text == nil:
	case state != nil:
		c.Set("STD-COND-1", state)
	default:
		c.Keep("STD-COND-1", record.Warning, message)
	}
}
