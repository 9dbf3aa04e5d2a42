package match

// Class is what a pair is taken for.
type Class uint8

// The classes that a Result holds.
const (
	// Match is one person, with every safeguard passed.
	Match Class = iota + 1
	// Review is for a person to decide.
	Review
)

// Result is what Match finds. No text of a person is in it.
type Result struct {
	// Pairs are the matches and the reviews, by A and B.
	Pairs []Pair
	// Clusters are persons joined by matches, two at least, ascending, by their first; none contradicts itself.
	Clusters [][]int32
	// Parameters are the model that judged.
	Parameters Parameters
	// SkippedBlocks are the blocks that were too large to compare, by pass.
	SkippedBlocks []Skipped
	// Compared is how many pairs were compared, each once; LeftOut how many of the weakest reviews MaxPairs left out.
	Compared, LeftOut int64
}

// Skipped counts the blocks of a pass that were too large, and the persons in the largest.
type Skipped struct {
	Pass            string
	Blocks, Largest int
}

// Pair is two persons, A before B, and why they are thought to be one.
type Pair struct {
	A, B  int32
	Class Class
	// Pass is the pass of rule DED-5 that judged, or in the estimated model the first that found the pair.
	Pass string
	// Score and Threshold are sums of natural-log weights; the estimated model's are log odds.
	Score, Threshold float64
	// Probability of one person, of the estimated model; else 0.
	Probability float64
	// Fields are those that counted.
	Fields []Field
	// Reason says in constant words why a pair is for review; empty for a match.
	Reason string
}

// Field is how a field spoke for or against a pair.
type Field struct {
	Name string
	// Similarity is Jaro–Winkler's, 0 when a text is null.
	Similarity float64
	// Weight is what the field adds to the score.
	Weight       float64
	Agrees, Null bool
}

// Parameters are what pairs were judged by, for the report.
type Parameters struct {
	// Model is Fixed or Estimated, Asked the one of the options. Fallback says why an estimate was not used.
	Model, Asked Model
	Fallback     string
	// Match and Review are the least scores of the classes; in the fixed model those of pass C.
	Match, Review float64
	// Prior is the estimated chance that two random persons are one; Duplicates the number of such pairs; Households the number of
	// pairs of two persons who live together.
	Prior                  float64
	Duplicates, Households float64
	Iterations             int
	Fields                 []Estimate
}

// Estimate is what is known of a field at one level of agreement: m among pairs of one person, u among pairs of two. The fixed
// model has weights and thresholds alone.
type Estimate struct {
	Field, Level      string
	M, U              float64
	Weight, Threshold float64
}
