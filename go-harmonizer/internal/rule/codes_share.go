package rule

// Share weighs how many texts of a column are codes of one kind, for headers that map to a field only when its values do.
type Share struct {
	// Passed are those that are, All all, both by record.
	Passed, All int64
	pass        func([]byte) bool
}

// LOINCShare weighs whether a column holds LOINC codes (rule VAL-LOINC-1).
func LOINCShare() *Share {
	return &Share{pass: func(text []byte) bool { return isLOINC(cutPrefixes(text, "loinc:")) }}
}

// RXCUIShare weighs whether a column holds RxNorm concept identifiers (rule VAL-RX-1).
func RXCUIShare() *Share {
	return &Share{pass: func(text []byte) bool { return isRXCUI(cutPrefixes(text, "rxcui:", "rxnorm:")) }}
}

// UIDShare weighs whether a column holds DICOM unique identifiers (rule VAL-UID-1).
func UIDShare() *Share {
	return &Share{pass: func(text []byte) bool { return isUID(cutPrefixes(text, "urn:oid:")) }}
}

// Add counts a cleaned text.
func (s *Share) Add(text []byte, n int64) {
	s.All += n
	if s.pass(text) {
		s.Passed += n
	}
}

// Merge adds another count.
func (s *Share) Merge(other Weigher) {
	o := other.(*Share)
	s.Passed, s.All = s.Passed+o.Passed, s.All+o.All
}
