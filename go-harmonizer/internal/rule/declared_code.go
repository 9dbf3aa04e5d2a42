package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

// codeReaders are the rules of the codes of each system that a job can declare.
var codeReaders = map[string]func(*Column) func(*Cell){
	"LOINC": loincs, "SNOMED": codesOf(snomedCodes), "ICD-10-CM": codesOf(icd10Codes), "ICD-9-CM": codesOf(icd9Codes),
	"RxNorm": rxnorms, "NDC": ndcs, "NPI": func(*Column) func(*Cell) { return checkNPI }, "UCUM": declaredUnits,
}

func declaredCodes(c *Column) func(*Cell) { return codeReaders[c.Declared.System](c) }

// codesOf reads codes of a system that is known.
func codesOf(s system) func(*Column) func(*Cell) {
	return func(*Column) func(*Cell) {
		return func(c *Cell) { readCode(c, s, noSystem, false) }
	}
}

// declaredUnits is rules STD-UNIT-1 and VAL-UNIT-1 for units of nothing that is known to be measured: one that means another unit
// for another analyte is left to people.
func declaredUnits(*Column) func(*Cell) {
	return func(c *Cell) {
		switch read := ucum.Read(c.Text, ucum.Anything); {
		case read.Depends:
			c.Keep("VAL-UNIT-1", record.Error, "one unit or another, depending on what is measured")
		case read.Unit == nil:
			c.Keep("VAL-UNIT-1", record.Error, unknownUnit)
		default:
			c.Set("STD-UNIT-1", read.Unit)
		}
	}
}
