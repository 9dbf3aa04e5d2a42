package server

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// An artifact has the same bytes whichever others are asked for; nothing is sent that was not.
func TestCasesWithoutTheirIssues(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for _, c := range pipelinetest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			all := newSpec(t, c.FileName, c.Spec)
			some := proto.CloneOf(all)
			some.Artifacts = slices.DeleteFunc(slices.Clone(all.GetArtifacts()), func(k harmonizerv1.ArtifactKind) bool {
				return k == harmonizerv1.ArtifactKind_ARTIFACT_KIND_ISSUES || k == harmonizerv1.ArtifactKind_ARTIFACT_KIND_MANIFEST
			})
			want, err := inProcess(t, all, c)
			if err != nil {
				return // Refused; TestCases says how.
			}
			got, err := inProcess(t, some, c)
			if err != nil {
				t.Fatal(err)
			}
			delete(want, "issues.ndjson")
			delete(want, "manifest.json")
			if len(got) != len(want) {
				t.Errorf("%d artifacts, want %d", len(got), len(want))
			}
			for name, text := range want {
				if !bytes.Equal(got[name], text) {
					t.Errorf("%s is another without issues\n%s", name, pipelinetest.Differ(text, got[name]))
				}
			}
		})
	}
}
