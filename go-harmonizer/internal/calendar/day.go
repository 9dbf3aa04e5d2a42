// Package calendar reads dates and times as people and systems write them, writes them as FHIR does, and counts days. It knows the
// grammar only: which of two readings holds is decided elsewhere. Nothing in it allocates.
package calendar

var monthDays = [13]int8{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// Leap tells that a year of the proleptic Gregorian calendar has a 29 February.
func Leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Valid tells that the day exists in the years 1 to 9999.
func Valid(year, month, day int) bool {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= int(monthDays[month]) || month == 2 && day == 29 && Leap(year)
}

// Days returns the days from 1970-01-01 to a valid day; negative before.
func Days(year, month, day int) int {
	// Years are counted from March, so that the leap day is the last; 400 years are one era of 146097 days.
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	ofEra := year - era*400
	ofYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

// Day returns the day that is n days after 1970-01-01.
func Day(n int) (year, month, day int) {
	n += 719468
	era := floorDiv(n, 146097)
	ofEra := n - era*146097
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*ofYear + 2) / 153
	year, month, day = yearOfEra+era*400, shifted+3, ofYear-(153*shifted+2)/5+1
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
