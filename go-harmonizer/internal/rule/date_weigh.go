package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"

// The shapes of rule STD-DATE-3: three separators with two lengths of the year, and eight digits.
const (
	eightDigits = 6
	dateShapes  = 7
)

var shapeNames = [dateShapes]string{"N-N-YY", "N-N-YYYY", "N/N/YY", "N/N/YYYY", "N.N.YY", "N.N.YYYY", "NNNNYYYY"}

func shapeOf(r *calendar.Reading) int {
	shape := 0
	switch r.Separator {
	case 0:
		return eightDigits
	case '/':
		shape = 2
	case '.':
		shape = 4
	}
	if r.YearDigits == 4 {
		shape++
	}
	return shape
}

// shapeCount is how many values of a shape prove that the day or the month is first, and how many prove nothing.
type shapeCount struct{ dayFirst, monthFirst, undecided int64 }

// proves is decision (1) of rule STD-DATE-3.
func (s shapeCount) proves() Order {
	proofs := s.dayFirst + s.monthFirst
	switch {
	case s.dayFirst > 0 && s.monthFirst > 0, proofs*10 < proofs+s.undecided, proofs == 0:
		return OrderUnset
	case s.dayFirst > 0:
		return DayFirst
	}
	return MonthFirst
}

// prevails is decision (2): which order has nearly all proofs of a shape that has both.
func (s shapeCount) prevails() Order {
	most, least, first := s.dayFirst, s.monthFirst, DayFirst
	if least > most {
		most, least, first = least, most, MonthFirst
	}
	if least*100 > most+least || most < 100 {
		return OrderUnset
	}
	return first
}

// dateWeigher gathers the evidence of one column of dates. Sentinels of rule NULL-3 are not counted.
type dateWeigher struct {
	scope      dateScope
	system1904 bool
	reading    calendar.Reading
	shapes     [dateShapes]shapeCount
	numbers    [numberClasses]int64
	total      int64
	readable   int64 // in a form of a date and of the calendar, whatever the order; numbers not counted
	canonical  int64
	newYears   map[int]int64 // by year: births on 1 January
}

func weighDates(c *Column) Weigher {
	return &dateWeigher{scope: scopeOf(c), system1904: c.Params.Excel1904, newYears: map[int]int64{}}
}

// Add counts a text n times.
func (w *dateWeigher) Add(text []byte, n int64) {
	r := &w.reading
	calendar.Parse(text, r)
	switch r.Kind {
	case calendar.Fixed:
		w.addFixed(text, n)
	case calendar.Pair:
		w.addPair(text, n)
	case calendar.Digits:
		w.addDigits(text, n)
	default:
		w.total += n
	}
}

func (w *dateWeigher) addFixed(text []byte, n int64) {
	m := w.reading.Moment
	if w.reading.YearDigits == 2 {
		m.Year, _ = w.scope.fullYear(m.Year, m.Month, m.Day)
	}
	w.addMoment(&m, text, n)
}

// addMoment counts a date whose tokens have a place.
func (w *dateWeigher) addMoment(m *calendar.Moment, text []byte, n int64) {
	exists := !w.reading.Impossible && m.Exists()
	if exists && w.scope.sentinel(m, text) != realDate {
		return
	}
	w.total += n
	if !exists || m.Clock.Has && !m.Full() {
		return
	}
	w.readable += n
	if w.reading.Canonical {
		w.canonical += n
	}
	if w.scope.birth && m.Month == 1 && m.Day == 1 {
		w.newYears[m.Year] += n
	}
}

func (w *dateWeigher) addPair(text []byte, n int64) {
	r := &w.reading
	count := &w.shapes[shapeOf(r)]
	m := r.Moment
	m.Month, m.Day = r.First, r.Second
	switch {
	case r.First > 31 || r.Second > 31 || r.First > 12 && r.Second > 12:
		w.total += n
		return
	case r.First > 12:
		m.Month, m.Day = r.Second, r.First
		w.addProof(&count.dayFirst, &m, text, n)
	case r.Second > 12:
		w.addProof(&count.monthFirst, &m, text, n)
	case r.First == r.Second:
		w.addProof(nil, &m, text, n)
	default:
		count.undecided += n
		w.total += n
		w.readable += n
	}
}

// addProof counts a pair whose order is plain, unless it is a sentinel.
func (w *dateWeigher) addProof(count *int64, m *calendar.Moment, text []byte, n int64) {
	if w.reading.YearDigits == 2 {
		m.Year, _ = w.scope.fullYear(m.Year, m.Month, m.Day)
	}
	before := w.total
	w.addMoment(m, text, n)
	if count != nil && w.total > before {
		*count += n
	}
}

func (w *dateWeigher) addDigits(text []byte, n int64) {
	r := &w.reading
	switch w.scope.readDigits(r) {
	case digitDate:
		r.Canonical = len(text) == 4
		m := r.Moment
		w.addMoment(&m, text, n)
	case digitPair:
		w.addPair(text, n)
	default:
		w.total += n
		if serial(r, w.system1904) > 0 {
			w.numbers[serials] += n
		} else if class := epochClass(r); class != plainNumbers {
			w.numbers[class] += n
		}
	}
}

// Merge adds what another weigher of the column gathered.
func (w *dateWeigher) Merge(other Weigher) {
	o := other.(*dateWeigher)
	for i, s := range o.shapes {
		w.shapes[i].dayFirst += s.dayFirst
		w.shapes[i].monthFirst += s.monthFirst
		w.shapes[i].undecided += s.undecided
	}
	for i, n := range o.numbers {
		w.numbers[i] += n
	}
	for year, n := range o.newYears {
		w.newYears[year] += n
	}
	w.total += o.total
	w.readable += o.readable
	w.canonical += o.canonical
}

// class is what at least 95 of 100 values are numbers of (rules STD-DATE-6 and 7).
func (w *dateWeigher) class() numberClass {
	for class := serials; class < numberClasses; class++ {
		if n := w.numbers[class]; n > 0 && n*100 >= w.total*95 {
			return class
		}
	}
	return plainNumbers
}

// mostlyDates tells that a column of no entity holds dates (section 2.8).
func (w *dateWeigher) mostlyDates(harmonized bool) bool {
	n := w.readable
	if harmonized {
		n = w.canonical
	} else if class := w.class(); class != plainNumbers {
		n += w.numbers[class]
	}
	return n > 0 && n*10 >= w.total*9
}
