package pipeline

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// takeResult takes the next segment's records: duplicates are found, rows written or spooled, issues kept, records sent.
func (r *run) takeResult(res *result) error {
	var removals, lineage []*encode.Lines
	issues, quarantine := []*encode.Lines{r.brokenIssues(res.broken)}, []*encode.Lines{r.quarantineLines(res.broken, "STD-CSV-1")}
	for i, t := range r.targets {
		b := &res.blocks[i]
		t.removed.Reset()
		t.traces.Reset()
		if err := r.takeBlock(t, res, b, res.keys[i]); err != nil {
			return err
		}
		if err := r.enroll(t, res.roster[i], b); err != nil {
			return err
		}
		removals = append(removals, &t.removed)
		issues, lineage = append(issues, &b.Issues), append(lineage, &b.Lineage, &t.traces)
		quarantine = append(quarantine, r.quarantineLines(res.empty[i], "STD-VIT-4"))
		for _, e := range res.empty[i] {
			r.inform(t, "STD-VIT-4", "", e.reason+"; quarantined", e.number, record.None)
		}
		if r.job.Quarantine {
			quarantine = append(quarantine, &b.Quarantine)
		}
		r.progress.Errors.Add(b.Errors)
		r.progress.Warnings.Add(b.Warnings)
	}
	r.progress.Finished.Add(int64(res.segment.records))
	r.acct.Read += int64(res.segment.records)
	return errors.Join(r.issues.append(encode.Merge(issues...)), r.quarantine.append(encode.Merge(quarantine...)),
		r.removal.append(encode.Merge(removals...)), r.lineage.append(encode.Merge(lineage...)))
}

// brokenIssues reports records that are no rows.
func (r *run) brokenIssues(all []broken) *encode.Lines {
	lines := &encode.Lines{}
	for _, b := range all {
		entity := r.primary().plan.Entity.Name
		issue := encode.Issue{Rule: "STD-CSV-1", Severity: record.Error, Entity: entity, File: r.job.FileName, Record: b.number,
			Message: b.reason, Count: 1}
		lines.Text = issue.Append(lines.Text)
		lines.Add(b.number)
		r.tally(issue.Rule, "", issue.Severity, entity)
		r.collect(&issue)
	}
	return lines
}

// quarantineLines moves records that make no output to the quarantine.
func (r *run) quarantineLines(all []broken, rule string) *encode.Lines {
	lines := &encode.Lines{}
	for _, b := range all {
		r.acct.Quarantined++
		lines.Text = encode.AppendQuarantine(lines.Text, b.number, rule, b.reason, r.shown(b.raw), r.job.Safe)
		lines.Add(b.number)
	}
	return lines
}

func (r *run) takeBlock(t *target, res *result, b *encode.Block, keys []key) error {
	p := part{segment: res.segment, first: t.order, count: len(b.Ends)}
	t.order += int64(p.count)
	t.count += int64(p.count)
	r.countRows(t, b)
	if err := r.compare(t, b, &p, keys); err != nil {
		return err
	}
	if r.job.Quarantine && len(b.Withdrawn) > 0 {
		r.withdraw(t, b, &p)
	}
	t.acct.Written += int64(p.count - len(p.removed))
	if err := r.writeRows(t, b, &p); err != nil {
		return err
	}
	t.parts = append(t.parts, p)
	return r.send(t, b, &p)
}

// countRows counts the rows that came to a target and the records that were made beyond them.
func (r *run) countRows(t *target, b *encode.Block) {
	rows := int64(0)
	for i, row := range b.Source {
		if i == 0 || b.Source[i-1] != row {
			rows++
		}
		if b.Failed[i] {
			t.acct.ErrorRecords++
		}
	}
	t.rows += rows
	t.acct.Created += int64(len(b.Source)) - rows
}

// compare removes exact duplicates, or collects records for those to be verified, and collects keys.
func (r *run) compare(t *target, b *encode.Block, p *part, keys []key) error {
	for i, h := range b.Hashes {
		order := p.first + int64(i)
		if t.set != nil && i%nearAtOnce == 0 {
			t.set.Near(b.Hashes[i:min(i+nearAtOnce, len(b.Hashes))])
		}
		if t.exact != nil {
			if err := t.exact.Add(h.Lo, order); err != nil {
				return err
			}
		} else {
			first, known, err := t.set.Add(h, r.globally(b.Numbers[i]))
			if err != nil {
				return err
			}
			if known {
				p.removed = append(p.removed, uint32(i))
				t.acct.Duplicates++
				f := cross.RemovedFinding("DED-1", b.Numbers[i], r.named(first))
				t.removed.Text = r.appendRemoval(t.removed.Text, t, f, b.Numbers[i])
				t.removed.Add(b.Numbers[i])
				t.traceRemoval("DED-1", b.Numbers[i], r.contributor(first))
				continue
			}
		}
		if err := t.collect(keys, i, order); err != nil {
			return err
		}
	}
	return nil
}

// nearAtOnce is how many hashes are looked up together: few enough to stay in the cache until each has had its turn.
const nearAtOnce = 256

// fileShift makes room for the number of a record below the position of its file.
const fileShift = 44

// globally returns a number that names a record among those of all files.
func (r *run) globally(number int64) int64 { return int64(r.file)<<fileShift | number }

// named names a record of any file to a reader of this one's issues.
func (r *run) named(global int64) string {
	number, file := strconv.FormatInt(global&(1<<fileShift-1), 10), int(global>>fileShift)
	if file == r.file {
		return "record " + number
	}
	return fmt.Sprintf("record %s of %q", number, r.runs[file].job.FileName)
}

// collect keeps the keys of a record under which others may be found.
func (t *target) collect(keys []key, i int, order int64) error {
	if t.keys != nil && len(keys) > 0 && keys[i].ok {
		if err := t.keys.Add(keys[i].hash, order); err != nil {
			return err
		}
	}
	if t.growth != nil && len(keys) > 0 && keys[i].grows {
		return t.growth.Add(keys[i].patient, order)
	}
	return nil
}

// withdraw moves the records with an error in a required field to the quarantine; a row leaves whole and counts once.
func (r *run) withdraw(t *target, b *encode.Block, p *part) {
	removed := p.removed[:0:0]
	k := 0
	for i, gone := range b.Withdrawn {
		duplicate := k < len(p.removed) && p.removed[k] == uint32(i)
		if duplicate {
			k++
		}
		if gone || duplicate {
			removed = append(removed, uint32(i))
		}
		if !gone {
			continue
		}
		if duplicate {
			t.acct.Duplicates--
		}
		if i > 0 && b.Source[i-1] == b.Source[i] {
			t.acct.Created--
		} else {
			r.acct.Quarantined++
		}
	}
	for ; k < len(p.removed); k++ {
		if int(p.removed[k]) >= len(b.Withdrawn) {
			removed = append(removed, p.removed[k])
		}
	}
	p.removed = removed
}

// writeRows sends the rows or spools them until records have been compared.
func (r *run) writeRows(t *target, b *encode.Block, p *part) error {
	if r.job.Operation == plan.Validate || !r.job.Wants[CleanArtifact] {
		return nil
	}
	rows := withoutRows(b, p.removed)
	if t.spool == nil {
		clean, err := r.cleanOf(t)
		if err != nil {
			return err
		}
		return clean.write(rows)
	}
	p.off, p.size = t.spooled, len(rows)
	t.spooled += int64(len(rows))
	_, err := t.spool.Write(rows)
	return err
}

// send gives the records to a caller who asked for them, unless they may still change.
func (r *run) send(t *target, b *encode.Block, p *part) error {
	if !r.job.Records || r.job.Operation == plan.Validate || r.late(t) {
		return nil
	}
	return r.sendCells(t, &b.Cells, p.count, p.removed)
}

func (r *run) sendCells(t *target, cells *encode.Cells, count int, removed []uint32) error {
	if !t.schema {
		t.schema = true
		var names []string
		for _, o := range t.plan.Written {
			names = append(names, o.Name)
		}
		if err := r.sink.Schema(r.file, t.entity, names); err != nil {
			return err
		}
	}
	kept := make([]int, 0, count)
	k := 0
	for i := range count {
		if k < len(removed) && removed[k] == uint32(i) {
			k++
			continue
		}
		kept = append(kept, i)
	}
	return r.sink.Records(r.file, t.entity, cells, kept)
}
