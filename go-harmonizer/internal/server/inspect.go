package server

import (
	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

func inspection(in *pipeline.Inspection) *harmonizerv1.InspectResponse {
	out := &harmonizerv1.InspectResponse{
		Encoding: in.Encoding, Delimiter: in.Delimiter, Compression: in.Compression, Header: in.Header,
		PreambleRows: int64(in.PreambleRows), Entity: in.Entity, Records: in.Records, BrokenRecords: in.Broken,
		RoutedEntities: in.Routed,
	}
	if out.Compression == "" {
		out.Compression = "none"
	}
	for _, s := range in.Scores {
		out.Scores = append(out.Scores, &harmonizerv1.EntityScore{Entity: s.Entity, Score: int32(s.Score)})
	}
	for i := range in.Columns {
		out.Columns = append(out.Columns, inspectedColumn(i, &in.Columns[i]))
	}
	for _, f := range in.Findings {
		out.Findings = append(out.Findings, &harmonizerv1.Finding{RuleId: f.Rule, Severity: severityOf[f.Severity],
			SourceColumn: f.Column, Field: f.Field, Message: f.Message})
	}
	return out
}

var severityOf = map[string]harmonizerv1.Severity{
	"information": harmonizerv1.Severity_SEVERITY_INFORMATION,
	"warning":     harmonizerv1.Severity_SEVERITY_WARNING,
	"error":       harmonizerv1.Severity_SEVERITY_ERROR,
}

func inspectedColumn(i int, c *pipeline.InspectedColumn) *harmonizerv1.InspectedColumn {
	out := &harmonizerv1.InspectedColumn{
		Position: int32(i), Header: c.Header, Key: c.Key, Field: c.Field, Reason: c.Reason, ValueCount: c.Values,
		NullCount: c.Nulls, DistinctCount: c.Distinct, DistinctApproximate: c.Approximate, Decisions: c.Decisions,
	}
	if c.Suggestion != nil {
		out.Suggestion, out.SuggestionScore = c.Suggestion.Field, c.Suggestion.Score
	}
	for _, s := range c.Shapes {
		out.Shapes = append(out.Shapes, &harmonizerv1.ShapeCount{Shape: s.Shape, Count: s.Count})
	}
	for _, d := range c.Dates {
		out.DateShapes = append(out.DateShapes, &harmonizerv1.DateShape{Shape: d.Shape, DayFirst: d.DayFirst,
			MonthFirst: d.MonthFirst, Undecided: d.Undecided, Decision: d.Decision})
	}
	return out
}
