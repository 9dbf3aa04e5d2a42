package pipeline

import (
	"encoding/json"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// merge puts together what the workers of pass 2 counted, and concludes about the columns.
func (r *run) merge(e *engine) {
	if len(e.makers) == 0 {
		e.makers = append(e.makers, e.newMaker())
	}
	for i, t := range r.targets {
		t.counters, t.stats = rule.NewCounters(), &plan.Stats{}
		for _, m := range e.makers {
			t.counters.Merge(m.workers[i].Counters)
			t.stats.Merge(&m.workers[i].Stats)
		}
	}
	r.collectFindings()
}

// collectFindings gathers what is known about the file and its columns.
func (r *run) collectFindings() {
	for _, n := range r.source.notes {
		r.find(n.Rule, n.Severity, "", "", n.Message)
	}
	if severity, message := r.source.encodingFinding(); severity > 0 {
		r.find("STD-ENC-1", severity, "", "", message)
	}
	r.findAll(r.reading.findings)
	for i, t := range r.targets {
		if len(r.targets) > 1 && r.came[i] == 0 {
			continue
		}
		before := len(r.findings)
		r.findAll(r.reading.mappings[i].Findings)
		for _, n := range t.plan.Notes() {
			r.find(n.Finding.Rule, n.Finding.Severity, n.Column.Header, n.Column.Field, n.Finding.Message)
		}
		for _, n := range t.plan.Conclude(t.counters) {
			r.find(n.Finding.Rule, n.Finding.Severity, n.Column.Header, n.Column.Field, n.Finding.Message)
		}
		for k := range r.findings[before:] {
			r.findings[before+k].Entity = t.plan.Entity.Name
		}
	}
	if r.blank > 0 {
		r.find("STD-CSV-1", record.Information, "", "", strconv.FormatInt(r.blank, 10)+" blank lines were skipped")
	}
	if r.reading.mixed {
		r.find("MAP-6", record.Information, "", "", "mixed file: rows are routed by category")
	}
}

func (r *run) find(id string, s record.Severity, column, field, message string) {
	r.findings = append(r.findings, report.Finding{Rule: id, Severity: s.String(), Entity: r.primary().plan.Entity.Name,
		Column: column, Field: field, Message: message})
}

func (r *run) findAll(all []entity.Finding) {
	for _, f := range all {
		column := ""
		if f.Column >= 0 {
			column = r.reading.headers[f.Column]
		}
		r.find(f.Rule, f.Severity, column, f.Field, f.Message)
	}
}

// accounting sums the targets (rule DQ-6).
func (r *run) accounting() report.Accounting {
	a := r.acct
	for _, t := range r.targets {
		if t == r.primary() {
			a.Written += t.acct.Written
		} else {
			a.Routed += t.acct.Written
		}
		a.Duplicates += t.acct.Duplicates
		a.Created += t.acct.Created
	}
	return a
}

var operations = [...]string{"harmonize", "validate", "clean", "standardize"}

// OperationName returns the word of an operation.
func OperationName(o plan.Operation) string { return operations[o] }

func (r *run) report() *report.Report {
	d := r.source.dialect
	rep := &report.Report{
		Entity: r.primary().plan.Entity.Name, File: r.job.FileName, Operation: OperationName(r.job.Operation),
		Harmonized: r.reading.harmonized, Encoding: string(r.source.label()), Compression: r.source.compression,
		Delimiter: string(rune(d.Delimiter)), Header: d.Header, EvidenceScope: "file", Parameters: r.job.Parameters,
		Accounting: r.accounting(), BlankLines: r.blank + int64(d.Blank), PreambleRows: len(d.Preamble), Findings: r.findings,
		References: report.References{Phone: rule.PhoneMetadataVersion()}, Version: r.job.Version,
	}
	if d.Delimiter == 0 {
		rep.Delimiter = ""
	}
	if r.job.Prefix {
		rep.EvidenceScope = "prefix"
	}
	for _, s := range r.reading.choice.Scores {
		rep.Scores = append(rep.Scores, report.EntityScore{Entity: s.Entity, Score: s.Score})
	}
	for i, t := range r.targets {
		if len(r.targets) == 1 || r.came[i] > 0 {
			r.reportTarget(rep, i, t)
		}
	}
	rep.Score = report.Grades(rep.Rules)
	for _, f := range r.findings {
		rep.Issues.Add(severityOf(f.Severity), 1)
	}
	rep.Issues.Informations += r.removals
	for _, f := range r.informed {
		rep.Issues.Informations += f.count
	}
	return rep
}

func (r *run) reportTarget(rep *report.Report, i int, t *target) {
	part := report.Part{Entity: t.plan.Entity.Name, Rows: t.rows, Written: t.acct.Written, Duplicates: t.acct.Duplicates,
		Created: t.acct.Created, ErrorRecords: t.acct.ErrorRecords}
	if t.clean != nil && t.clean.wanted {
		part.Artifact = t.clean.name
	}
	rep.Entities = append(rep.Entities, part)
	rep.ErrorRecords += t.acct.ErrorRecords
	rep.Columns = append(rep.Columns, report.Columns(t.plan, &r.reading.mappings[i], t.stats)...)
	tallies := report.Tallies(t.counters)
	for key, extra := range r.tallies {
		if key.entity == t.plan.Entity.Name {
			tallies = append(tallies, *extra)
		}
	}
	for _, x := range tallies {
		rep.Issues.Errors += x.Errors
		rep.Issues.Warnings += x.Warnings
	}
	for _, c := range t.counters.All {
		if c.Finding.Severity == record.Information {
			rep.Issues.Informations += c.Count
		}
	}
	rep.Rules = append(rep.Rules, report.Checks(t.plan, t.stats, tallies)...)
}

// writeEnd writes the artifacts that come after the records.
func (r *run) writeEnd(rep *report.Report) error {
	quarantine := r.artifact(QuarantineArtifact, "quarantine.csv")
	if err := r.writeQuarantine(quarantine); err != nil {
		return err
	}
	if err := r.writeIssues(r.artifact(IssuesArtifact, "issues.ndjson")); err != nil {
		return err
	}
	if err := r.writeJSON(r.artifact(ReportArtifact, "report.json"), rep); err != nil {
		return err
	}
	if err := r.writeManifest(); err != nil {
		return err
	}
	for _, a := range r.artifacts {
		if err := a.end(); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) writeQuarantine(a *artifact) error {
	if err := a.write([]byte(encode.QuarantineHeader)); err != nil {
		return err
	}
	for _, raw := range decodeAll(r.source.dialect.Preamble, r.reading.label) {
		line := encode.AppendQuarantine(nil, 0, "STD-CSV-2", "before the header: not data", []byte(raw), r.job.Safe)
		if err := a.write(line); err != nil {
			return err
		}
	}
	return r.quarantine.writeTo(a.write)
}

func (r *run) writeJSON(a *artifact, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.write(append(text, '\n'))
}

// manifest is manifest.json: what was read, what was written, with which parameters.
type manifest struct {
	Input      manifestFile   `json:"input"`
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

func (r *run) writeManifest() error {
	m := manifest{Input: manifestFile{Name: r.job.FileName, Size: r.source.sent.n, SHA256: r.source.sent.sum()},
		Operation: OperationName(r.job.Operation), Parameters: r.job.Parameters, Version: r.job.Version}
	for _, a := range r.artifacts {
		res := a.result(r.job.Format)
		m.Artifacts = append(m.Artifacts, manifestFile{res.Name, res.Size, res.SHA256, res.MediaType})
	}
	return r.writeJSON(r.artifact(ManifestArtifact, "manifest.json"), m)
}

func (a *artifact) result(f encode.Format) ArtifactResult {
	media := map[Kind]string{CleanArtifact: f.MediaType(), QuarantineArtifact: encode.CSV.MediaType(),
		IssuesArtifact: encode.NDJSON.MediaType(), ReportArtifact: "application/json", ManifestArtifact: "application/json"}
	return ArtifactResult{a.kind, a.name, a.size, a.sum(), media[a.kind]}
}
