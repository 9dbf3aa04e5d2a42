package calendar

var months = [12]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
	"november", "december"}

var weekdays = [7]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// abbreviations are names of time zones. They are known in order to be set aside: what EST or IST means depends on the place.
var abbreviations = [...]string{"est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "akst", "akdt", "hst", "hdt", "ast", "adt",
	"nst", "ndt", "sst", "chst", "et", "ct", "mt", "pt", "bst", "ist", "wet", "west", "cet", "cest", "eet", "eest", "msk", "sast",
	"wat", "cat", "eat", "jst", "kst", "hkt", "sgt", "awst", "acst", "acdt", "aest", "aedt", "nzst", "nzdt"}

// month returns the number of an English month, in full or by three letters (September also by four), 0 for anything else.
func month(letters []byte) int {
	if len(letters) < 3 {
		return 0
	}
	for i, name := range months {
		if letters[0]|0x20 == name[0] && letters[2]|0x20 == name[2] && letters[1]|0x20 == name[1] {
			if len(letters) == 3 || is(letters, name) || is(letters, "sept") {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

// MonthNumber returns the number of an English month, in full or by three letters, 0 for anything else.
func MonthNumber(text []byte) int {
	s := scan{text: text}
	letters := s.letters()
	if !s.end() {
		return 0
	}
	return month(letters)
}

func isWeekday(letters []byte) bool {
	for _, name := range weekdays {
		if is(letters, name[:3]) || is(letters, name) {
			return true
		}
	}
	return is(letters, "tues") || is(letters, "thur") || is(letters, "thurs")
}

func isAbbreviation(letters []byte) bool {
	for _, name := range abbreviations {
		if is(letters, name) {
			return true
		}
	}
	return false
}

// isUnknown tells that letters stand for a day or month that is not known (rule STD-DATE-8).
func isUnknown(letters []byte) bool { return is(letters, "un") || is(letters, "unk") }
