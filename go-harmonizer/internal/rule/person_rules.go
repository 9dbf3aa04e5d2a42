package rule

// personRules are the rules of this family, in the order of the rule book.
var personRules = []Rule{}
