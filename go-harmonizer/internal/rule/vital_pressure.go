package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

// Split says how many records a reading of the blood pressure makes (rule STD-VIT-2).
type Split uint8

// The splits.
const (
	NoSplit Split = iota
	TwoHalves
	SystolicOnly // the diastolic pressure was palpated and could not be told
)

// SplitsBloodPressure tells how a cell as it came of the column value splits, given that its type is a blood pressure.
func SplitsBloodPressure(raw []byte) Split {
	p, ok := cutPressure(cleanOf(raw, rawValue))
	switch {
	case !ok:
		return NoSplit
	case p.palpated:
		return SystolicOnly
	}
	return TwoHalves
}

// pressure is a reading such as 120/80 mmHg (sitting), in its parts.
type pressure struct {
	systolic, diastolic []byte
	palpated            bool   // no diastolic
	unit                []byte // canonical, nil: none
}

// cutPressure cuts ^(\d{2,3})\s*[/\\|-]\s*(\d{1,3}|p|palp…) with a unit and a remark in brackets behind it, in any order.
func cutPressure(text []byte) (p pressure, ok bool) {
	n := digitsAt(text, 0)
	rest := bytes.TrimLeft(text[n:], " ")
	if n < 2 || n > 3 || len(rest) == 0 || !splitsPressure[rest[0]] {
		return p, false
	}
	p.systolic, rest = text[:n:n], bytes.TrimLeft(rest[1:], " ")
	switch n = digitsAt(rest, 0); {
	case n >= 1 && n <= 3:
		p.diastolic, rest = rest[:n:n], rest[n:]
	case n == 0:
		if rest, p.palpated = cutPalpated(rest); !p.palpated {
			return p, false
		}
	default:
		return p, false
	}
	p.unit, ok = tailUnit(rest)
	return p, ok
}

var splitsPressure = [256]bool{'/': true, '\\': true, '|': true, '-': true}

// cutPalpated cuts the word that stands for a diastolic pressure that was felt only.
func cutPalpated(text []byte) (rest []byte, found bool) {
	end := 0
	for end < len(text) && lower[text[end]]-'a' < 26 {
		end++
	}
	for _, word := range []string{"p", "palp", "palpation", "palpated", "palpable"} {
		if len(word) == end && hasFold(text, word) {
			return text[end:], true
		}
	}
	return text, false
}

// tailUnit reads what stands behind the numbers: nothing, a unit of pressure, a remark in brackets, both.
func tailUnit(tail []byte) (unit []byte, ok bool) {
	tail = bytes.Trim(tail, " ")
	if open := bytes.IndexByte(tail, '('); open >= 0 {
		end := bytes.IndexByte(tail, ')')
		if end < open {
			return nil, false
		}
		before, behind := bytes.TrimRight(tail[:open], " "), bytes.TrimLeft(tail[end+1:], " ")
		if len(before) > 0 && len(behind) > 0 {
			return nil, false
		}
		if tail = before; len(tail) == 0 {
			tail = behind
		}
	}
	if len(tail) == 0 {
		return nil, true
	}
	unit, _ = ucum.Parse(tail)
	return unit, string(unit) == "mm[Hg]" || string(unit) == "kPa"
}
