package rule

// imagingRules are the rules of this family, in the order of the rule book.
var imagingRules = []Rule{}

// imagingVirtuals are the fields of this family that only other fields read.
var imagingVirtuals = []Virtual{}
