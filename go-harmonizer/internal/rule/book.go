package rule

// BookVersion names the state of the rule book that the rules follow: its year and month. It changes with the meaning of any rule.
const BookVersion = "2026.11"

// IDOf returns the id of the rule that a standardizer hangs on, empty when it hangs on none.
func IDOf(s *Standardizer) string {
	all := Table()
	for i := range all {
		if all[i].Cell == s {
			return all[i].ID
		}
	}
	return ""
}
