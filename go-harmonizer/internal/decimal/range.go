package decimal

// Range is two bounds, both inside.
type Range struct{ Low, High *Number }

// Holds tells whether the number is inside.
func (r Range) Holds(n *Number) bool { return n.Cmp(r.Low) >= 0 && n.Cmp(r.High) <= 0 }
