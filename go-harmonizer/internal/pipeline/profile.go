package pipeline

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/profile"

// columnProfile is what Inspect tells of one column, without values.
type columnProfile = profile.Column

func newProfiles(n int) []*columnProfile {
	all := make([]*columnProfile, n)
	for i := range all {
		all[i] = profile.New(profile.Shapes)
	}
	return all
}

// ShapeCount is one shape of values and how often it stands.
type ShapeCount struct {
	Shape string
	Count int64
}

func shapeCounts(s *profile.Summary) []ShapeCount {
	var all []ShapeCount
	for _, c := range s.Shapes {
		all = append(all, ShapeCount{c.Text, c.Count})
	}
	return all
}
