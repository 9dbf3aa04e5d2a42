package rule

// dateRules are the rules of this family, in the order of the rule book.
var dateRules = []Rule{}
