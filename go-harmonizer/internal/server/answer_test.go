package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

func sum(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

func TestTheSummaryAccountsForEveryByte(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	text := labs(3000)
	spec := newSpec(t, "labs.csv", nil)
	spec.Records = true
	got, err := server.harmonize(context.Background(), spec, text, 7777)
	if err != nil {
		t.Fatal(err)
	}
	s := got.summary
	if s.GetInputSha256() != sum(text) || s.GetInputBytes() != int64(len(text)) {
		t.Error("the summary tells another input")
	}
	if len(s.GetArtifacts()) != 5 || len(got.files) != 5 {
		t.Errorf("%d artifacts in the summary, %d received, want 5", len(s.GetArtifacts()), len(got.files))
	}
	for _, a := range s.GetArtifacts() {
		if text := got.files[a.GetName()]; a.GetSizeBytes() != int64(len(text)) || a.GetSha256() != sum(text) || a.GetMediaType() == "" || a.GetKind() == 0 {
			t.Errorf("%s: the summary tells other bytes", a.GetName())
		}
	}
	if s.GetVersion() != "test" || s.GetEntity() != "lab_result" || s.GetScore() == "" || got.rows["lab_result"] == 0 {
		t.Errorf("%v", s)
	}
	manifestAgrees(t, got)
}

// manifestAgrees compares manifest.json with what was received.
func manifestAgrees(t *testing.T, got *received) {
	t.Helper()
	var manifest struct {
		Input     struct{ SHA256 string } `json:"input"`
		Artifacts []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal(got.files["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Input.SHA256 != got.summary.GetInputSha256() || len(manifest.Artifacts) != 4 {
		t.Errorf("the manifest tells another input, or %d artifacts", len(manifest.Artifacts))
	}
	for _, a := range manifest.Artifacts {
		if a.SHA256 != sum(got.files[a.Name]) {
			t.Errorf("the manifest tells other bytes of %s", a.Name)
		}
	}
}

// Chunks come slowly, so that the stream is long: progress comes at once and then at least four times a second, and only grows.
func TestProgressComesSoonAndOften(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	stream, err := server.client.Harmonize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	spec := newSpec(t, "labs.csv", nil)
	text := labs(2000)
	spec.SizeBytes = int64(len(text))
	const pieces = 15
	sent := make(chan error, 1)
	go func() { sent <- slowly(stream, spec, text, pieces, 100*time.Millisecond) }()
	got, err := receive(stream, start)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got.first > 250*time.Millisecond {
		t.Errorf("the first message came after %v", got.first)
	}
	if least := int(time.Since(start).Seconds() * 4); len(got.progress) < least {
		t.Errorf("%d messages of progress in %v, want %d", len(got.progress), time.Since(start), least)
	}
	onlyGrows(t, got.progress)
	last := got.progress[len(got.progress)-1]
	if last.GetPercent() != 100 || last.GetStage() != harmonizerv1.Stage_STAGE_DONE || last.GetRecordsDone() != 2000 || last.GetBytesReceived() != int64(len(text)) {
		t.Errorf("the last progress is %v", last)
	}
}

func slowly(stream sender, spec *harmonizerv1.HarmonizeSpec, text []byte, pieces int, pause time.Duration) error {
	if err := stream.Send(specMessage(spec)); err != nil {
		return err
	}
	for i := range pieces {
		time.Sleep(pause)
		if err := stream.Send(chunk(text[i*len(text)/pieces : (i+1)*len(text)/pieces])); err != nil {
			return err
		}
	}
	return stream.CloseSend()
}

func onlyGrows(t *testing.T, all []*harmonizerv1.Progress) {
	t.Helper()
	for i, p := range all[1:] {
		before := all[i]
		if p.GetBytesReceived() < before.GetBytesReceived() || p.GetRecordsDone() < before.GetRecordsDone() || p.GetPercent() < before.GetPercent() ||
			p.GetRecordsRead() < before.GetRecordsRead() || p.GetErrors() < before.GetErrors() || p.GetStage() < before.GetStage() || p.GetElapsedMs() < before.GetElapsedMs() {
			t.Errorf("progress goes back from %v to %v", before, p)
		}
	}
}

func TestInspectSaysHowAFileWouldBeRead(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	stream, err := server.client.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := "patient_id;dob;frist_name;note\nP1;03/14/1980;Ann;CANARY\nP2;03/04/1981;Bob;\nP3\n"
	for _, m := range []*harmonizerv1.InspectRequest{
		{Message: &harmonizerv1.InspectRequest_Spec{Spec: newSpec(t, "patients.csv", nil)}},
		{Message: &harmonizerv1.InspectRequest_Chunk{Chunk: []byte(text)}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	got, err := stream.CloseAndRecv()
	if err != nil {
		t.Fatal(err)
	}
	if got.GetEntity() != "patient" || got.GetDelimiter() != ";" || got.GetEncoding() != "utf-8" || !got.GetHeader() || got.GetCompression() != "none" ||
		got.GetRecords() != 3 || got.GetBrokenRecords() != 1 || len(got.GetColumns()) != 4 || len(got.GetScores()) == 0 {
		t.Errorf("%v", got)
	}
	dob, name := got.GetColumns()[1], got.GetColumns()[2]
	if dob.GetField() != "birth_date" || len(dob.GetDateShapes()) != 1 || dob.GetDateShapes()[0].GetMonthFirst() != 1 || dob.GetDateShapes()[0].GetUndecided() != 1 {
		t.Errorf("%v", dob)
	}
	if name.GetSuggestion() != "first_name" || name.GetField() != "" || name.GetDistinctCount() != 2 || name.GetShapes()[0].GetShape() != "AAA" {
		t.Errorf("%v", name)
	}
}

func TestHealthFollowsTheDrain(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	client := healthpb.NewHealthClient(server.conn)
	for _, name := range []string{"", "harmonizer.v1.HarmonizerService"} {
		got, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: name})
		if err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v %v", name, got, err)
		}
	}
	watch, err := client.Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	server.rpc.Drain()
	got, err := watch.Recv()
	if err != nil || got.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("%v %v", got, err)
	}
}

func TestTheBookIsServed(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	entities, err := server.client.ListEntities(t.Context(), &harmonizerv1.ListEntitiesRequest{})
	if err != nil || len(entities.GetEntities()) != 8 {
		t.Fatalf("%d entities: %v", len(entities.GetEntities()), err)
	}
	rules, err := server.client.ListRules(t.Context(), &harmonizerv1.ListRulesRequest{})
	if err != nil || len(rules.GetRules()) < 60 {
		t.Fatalf("%d rules: %v", len(rules.GetRules()), err)
	}
	for _, r := range rules.GetRules() {
		if r.GetId() == "" || r.GetTitle() == "" || r.GetStage() == "" {
			t.Errorf("%v", r)
		}
	}
	_, err = server.client.GetEntity(t.Context(), &harmonizerv1.GetEntityRequest{Name: "CANARY"})
	if info := infoOf(t, err); info.GetReason() != "ENTITY_NOT_FOUND" {
		t.Errorf("%v", err)
	}
	_, err = server.client.GetEntity(t.Context(), &harmonizerv1.GetEntityRequest{})
	if info := infoOf(t, err); info.GetReason() != "INVALID_REQUEST" {
		t.Errorf("%v", err)
	}
}
