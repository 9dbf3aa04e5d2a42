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

// codeRules are the ids of the rules of these codes.
var codeRules = map[string][]string{
	"LOINC": {"STD-LOINC-1", "VAL-LOINC-1"}, "SNOMED": {"VAL-SCT-1"}, "ICD-10-CM": {"STD-ICD-1", "VAL-ICD-1"},
	"ICD-9-CM": {"STD-ICD-1", "VAL-ICD-1"}, "RxNorm": {"STD-RX-1", "VAL-RX-1"}, "NDC": {"STD-NDC-1", "VAL-NDC-1"}, "NPI": {"VAL-NPI-1"},
	"UCUM": {"STD-UNIT-1", "VAL-UNIT-1"},
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
