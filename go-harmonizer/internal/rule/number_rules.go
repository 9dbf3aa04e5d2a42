package rule

// numberRules are the rules of this family, in the order of the rule book.
var numberRules = []Rule{}
