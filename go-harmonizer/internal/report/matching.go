package report

// Matching is what matching patients found and by what parameters (rule DED-5).
type Matching struct {
	Model           string          `json:"model"`
	Asked           string          `json:"asked"`
	Fallback        string          `json:"fallback,omitempty"`
	Matches         int             `json:"matches"`
	Reviews         int             `json:"reviews"`
	Clusters        int             `json:"clusters"`
	Compared        int64           `json:"compared_pairs"`
	MatchThreshold  float64         `json:"match_threshold"`
	ReviewThreshold float64         `json:"review_threshold"`
	Prior           float64         `json:"prior,omitempty"`
	Iterations      int             `json:"iterations,omitempty"`
	Fields          []MatchField    `json:"fields"`
	Skipped         []SkippedBlocks `json:"skipped_blocks,omitempty"`
}

// MatchField is the weight of a field at one level of agreement.
type MatchField struct {
	Field     string  `json:"field"`
	Level     string  `json:"level,omitempty"`
	M         float64 `json:"m,omitempty"`
	U         float64 `json:"u,omitempty"`
	Weight    float64 `json:"weight"`
	Threshold float64 `json:"threshold,omitempty"`
}

// SkippedBlocks counts the blocks of a pass that were too large to compare.
type SkippedBlocks struct {
	Pass    string `json:"pass"`
	Blocks  int    `json:"blocks"`
	Largest int    `json:"largest"`
}
