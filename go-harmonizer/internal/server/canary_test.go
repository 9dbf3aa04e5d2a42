package server

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

// watched collects the log.
type watched struct {
	mu sync.Mutex
	bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.String()
}

// Values of patients are in the clean file, the quarantine and the issues, and nowhere else, whatever happens.
func TestCanariesAreNowhereButInTheirArtifacts(t *testing.T) {
	log := &watched{}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	server := serve(t, pipeline.Limits{})
	sightings := 0
	for name, text := range canaries() {
		for _, change := range []func(*harmonizerv1.HarmonizeSpec){
			func(*harmonizerv1.HarmonizeSpec) {},
			func(s *harmonizerv1.HarmonizeSpec) { s.Options.Quarantine, s.Records = true, true },
			func(s *harmonizerv1.HarmonizeSpec) { s.Options.Encoding = "utf-16le" },
			func(s *harmonizerv1.HarmonizeSpec) {
				s.Options.EvidenceScope = harmonizerv1.EvidenceScope_EVIDENCE_SCOPE_PREFIX
			},
			func(s *harmonizerv1.HarmonizeSpec) { s.Operation = harmonizerv1.Operation_OPERATION_VALIDATE },
		} {
			spec := newSpec(t, strings.Split(name, ",")[0], nil)
			change(spec)
			got, err := server.harmonize(context.Background(), spec, text, 100)
			sightings += watch(t, name, got, err)
		}
	}
	if sightings == 0 {
		t.Error("no canary reached its artifacts: nothing was tested")
	}
	if strings.Contains(log.String(), "CANARY") {
		t.Errorf("the log quotes a value: %s", log)
	}
	all, err := server.metrics.Gather()
	if err != nil || strings.Contains(fmt.Sprint(all), "CANARY") {
		t.Errorf("the metrics quote a value: %v", err)
	}
}

// canaries are files whose every cell is a canary, sound and broken ones.
func canaries() map[string][]byte {
	row := func(n int) string { return strings.TrimSuffix(strings.Repeat("CANARY-1,", n), ",") + "\n" }
	all := map[string][]byte{
		"patients.csv": []byte("patient_id,first_name,last_name,birth_date,gender,ssn,phone,email,postal_code,state,death_date,age,mrn,race\n" +
			row(14) + strings.ReplaceAll(row(14), "1", "2") + row(14)),
		"labs.csv":   []byte("patient_id,test_name,loinc_code,effective_datetime,result_value,unit,reference_range,abnormal_flag,status\n" + row(9) + row(9)),
		"vitals.csv": []byte("patient_id,effective_datetime,bp,hr,temp,weight,height,spo2\n" + row(8)),
		"long.csv":   []byte("patient_id,effective_datetime,vital_type,value,unit\n" + row(5)),
		"imaging.csv": []byte("patient_id,study_instance_uid,study_date,study_time,modality,body_part,laterality,patient_birth_date,patient_age\n" +
			row(9)),
		"dates.csv":        []byte("patient_id,birth_date\nCANARY,13/13/CANARY\nCANARY,1e99\nCANARY,99999999999999999999\n"),
		"ragged.csv":       []byte("patient_id,birth_date\nCANARY\nCANARY,\"CANARY\" CANARY\n"),
		"open.csv":         []byte("patient_id,birth_date\nCANARY,\"CANARY\n"),
		"preamble.csv":     []byte("CANARY\nCANARY\npatient_id,birth_date\nCANARY,1980-01-02\n"),
		"no_header.csv":    []byte("1,CANARY-1\n2,CANARY-2\n3,CANARY-3\n"),
		"high_bytes.csv":   []byte("patient_id,birth_date\nCANARY\xe9,1980-01-02\n"),
		"binary.csv":       []byte("%PDF-CANARY"),
		"truncated.csv":    {0x1f, 0x8b, 8, 0, 'C', 'A', 'N', 'A', 'R', 'Y'},
		"observations.csv": []byte("DATE,PATIENT,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS\nCANARY,CANARY,laboratory,CANARY,CANARY,CANARY,CANARY\nCANARY,CANARY,survey,CANARY,CANARY,CANARY,CANARY\n"),
		"harmonized.csv":   []byte("patient_id,birth_date,record_no,record_status\nCANARY,CANARY,1,error\nCANARY,CANARY,CANARY,ok\n"),
		"conditions.csv":   []byte("patient_id,code,code_system,onset_date,description\n" + row(5)),
	}
	return all
}

// watch looks for canaries where none may be, and counts them where they may.
func watch(t *testing.T, name string, got *received, err error) (sightings int) {
	t.Helper()
	if err != nil {
		for _, d := range status.Convert(err).Details() {
			if strings.Contains(fmt.Sprint(d), "CANARY") {
				t.Errorf("%s: the details of an error quote a value", name)
			}
		}
		if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: an error quotes a value: %v", name, err)
		}
		return 0
	}
	for _, file := range []string{"report.json", "manifest.json"} {
		if at := bytes.Index(got.files[file], []byte("CANARY")); at >= 0 {
			t.Errorf("%s: %s quotes a value: %.200s", name, file, got.files[file][max(0, at-150):])
		}
	}
	text := protojson.Format(got.summary)
	for _, p := range got.progress {
		text += protojson.Format(p)
	}
	if strings.Contains(text, "CANARY") {
		t.Errorf("%s: summary or progress quote a value", name)
	}
	return bytes.Count(got.files["issues.ndjson"], []byte("CANARY")) + bytes.Count(got.files["clean.csv"], []byte("CANARY"))
}
