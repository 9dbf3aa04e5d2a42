package pipeline_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// The 500 true pairs of febrl's first data set are found from the file as it is, without the column that tells them.
func TestFebrl(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(pipelinetest.Root(t), "..", "shared", "data", "febrl", "dataset1.csv"))
	if err != nil {
		t.Skip("skipped: ../shared/data/febrl is not here")
	}
	hidden, persons := hide(t, text)
	job := newJob("patients.csv")
	job.Match = true
	_, sink := mustRun(t, job, hidden, how{workers: 2})
	right, wrong := judgePairs(t, sink.Files["matches.ndjson"], persons)
	truth := 500
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(truth)
	f1 := 2 * precision * recall / (precision + recall)
	t.Logf("precision %.4f, recall %.4f, F1 %.4f (%d right, %d wrong)", precision, recall, f1, right, wrong)
	if f1 < 0.985 || precision < 0.995 {
		t.Errorf("F1 %.4f, want 0.985; precision %.4f, want 0.995", f1, precision)
	}
}

// hide takes rec_id out of the file and returns which person each record speaks of: rec-12-org and rec-12-dup-0 are one.
func hide(t *testing.T, text []byte) (hidden []byte, persons []string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(text))
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0] != "rec_id" {
		t.Fatalf("the first column is %s", rows[0][0])
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for i, row := range rows {
		if i > 0 {
			persons = append(persons, strings.Split(row[0], "-")[1])
		}
		if err := w.Write(row[1:]); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return out.Bytes(), persons
}

// judgePairs counts the matches that are one person and those that are not.
func judgePairs(t *testing.T, matches []byte, persons []string) (right, wrong int) {
	t.Helper()
	for line := range strings.Lines(string(matches)) {
		var pair struct {
			Class string
			A, B  struct {
				Record int `json:"record_no"`
			}
		}
		if err := json.Unmarshal([]byte(line), &pair); err != nil {
			t.Fatal(err)
		}
		switch {
		case pair.Class != "match":
		case persons[pair.A.Record-1] == persons[pair.B.Record-1]:
			right++
		default:
			wrong++
		}
	}
	return right, wrong
}
