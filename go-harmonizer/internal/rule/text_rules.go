package rule

// textRules are the rules of this family, in the order of the rule book.
var textRules = []Rule{}
