package server

import (
	"encoding/json"
	"time"
	_ "time/tzdata" // Zones are known wherever the binary runs.

	"google.golang.org/protobuf/encoding/protojson"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

var operationOf = map[harmonizerv1.Operation]plan.Operation{
	harmonizerv1.Operation_OPERATION_UNSPECIFIED: plan.Harmonize, harmonizerv1.Operation_OPERATION_HARMONIZE: plan.Harmonize,
	harmonizerv1.Operation_OPERATION_VALIDATE: plan.Validate, harmonizerv1.Operation_OPERATION_CLEAN: plan.Clean,
	harmonizerv1.Operation_OPERATION_STANDARDIZE: plan.Standardize,
}

var policyOf = map[harmonizerv1.DedupPolicy]cross.Policy{
	harmonizerv1.DedupPolicy_DEDUP_POLICY_UNSPECIFIED: cross.ByEntity, harmonizerv1.DedupPolicy_DEDUP_POLICY_REPORT: cross.Report,
	harmonizerv1.DedupPolicy_DEDUP_POLICY_KEEP_FIRST:    cross.KeepFirst,
	harmonizerv1.DedupPolicy_DEDUP_POLICY_MOST_COMPLETE: cross.MostComplete,
	harmonizerv1.DedupPolicy_DEDUP_POLICY_MERGE:         cross.Merge,
}

var modelOf = map[string]match.Model{"": match.Auto, "auto": match.Auto, "fixed": match.Fixed, "estimated": match.Estimated}

var orderOf = map[harmonizerv1.DateOrder]rule.Order{
	harmonizerv1.DateOrder_DATE_ORDER_MDY: rule.MonthFirst, harmonizerv1.DateOrder_DATE_ORDER_DMY: rule.DayFirst,
}

var kindOf = map[harmonizerv1.ArtifactKind]pipeline.Kind{
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_CLEAN:      pipeline.CleanArtifact,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_QUARANTINE: pipeline.QuarantineArtifact,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_ISSUES:     pipeline.IssuesArtifact,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_REPORT:     pipeline.ReportArtifact,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_MANIFEST:   pipeline.ManifestArtifact,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_LINEAGE:    pipeline.LineageArtifact,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_MATCHES:    pipeline.MatchesArtifact,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_REVIEW:     pipeline.ReviewArtifact,

	harmonizerv1.ArtifactKind_ARTIFACT_KIND_OPERATION_OUTCOME: pipeline.OutcomeArtifact,
}

// newJob makes a job of a spec. now is the clock of as_of (rule 0.5).
func newJob(spec *harmonizerv1.HarmonizeSpec, server *Options, now time.Time) (*pipeline.Job, error) {
	o := spec.GetOptions()
	if o == nil {
		o = &harmonizerv1.Options{}
	}
	if o.GetDeidentify() {
		if err := deid.Check(operationOf[spec.GetOperation()]); err != nil {
			return nil, err
		}
	}
	params, err := newParams(o, now)
	if err != nil {
		return nil, err
	}
	params.Terminology = server.Terminology
	job := &pipeline.Job{
		FileName: spec.GetFileName(), SizeBytes: spec.GetSizeBytes(), Operation: operationOf[spec.GetOperation()], Params: params,
		Entity: o.GetEntity(), ColumnMap: o.GetColumnMap(), Encoding: o.GetEncoding(), Header: o.Header,
		Quarantine: o.GetQuarantine(), Policy: policyOf[o.GetDedupPolicy()], Priority: o.GetSourcePriority(),
		Deidentify: o.GetDeidentify(), Key: server.Key,
		Match: o.GetMatch(), Model: modelOf[o.GetMatchModel()], VerifyDuplicates: o.GetVerifyDuplicates(),
		Safe: o.SpreadsheetSafe == nil || o.GetSpreadsheetSafe(), Records: spec.GetRecords(), Version: server.Version,
		Prefix:     o.GetEvidenceScope() == harmonizerv1.EvidenceScope_EVIDENCE_SCOPE_PREFIX,
		Parameters: parameters(o, params),
	}
	if d := o.GetDelimiter(); d != "" {
		job.Delimiter = d[0]
	}
	if o.SkipRows != nil {
		n := int(o.GetSkipRows())
		job.SkipRows = &n
	}
	if spec.GetOutputFormat() == harmonizerv1.OutputFormat_OUTPUT_FORMAT_NDJSON {
		job.Format = encode.NDJSON
	}
	for _, kind := range spec.GetArtifacts() {
		job.Wants[kindOf[kind]] = true
	}
	job.Wants[pipeline.LineageArtifact] = job.Wants[pipeline.LineageArtifact] || o.GetLineage()
	return job, nil
}

func newParams(o *harmonizerv1.Options, now time.Time) (rule.Params, error) {
	day := now.UTC()
	if o.GetAsOf() != "" {
		parsed, err := time.Parse(time.DateOnly, o.GetAsOf())
		if err != nil {
			return rule.Params{}, fault.New(fault.Invalid, "INVALID_OPTION", "option as_of: not a date that exists")
		}
		day = parsed
	}
	if zone := o.GetDefaultTimezone(); zone != "" {
		if _, err := time.LoadLocation(zone); err != nil {
			return rule.Params{}, fault.New(fault.Invalid, "INVALID_OPTION", "option default_timezone: not a zone of the IANA database")
		}
	}
	p := rule.Params{
		AsOf:           rule.Date{Year: day.Year(), Month: int(day.Month()), Day: day.Day()},
		DefaultCountry: o.GetDefaultCountry(), DefaultTimezone: o.GetDefaultTimezone(), DateOrder: orderOf[o.GetDateOrder()],
		ColumnDateOrder: map[string]rule.Order{}, SourceSystem: o.GetSourceSystem(), SexCoding: o.GetSexCoding(),
		MaritalCoding: o.GetMaritalCoding(), Excel1904: o.GetExcel_1904(),
	}
	if p.DefaultCountry == "" {
		p.DefaultCountry = "US"
	}
	if m := o.GetDecimalMark(); m != "" {
		p.DecimalMark = m[0]
	}
	for field, order := range o.GetColumnDateOrder() {
		p.ColumnDateOrder[field] = orderOf[order]
	}
	var err error
	p.Declared, err = declared(o.GetColumnTypes())
	return p, err
}

// parameters are the options in words, for report and manifest, with the day that counted as today.
func parameters(o *harmonizerv1.Options, p rule.Params) map[string]any {
	all := map[string]any{}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(o)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		all = map[string]any{}
	}
	all["as_of"] = time.Date(p.AsOf.Year, time.Month(p.AsOf.Month), p.AsOf.Day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	all["default_country"] = p.DefaultCountry
	if p.Terminology != nil {
		all["terminology"] = p.Terminology.Manifest()
	}
	return all
}
