package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// grpcurlPath returns the real grpcurl: the one that make builds, else the tool of go.mod.
func grpcurlPath(t *testing.T) string {
	t.Helper()
	path := filepath.Join(pipelinetest.Root(t), ".venv", "bin", "grpcurl")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	out, err := exec.Command("go", "tool", "-n", "grpcurl").Output()
	if err != nil {
		t.Fatalf("grpcurl: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// grpcurl calls the server as a stranger would: by reflection.
func (s *serving) grpcurl(t *testing.T, path, stdin string, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	args = append([]string{"-plaintext"}, args...)
	for i, a := range args {
		if a == "ADDRESS" {
			args[i] = s.address
		}
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return out.String(), errs.String(), err == nil
}

func TestGrpcurl(t *testing.T) {
	path, server := grpcurlPath(t), serve(t, pipeline.Limits{})
	const service = "harmonizer.v1.HarmonizerService"
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"list":          {[]string{"ADDRESS", "list"}, []string{service, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}},
		"list methods":  {[]string{"ADDRESS", "list", service}, []string{"Harmonize", "Inspect", "ListEntities", "GetEntity", "ListRules"}},
		"describe":      {[]string{"ADDRESS", "describe", service}, []string{"rpc Harmonize ( stream .harmonizer.v1.HarmonizeRequest ) returns ( stream .harmonizer.v1.HarmonizeResponse )"}},
		"describe type": {[]string{"ADDRESS", "describe", "harmonizer.v1.HarmonizeSpec"}, []string{"file_name", "artifacts"}},
		"entities":      {[]string{"ADDRESS", service + "/ListEntities"}, []string{`"name": "lab_result"`, `"omopTable": "measurement"`}},
		"entity":        {[]string{"-d", `{"name":"patient"}`, "ADDRESS", service + "/GetEntity"}, []string{`"patient_id"`, `"required": true`}},
		"rules":         {[]string{"ADDRESS", service + "/ListRules"}, []string{`"id": "STD-DATE-3"`}},
		"health":        {[]string{"ADDRESS", "grpc.health.v1.Health/Check"}, []string{"SERVING"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, ok := server.grpcurl(t, path, "", c.args...)
			if !ok {
				t.Fatal(errs)
			}
			for _, text := range c.says {
				if !strings.Contains(out, text) {
					t.Errorf("%q is not in %.2000s", text, out)
				}
			}
		})
	}
	t.Run("errors have details", func(t *testing.T) {
		_, errs, ok := server.grpcurl(t, path, "", "-d", `{"name":"nobody"}`, "ADDRESS", service+"/GetEntity")
		if ok || !strings.Contains(errs, "NotFound") || !strings.Contains(errs, "ENTITY_NOT_FOUND") {
			t.Errorf("%v: %s", ok, errs)
		}
		_, errs, ok = server.grpcurl(t, path, `{"spec":{"options":{"as_of":"CANARY"}}}`, "-d", "@", "ADDRESS", service+"/Harmonize")
		if ok || !strings.Contains(errs, "spec.options.as_of") || strings.Contains(errs, "CANARY") {
			t.Errorf("%v: %s", ok, errs)
		}
	})
	t.Run("harmonize", func(t *testing.T) { server.harmonizeByJSON(t, path, service) })
}

// harmonizeByJSON sends a spec and a chunk as JSON and reads the answers the same way.
func (s *serving) harmonizeByJSON(t *testing.T, path, service string) {
	t.Helper()
	text := base64.StdEncoding.EncodeToString([]byte("patient_id,dob\nP1,03/14/1980\nP1,03/14/1980\n"))
	in := `{"spec":{"file_name":"patients.csv","artifacts":["ARTIFACT_KIND_CLEAN"],"options":{"as_of":"2026-11-20"}}}` + "\n" +
		`{"chunk":"` + text + `"}`
	out, errs, ok := s.grpcurl(t, path, in, "-d", "@", "ADDRESS", service+"/Harmonize")
	if !ok {
		t.Fatal(errs)
	}
	var clean []byte
	var written, duplicates string
	for d := json.NewDecoder(strings.NewReader(out)); d.More(); {
		var m struct {
			Artifact struct{ Data []byte }
			Summary  struct {
				Accounting struct{ Written, Duplicates string }
			}
		}
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		clean = append(clean, m.Artifact.Data...)
		written, duplicates = written+m.Summary.Accounting.Written, duplicates+m.Summary.Accounting.Duplicates
	}
	want := "patient_id,birth_date,collision_group,birth_date_source,record_no,record_status\nP1,1980-03-14,,03/14/1980,1,ok\n"
	if string(clean) != want || written != "1" || duplicates != "1" {
		t.Errorf("%s written, %s duplicates\n%s", written, duplicates, clean)
	}
}
