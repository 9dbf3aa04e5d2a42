package rule

// ComparisonKey appends the key under which rule STD-TXT-3 compares texts to dst: without accents and case.
func ComparisonKey(dst, text []byte) []byte { return textKey(dst, text) }
