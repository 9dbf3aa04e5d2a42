package calendar

// Longest is the room that Append needs, the fraction of the second apart.
const Longest = len("2024-03-05T14:05:00.+00:00")

// Append writes the moment as FHIR R4 writes a date or dateTime: as far as it is known, seconds filled with zeros, the offset only
// where it is one. Hour 24 is for Settle to deal with.
func (m *Moment) Append(dst []byte) []byte {
	if m.Day > 0 && m.Clock.Has && len(m.Clock.Fraction) == 0 {
		return m.Zone.append(m.appendWhole(dst))
	}
	dst = append2(append2(dst, m.Year/100), m.Year%100)
	if m.Month == 0 {
		return dst
	}
	dst = append2(append(dst, '-'), m.Month)
	if m.Day == 0 {
		return dst
	}
	dst = append2(append(dst, '-'), m.Day)
	if !m.Clock.Has {
		return dst
	}
	return m.Zone.append(m.Clock.append(append(dst, 'T')))
}

func (c *Clock) append(dst []byte) []byte {
	dst = append(append2(dst, int(c.Hour)), ':')
	dst = append(append2(dst, int(c.Minute)), ':')
	dst = append2(dst, int(c.Second))
	if len(c.Fraction) > 0 {
		dst = append(append(dst, '.'), c.Fraction...)
	}
	return dst
}

func (z *Zone) append(dst []byte) []byte {
	switch z.Kind {
	case UTC:
		return append(dst, 'Z')
	case Offset:
		sign := byte('+')
		if z.West {
			sign = '-'
		}
		dst = append2(append(dst, sign), int(z.Hour))
		return append2(append(dst, ':'), int(z.Minute))
	}
	return dst
}

// appendWhole writes a date with a time of whole seconds.
func (m *Moment) appendWhole(dst []byte) []byte {
	const form = "2024-03-05T14:05:00"
	dst = append(dst, form...)
	at, c := dst[len(dst)-len(form):], &m.Clock
	put2(at, m.Year/100)
	put2(at[2:], m.Year%100)
	put2(at[5:], m.Month)
	put2(at[8:], m.Day)
	put2(at[11:], int(c.Hour))
	put2(at[14:], int(c.Minute))
	put2(at[17:], int(c.Second))
	return dst
}

func put2(at []byte, n int) { at[0], at[1] = byte('0'+n/10%10), byte('0'+n%10) }

func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10%10), byte('0'+n%10)) }
