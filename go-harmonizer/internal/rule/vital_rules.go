package rule

// vitalRules are the rules of this family, in the order of the rule book.
var vitalRules = []Rule{}

// vitalVirtuals are the fields of this family that only other fields read.
var vitalVirtuals = []Virtual{}
