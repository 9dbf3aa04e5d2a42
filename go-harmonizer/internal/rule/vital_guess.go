package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// vitalGuess is the unit that a number without one is read in (rule STD-VIT-3); no unit: it is not guessed.
type vitalGuess struct {
	unit     []byte
	severity record.Severity
	message  string
}

var (
	celsius, fahrenheit = []byte("Cel"), []byte("[degF]")
	metre, inch         = []byte("m"), []byte("[in_i]")
	ofWhole             = []byte("1")
)

// guess finds the unit of a plain number. Types that are usually measured in one unit take it; of the others, temperatures and small
// heights say by the plausible range which unit they are in; weights never do.
func (r *vitalReader) guess(t *vitalType, number []byte) vitalGuess {
	switch t.token {
	case "body_weight", "head_circumference":
		return vitalGuess{}
	case "body_height":
		if r.scratch.Parse(number) && r.scratch.Cmp(three) < 0 && r.isPlausible(t, metre, number) {
			return vitalGuess{metre, record.Warning, "empty; read as m, not cm, by the range of the plausible"}
		}
		return vitalGuess{}
	case "body_temperature":
		return r.guessTemperature(t, number)
	case "oxygen_saturation":
		if r.isFraction(number) {
			return vitalGuess{ofWhole, record.Warning, "empty; read as a fraction, not %, as the value is at most 1"}
		}
	}
	return vitalGuess{t.unit, record.Information, "empty; the usual unit of the type"}
}

func (r *vitalReader) guessTemperature(t *vitalType, number []byte) vitalGuess {
	switch cold, warm := r.isPlausible(t, celsius, number), r.isPlausible(t, fahrenheit, number); {
	case cold && !warm:
		return vitalGuess{celsius, record.Warning, "empty; read as Cel, not [degF], by the range of the plausible"}
	case warm && !cold:
		return vitalGuess{fahrenheit, record.Warning, "empty; read as [degF], not Cel, by the range of the plausible"}
	}
	return vitalGuess{}
}

// isPlausible tells whether a number of a unit lies inside the range in which values are not warned of.
func (r *vitalReader) isPlausible(t *vitalType, unit, number []byte) bool {
	if how, _ := t.fits(unit); how != nil {
		var buf [64]byte
		out, ok := how.convert(func(int) []byte { return buf[:0] }, number, &r.scratch)
		if !ok {
			return false
		}
		number = out
	}
	return r.scratch.Parse(number) && t.warn.Holds(&r.scratch)
}

// isFraction tells whether a number is from 0 to 1.
func (r *vitalReader) isFraction(number []byte) bool {
	return r.scratch.Parse(number) && r.scratch.Sign() >= 0 && r.scratch.Cmp(one) <= 0
}
