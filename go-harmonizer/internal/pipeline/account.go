package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// report accounts for all files.
func (w *work) report() *report.Report {
	rep := w.runs[0].header()
	for _, r := range w.runs {
		r.reportInto(rep)
	}
	rep.Score, rep.Matching = report.Grades(rep.Rules), w.matching
	return rep
}

// header is what a report says of the job and its first file.
func (r *run) header() *report.Report {
	f := r.reportFile()
	rep := &report.Report{
		Entity: f.Entity, File: f.File, Operation: OperationName(r.job.Operation), Harmonized: f.Harmonized, Encoding: f.Encoding,
		Compression: f.Compression, Delimiter: f.Delimiter, Header: f.Header, EvidenceScope: "file", Parameters: r.job.Parameters,
		References: report.References{Phone: rule.PhoneMetadataVersion()}, Version: r.job.Version,
	}
	if r.job.Deidentify {
		rep.Privacy = deid.Label
	}
	if r.job.Prefix {
		rep.EvidenceScope = "prefix"
	}
	for _, s := range r.reading.choice.Scores {
		rep.Scores = append(rep.Scores, report.EntityScore{Entity: s.Entity, Score: s.Score})
	}
	return rep
}

// reportFile accounts for one file.
func (r *run) reportFile() report.File {
	d := r.source.dialect
	f := report.File{File: r.job.FileName, Entity: r.primary().entity, Harmonized: r.reading.harmonized,
		Encoding: string(r.source.label()), Compression: r.source.compression, Delimiter: string(rune(d.Delimiter)), Header: d.Header,
		Accounting: r.accounting(), BlankLines: r.blank + int64(d.Blank), PreambleRows: len(d.Preamble),
		SHA256: r.source.sent.sum(), SizeBytes: r.source.sent.n}
	if d.Delimiter == 0 {
		f.Delimiter = ""
	}
	for _, t := range r.targets {
		f.ErrorRecords += t.acct.ErrorRecords
	}
	return f
}

// label is the name of the file where there are several.
func (r *run) label() string {
	if r.several() {
		return r.job.FileName
	}
	return ""
}

// reportInto adds a file to the account of the job.
func (r *run) reportInto(rep *report.Report) {
	f := r.reportFile()
	rep.Files = append(rep.Files, f)
	rep.Accounting.Add(f.Accounting)
	rep.ErrorRecords += f.ErrorRecords
	rep.BlankLines, rep.PreambleRows = rep.BlankLines+f.BlankLines, rep.PreambleRows+f.PreambleRows
	for i, t := range r.targets {
		if len(r.targets) == 1 || r.came[i] > 0 {
			r.reportTarget(rep, i, t)
		}
	}
	for _, f := range r.findings {
		f.File = r.label()
		rep.Findings = append(rep.Findings, f)
		rep.Issues.Add(severityOf(f.Severity), 1)
	}
	rep.Issues.Informations += r.removals
	for _, f := range r.informed {
		rep.Issues.Informations += f.count
	}
}

func (r *run) reportTarget(rep *report.Report, i int, t *target) {
	part := report.Part{File: r.label(), Entity: t.entity, Rows: t.rows, Written: t.acct.Written, Duplicates: t.acct.Duplicates,
		Created: t.acct.Created, ErrorRecords: t.acct.ErrorRecords}
	if t.clean != nil && t.clean.wanted {
		part.Artifact = t.clean.name
	}
	rep.Entities = append(rep.Entities, part)
	for _, c := range report.Columns(t.plan, &r.reading.mappings[i], t.stats) {
		c.File = r.label()
		rep.Columns = append(rep.Columns, c)
	}
	for _, c := range report.Profiles(t.plan, t.stats) {
		c.File = r.label()
		rep.Profile = append(rep.Profile, c)
	}
	tallies := r.talliesOf(t)
	for _, x := range tallies {
		rep.Issues.Errors += x.Errors
		rep.Issues.Warnings += x.Warnings
	}
	for _, c := range t.counters.All {
		if c.Finding.Severity == record.Information {
			rep.Issues.Informations += c.Count
		}
	}
	for _, c := range report.Checks(t.plan, t.stats, append(tallies, r.duplicates(t)...)) {
		c.File = r.label()
		rep.Rules = append(rep.Rules, c)
	}
}

// talliesOf sums what workers and comparisons counted of a target.
func (r *run) talliesOf(t *target) []report.Tally {
	tallies := report.Tallies(t.counters)
	for key, extra := range r.tallies {
		if key.entity == t.entity {
			tallies = append(tallies, *extra)
		}
	}
	return tallies
}
