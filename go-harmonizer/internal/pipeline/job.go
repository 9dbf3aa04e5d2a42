// Package pipeline takes one file through the rules: bytes in, artifacts, records and an account out. It knows nothing of jobs,
// uploads or gRPC.
package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Kind is one of the files that a run writes.
type Kind uint8

// The kinds of artifact.
const (
	CleanArtifact Kind = iota
	QuarantineArtifact
	IssuesArtifact
	ReportArtifact
	ManifestArtifact
	LineageArtifact
	MatchesArtifact
	ReviewArtifact
	OutcomeArtifact
	kinds
)

// Job is what to do with one or several files.
type Job struct {
	// FileName and SizeBytes are those of the file at hand.
	FileName  string
	SizeBytes int64
	Operation plan.Operation
	Params    rule.Params
	// Parameters are all job parameters in words, for report and manifest.
	Parameters map[string]any
	// Entity is the one that the caller names; empty: chosen.
	Entity    string
	ColumnMap map[string]string
	// Encoding is a WHATWG label; empty: decided by rule STD-ENC-1.
	Encoding string
	// Delimiter is forced when it is not 0; SkipRows and Header when they are not nil.
	Delimiter byte
	SkipRows  *int
	Header    *bool
	// Quarantine moves records with an error in a required field to the quarantine (rule 0.7).
	Quarantine bool
	// Policy and Priority say what becomes of records that share their key.
	Policy   cross.Policy
	Priority []string
	// Match matches patients (rule DED-5); Model says where the weights come from.
	Match bool
	Model match.Model
	// Deidentify applies the Safe Harbor transform (rules DEID-1 to DEID-4) with a key for pseudonyms.
	Deidentify bool
	Key        deid.Key
	// VerifyDuplicates compares the bytes of records with equal hashes.
	VerifyDuplicates bool
	// Safe guards CSV cells against formulas (rule SEC-1).
	Safe bool
	// Prefix decides about columns from the first 100,000 records (rule 0.6).
	Prefix bool
	Format encode.Format
	// Wants are the artifacts to write.
	Wants [kinds]bool
	// Records asks for the records themselves.
	Records bool
	// Plain computes every cell anew: the oracle for the memory of values.
	Plain bool
	// Version is the version of the harmonizer, for the manifest.
	Version string
}

// Limits bound what a run takes. A zero value means the default.
type Limits struct {
	// ScratchDir is where what does not fit in memory goes.
	ScratchDir string
	// ScratchMemory is how many bytes of the input stay in memory. A stream's other stores, of output, issues and keys, keep at
	// most 2 MiB each.
	ScratchMemory int64
	// MaxScratch bounds the bytes of a store.
	MaxScratch int64
	// DedupMemory is how many bytes the set of record hashes may take before it goes to disk.
	DedupMemory int64
	// SegmentBytes is about how many bytes of input make a batch.
	SegmentBytes int
	// MaxDecompressed and MaxRatio bound what a compressed file may become.
	MaxDecompressed int64
	MaxRatio        int64
	// MaxWindow bounds the memory that a zstd frame may ask for.
	MaxWindow  int64
	MaxRecord  int64
	MaxColumns int
	MaxField   int
	// MatchPersons bounds the patients that are matched, MatchPairs the pairs that are found.
	MatchPersons, MatchPairs int
}

// Mark is a change to a record that was already sent.
type Mark struct {
	Entity         string
	Number         int64
	Removed        bool
	Failed         bool
	CollisionGroup string
	SupersededBy   string
}

// Sink takes what a run writes. All calls come from one goroutine, in order; slices are valid during the call only. An error ends
// the run. A file is named by its position in the job.
type Sink interface {
	// Artifact takes the next bytes of an artifact.
	Artifact(kind Kind, name string, data []byte) error
	// Schema names the columns of the records of an entity, before the first of them.
	Schema(file int, entity string, fields []string) error
	// Records takes records: those of cells whose positions are in kept.
	Records(file int, entity string, cells *encode.Cells, kept []int) error
	// Amend takes changes to records that Records has taken.
	Amend(file int, marks []Mark) error
}
