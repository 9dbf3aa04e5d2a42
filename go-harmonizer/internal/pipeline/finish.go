package pipeline

import (
	"encoding/json"
	"fmt"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// Result is the account of a job.
type Result struct {
	Report *report.Report
	// InputSHA256 is that of the first file, InputBytes of all together.
	InputSHA256 string
	InputBytes  int64
	Artifacts   []ArtifactResult
}

// ArtifactResult is the account of one artifact.
type ArtifactResult struct {
	Kind      Kind
	Name      string
	Size      int64
	SHA256    string
	MediaType string
}

var operations = [...]string{"harmonize", "validate", "clean", "standardize"}

// OperationName returns the word of an operation.
func OperationName(o plan.Operation) string { return operations[o] }

// finish holds every file to its account and writes what comes after the records.
func (w *work) finish() (*Result, error) {
	for _, r := range w.runs {
		if err := r.accounting().Check(); err != nil {
			return nil, r.place(fault.New(fault.Internal, "ACCOUNTING", "%w", err))
		}
	}
	w.progress.Stage.Store(int32(Writing))
	rep := w.report()
	if err := w.writeEnd(rep); err != nil {
		return nil, fmt.Errorf("write artifacts: %w", err)
	}
	w.progress.Stage.Store(int32(Done))
	out := &Result{Report: rep, InputSHA256: w.runs[0].source.sent.sum()}
	for _, r := range w.runs {
		out.InputBytes += r.source.sent.n
	}
	for _, a := range w.artifacts {
		out.Artifacts = append(out.Artifacts, a.result(w.job.Format))
	}
	return out, nil
}

// writeEnd writes the artifacts that come after the records.
func (w *work) writeEnd(rep *report.Report) error {
	if err := w.writeQuarantine(w.artifact(QuarantineArtifact, "quarantine.csv")); err != nil {
		return err
	}
	if err := w.writeIssues(w.artifact(IssuesArtifact, "issues.ndjson")); err != nil {
		return err
	}
	if err := w.writeLineage(); err != nil {
		return err
	}
	if err := w.writeJSON(w.artifact(ReportArtifact, "report.json"), rep); err != nil {
		return err
	}
	if err := w.writeOutcome(); err != nil {
		return err
	}
	if err := w.writeManifest(); err != nil {
		return err
	}
	for _, a := range w.artifacts {
		if err := a.end(); err != nil {
			return err
		}
	}
	return nil
}

// writeLineage writes lineage.ndjson, file by file.
func (w *work) writeLineage() error {
	if !w.job.Wants[LineageArtifact] {
		return nil
	}
	a := w.artifact(LineageArtifact, "lineage.ndjson")
	for _, r := range w.runs {
		if err := r.lineage.writeTo(a.write); err != nil {
			return err
		}
	}
	return nil
}

// writeQuarantine writes what could not be used. Where there are several files, each line begins with its own.
func (w *work) writeQuarantine(a *artifact) error {
	header := encode.QuarantineHeader
	if w.several() {
		header = "file," + header
	}
	if err := a.write([]byte(header)); err != nil {
		return err
	}
	for _, r := range w.runs {
		write, file := a.write, []byte(r.job.FileName)
		if w.several() {
			name := append(csvfmt.AppendCell(nil, file, csvfmt.NeedsQuote(file), w.job.Safe && csvfmt.IsFormula(file)), ',')
			write = func(line []byte) error { return a.write(append(name[:len(name):len(name)], line...)) }
		}
		if err := r.writeQuarantine(write); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) writeQuarantine(write func([]byte) error) error {
	for _, raw := range decodeAll(r.source.dialect.Preamble, r.reading.label) {
		line := encode.AppendQuarantine(nil, 0, "STD-CSV-2", "before the header: not data", r.shown([]byte(raw)), r.job.Safe)
		if err := write(line); err != nil {
			return err
		}
	}
	return r.quarantine.writeTo(write)
}

func (w *work) writeJSON(a *artifact, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.write(append(text, '\n'))
}

// manifest is manifest.json: what was read, what was written, with which parameters.
type manifest struct {
	Input      manifestFile   `json:"input"`
	Inputs     []manifestFile `json:"inputs"` // Input is the first of them.
	Artifacts  []manifestFile `json:"artifacts"`
	Operation  string         `json:"operation"`
	Parameters map[string]any `json:"parameters"`
	Version    string         `json:"version"`
}

type manifestFile struct {
	Name      string `json:"name"`
	Size      int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
	MediaType string `json:"media_type,omitempty"`
}

func (w *work) writeManifest() error {
	m := manifest{Operation: OperationName(w.job.Operation), Parameters: w.job.Parameters, Version: w.job.Version}
	for _, r := range w.runs {
		m.Inputs = append(m.Inputs, manifestFile{Name: r.job.FileName, Size: r.source.sent.n, SHA256: r.source.sent.sum()})
	}
	m.Input = m.Inputs[0]
	for _, a := range w.artifacts {
		res := a.result(w.job.Format)
		m.Artifacts = append(m.Artifacts, manifestFile{res.Name, res.Size, res.SHA256, res.MediaType})
	}
	return w.writeJSON(w.artifact(ManifestArtifact, "manifest.json"), m)
}

const mediaJSON = "application/json"

func (a *artifact) result(f encode.Format) ArtifactResult {
	media := map[Kind]string{CleanArtifact: f.MediaType(), QuarantineArtifact: encode.CSV.MediaType(), ReviewArtifact: encode.CSV.MediaType(),
		IssuesArtifact: encode.NDJSON.MediaType(), LineageArtifact: encode.NDJSON.MediaType(), MatchesArtifact: encode.NDJSON.MediaType(),
		ReportArtifact: mediaJSON, ManifestArtifact: mediaJSON, OutcomeArtifact: "application/fhir+json"}
	return ArtifactResult{a.kind, a.name, a.size, a.sum(), media[a.kind]}
}
