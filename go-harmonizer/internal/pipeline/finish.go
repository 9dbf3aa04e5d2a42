package pipeline

import (
	"encoding/json"
	"errors"
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
	if err := w.end(); err != nil {
		return err
	}
	return w.writeManifest()
}

// end ends all artifacts so far.
func (w *work) end() error {
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
		if err := r.lineage.writeTo(a); err != nil {
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
		if err := r.writePreamble(a); err != nil {
			return err
		}
		if err := r.writeQuarantine(a); err != nil {
			return err
		}
	}
	return nil
}

// writePreamble writes what stands before the header.
func (r *run) writePreamble(a *artifact) error {
	for _, raw := range decodeAll(r.source.dialect.Preamble, r.reading.label) {
		line := encode.AppendQuarantine(nil, 0, "STD-CSV-2", "before the header: not data", r.shown([]byte(raw)), r.job.Safe)
		if err := a.write(append(r.fileCell(), line...)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) writeQuarantine(a *artifact) error {
	file := r.fileCell()
	if file == nil {
		return r.quarantine.writeTo(a)
	}
	return r.quarantine.each(func(line []byte) error {
		if err := a.write(file); err != nil {
			return err
		}
		return a.write(line)
	})
}

// fileCell is the cell that each line begins with where there are several files.
func (r *run) fileCell() []byte {
	if !r.several() {
		return nil
	}
	file := []byte(r.job.FileName)
	return append(csvfmt.AppendCell(nil, file, csvfmt.NeedsQuote(file), r.job.Safe && csvfmt.IsFormula(file)), ',')
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
	a := w.artifact(ManifestArtifact, "manifest.json")
	return errors.Join(w.writeJSON(a, m), a.end())
}

const mediaJSON = "application/json"

func (a *artifact) result(f encode.Format) ArtifactResult {
	media := map[Kind]string{CleanArtifact: f.MediaType(), QuarantineArtifact: encode.CSV.MediaType(), ReviewArtifact: encode.CSV.MediaType(),
		IssuesArtifact: encode.NDJSON.MediaType(), LineageArtifact: encode.NDJSON.MediaType(), MatchesArtifact: encode.NDJSON.MediaType(),
		ReportArtifact: mediaJSON, ManifestArtifact: mediaJSON, OutcomeArtifact: "application/fhir+json"}
	return ArtifactResult{a.kind, a.name, a.size, a.sum(), media[a.kind]}
}
