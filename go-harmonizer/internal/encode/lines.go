package encode

// Lines are lines that belong to records.
type Lines struct {
	Text    []byte
	Ends    []int
	Numbers []int64
}

// Add ends the line that was appended to Text.
func (l *Lines) Add(number int64) {
	l.Ends = append(l.Ends, len(l.Text))
	l.Numbers = append(l.Numbers, number)
}

// Reset empties the lines.
func (l *Lines) Reset() { l.Text, l.Ends, l.Numbers = l.Text[:0], l.Ends[:0], l.Numbers[:0] }

// Merge makes one of several lines in the order of record numbers; those of one record stay in the order of the arguments.
func Merge(all ...*Lines) *Lines {
	var some []*Lines
	for _, l := range all {
		if len(l.Ends) > 0 {
			some = append(some, l)
		}
	}
	if len(some) == 1 {
		return some[0]
	}
	merged, next := &Lines{}, make([]int, len(some))
	for {
		best := -1
		for i, l := range some {
			if next[i] < len(l.Ends) && (best < 0 || l.Numbers[next[i]] < some[best].Numbers[next[best]]) {
				best = i
			}
		}
		if best < 0 {
			return merged
		}
		l, k := some[best], next[best]
		merged.Text = append(merged.Text, l.line(k)...)
		merged.Add(l.Numbers[k])
		next[best]++
	}
}

func (l *Lines) line(k int) []byte {
	if k == 0 {
		return l.Text[:l.Ends[0]]
	}
	return l.Text[l.Ends[k-1]:l.Ends[k]]
}
