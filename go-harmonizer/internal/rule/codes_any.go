package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// systems is rule STD-CODE-1 for code_system, and for codes that have no field for their system. A code that has one reads and
// writes it, so that it has a standardizer of its own, on STD-ICD-1.
func systems() *Standardizer {
	return &Standardizer{Weigh: weighCodes, Bind: func(c *Column) func(*Cell) {
		switch c.Field {
		case "code_system":
			return standardizeSystems
		case "reason_code":
			header, column := systemOfHeader(c), systemOfColumn(c)
			return func(c *Cell) { readCode(c, header, column, false) }
		}
		return func(*Cell) {}
	}}
}

// codes is rules STD-CODE-1, STD-ICD-1, VAL-ICD-1, VAL-SCT-1 and VAL-LOINC-1 for the code of a condition.
func codes() *Standardizer {
	return &Standardizer{Peers: []string{"code_system"}, Derives: []string{"code_system"}, Bind: func(c *Column) func(*Cell) {
		header, column := systemOfHeader(c), systemOfColumn(c)
		return func(c *Cell) {
			switch given := c.PeerValue(0); {
			case given.Outcome == record.Kept: // unknown: untested
			case given.Text != nil:
				readCode(c, systemNamed(c, given.Text), noSystem, true)
			default:
				readCode(c, header, column, true)
			}
		}
	}}
}

// readCode reads a code of the system that is given, else of the one that it shows. Where the record has a field for the system,
// it is filled.
func readCode(c *Cell, given, column system, fills bool) {
	if given != noSystem {
		if given.accepts(c.Text) || !sheetDamage(c) {
			given.read(c)
			if fills && c.Peer(0) == nil {
				c.Derive(0, systemTokens[given])
			}
		}
		return
	}
	set := systemsOf(c.Text)
	if set == 0 {
		if sheetDamage(c) {
			return
		}
		set = systemsOf(c.Text)
	}
	pickSystem(c, set, column, fills)
}

func pickSystem(c *Cell, set systemSet, column system, fills bool) {
	shaped := set
	set = memberOf(c.column.Params, c.Text, shaped)
	one := set.only()
	if one == noSystem && set.has(column) {
		one = column
	}
	switch {
	case one != noSystem:
		one.read(c)
		infer(c, one, fills)
	case set == 0 && column != noSystem && column.likely(c.Text):
		column.read(c)
	case set == 0:
		c.Keep("STD-CODE-1", record.Error, "no code system has such codes")
	case isStranger(c.column.Params, c.Text, shaped):
		c.Keep("VAL-ICD-1", record.Error, "neither a code of the loaded ICD-10-CM table nor of the loaded ICD-9-CM table")
	case !fills && isICDAlike(c.Text):
		// Nothing tells a later run which of them it was, and nothing depends on it.
		c.Infer("STD-CODE-1", "the code's shape says ICD-10-CM or ICD-9-CM")
	default:
		c.Keep("STD-CODE-1", record.Error, icdReadings(c.Text)+": neither the code nor the column decides")
	}
}

// infer says which system a code shows, and fills its field.
func infer(c *Cell, one system, fills bool) {
	if !fills {
		c.Infer("STD-CODE-1", systemInferred[one])
		return
	}
	c.Derive(0, systemTokens[one])
	c.find(record.Finding{Rule: "STD-CODE-1", Field: "code_system", Severity: record.Warning, Message: systemInferred[one],
		Outcome: record.Changed, Aggregate: true})
}

// likely tells that a code that no system accepts is a spoiled one of this system, which decides for its column.
func (s system) likely(text []byte) bool {
	n := len(text)
	return s == snomedCodes && n >= 6 && n <= 18 && digitsAt(text, 0) == n || s == loincCodes && isLOINCShape(text)
}

// read standardizes a code of the system, or keeps it.
func (s system) read(c *Cell) {
	switch s {
	case loincCodes:
		if code := cutPrefixes(c.Text, "loinc:"); isLOINCShape(code) {
			readLOINC(c, code)
		} else {
			c.Keep("VAL-LOINC-1", record.Error, "not a LOINC code")
		}
	case snomedCodes:
		checkConcept(c)
	default:
		standardizeICD(c, s)
	}
}

// checkConcept is rule VAL-SCT-1.
func checkConcept(c *Cell) {
	n := len(c.Text)
	switch sctKindOf(c.Text) {
	case sctConcept:
		memberships[snomedCodes].admits(c, c.Text)
	case sctNone:
		message := "not a SNOMED CT identifier"
		if n >= 6 && n <= 18 && c.Text[0] != '0' && digitsAt(c.Text, 0) == n {
			message = "check digit does not match"
		}
		c.Keep("VAL-SCT-1", record.Error, message)
	default:
		c.Keep("VAL-SCT-1", record.Error, "not a concept: the identifier of something else in SNOMED CT")
	}
}
