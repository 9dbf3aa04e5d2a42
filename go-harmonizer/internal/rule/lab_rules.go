package rule

// labRules are the rules of this family, in the order of the rule book.
var labRules = []Rule{}

// labVirtuals are the fields of this family that only other fields read.
var labVirtuals = []Virtual{}
