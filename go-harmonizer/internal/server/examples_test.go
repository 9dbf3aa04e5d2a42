package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// example is a case of tests/book: an example of the rule book with an input that shows it. tests/book/README.md says what each key
// means.
type example struct {
	// Example is the text of the book, Rules are ids that the case shows beside that of its file.
	Example string   `json:"example"`
	Rules   []string `json:"rules"`
	// Files are the input; a job of one file says its own name and lines at the top.
	exampleFile
	Files []exampleFile `json:"files"`
	// Options are Options in protojson, Operation is one of its enum, Output is "csv" for what only CSV shows.
	Options   json.RawMessage `json:"options"`
	Operation string          `json:"operation"`
	Output    string          `json:"output"`
	Want      exampleWant     `json:"want"`
	// Contradicts says why the rule wins over its own example, where it does.
	Contradicts string `json:"contradicts"`
}

// exampleFile is a file by its lines or, for what is no text, its bytes.
type exampleFile struct {
	Name   string `json:"file"`
	Input  lines  `json:"input"`
	Base64 string `json:"base64"`
}

// lines are texts, or an object for many that are alike: "line" as often as "times" says, {n} in it being the number of the record.
type lines []string

func (l *lines) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	for _, part := range parts {
		many := struct {
			Times int    `json:"times"`
			Line  string `json:"line"`
		}{Times: 1}
		to := any(&many)
		if part[0] == '"' {
			to = &many.Line
		}
		if err := json.Unmarshal(part, to); err != nil {
			return err
		}
		for range many.Times {
			*l = append(*l, strings.ReplaceAll(many.Line, "{n}", strconv.Itoa(len(*l))))
		}
	}
	return nil
}

func (f exampleFile) bytes(t *testing.T) pipelinetest.File {
	t.Helper()
	name := f.Name
	if name == "" {
		name = "input.csv"
	}
	if f.Base64 == "" {
		return pipelinetest.File{Name: name, Bytes: []byte(strings.Join(f.Input, "\n") + "\n")}
	}
	text, err := base64.StdEncoding.DecodeString(f.Base64)
	if err != nil {
		t.Fatal(err)
	}
	return pipelinetest.File{Name: name, Bytes: text}
}

// asCase is the case that the runners of the corpus take.
func (e *example) asCase(t *testing.T) pipelinetest.Case {
	t.Helper()
	files := e.Files
	if len(files) == 0 {
		files = []exampleFile{e.exampleFile}
	}
	first := files[0].bytes(t)
	c := pipelinetest.Case{FileName: first.Name, Input: first.Bytes}
	for _, f := range files[1:] {
		c.More = append(c.More, f.bytes(t))
	}
	return c
}

// bookArtifacts adds, to those of the corpus, the artifacts that are opt-in.
func (e *example) bookArtifacts(options *harmonizerv1.Options) []harmonizerv1.ArtifactKind {
	kinds := append(slices.Clone(allArtifacts), harmonizerv1.ArtifactKind_ARTIFACT_KIND_OPERATION_OUTCOME)
	if options.GetMatch() {
		kinds = append(kinds, harmonizerv1.ArtifactKind_ARTIFACT_KIND_MATCHES, harmonizerv1.ArtifactKind_ARTIFACT_KIND_REVIEW)
	}
	if options.GetLineage() {
		kinds = append(kinds, harmonizerv1.ArtifactKind_ARTIFACT_KIND_LINEAGE)
	}
	return kinds
}

func (e *example) spec(t *testing.T, fileName string) *harmonizerv1.HarmonizeSpec {
	t.Helper()
	spec := newSpec(t, fileName, nil)
	if len(e.Options) > 0 {
		if err := protojson.Unmarshal(e.Options, spec.Options); err != nil {
			t.Fatal(err)
		}
	}
	if spec.Options.AsOf == "" { // protojson resets what it writes to.
		spec.Options.AsOf = "2026-11-20"
	}
	if e.Operation != "" {
		spec.Operation = harmonizerv1.Operation(harmonizerv1.Operation_value[e.Operation])
		if spec.Operation == 0 {
			t.Fatalf("%s is no operation", e.Operation)
		}
	}
	spec.Artifacts = e.bookArtifacts(spec.Options)
	if e.Output == "csv" {
		return as(spec, harmonizerv1.OutputFormat_OUTPUT_FORMAT_CSV)
	}
	return as(spec, harmonizerv1.OutputFormat_OUTPUT_FORMAT_NDJSON)
}

// examples reads tests/book: the cases by the id in the name of their file.
func examples(t *testing.T) map[string][]example {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(pipelinetest.Root(t), "tests", "book", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	all := map[string][]example{}
	for _, path := range paths {
		d := json.NewDecoder(bytes.NewReader(pipelinetest.Read(t, path)))
		d.UseNumber()
		d.DisallowUnknownFields()
		var cases []example
		if err := d.Decode(&cases); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		all[strings.TrimSuffix(filepath.Base(path), ".json")] = cases
	}
	return all
}

// TestExamples runs the examples of the rule book through the whole engine.
func TestExamples(t *testing.T) {
	for id, cases := range examples(t) {
		t.Run(id, func(t *testing.T) {
			for _, e := range cases {
				t.Run(e.Example, func(t *testing.T) {
					c := e.asCase(t)
					files, err := inProcess(t, e.spec(t, c.FileName), c)
					e.Want.check(t, files, err)
				})
			}
		})
	}
}
