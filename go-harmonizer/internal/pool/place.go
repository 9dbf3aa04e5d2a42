package pool

import "strings"

// PanicPlace returns the file and line of the first frame of ours in a stack trace.
func PanicPlace(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "panic(") {
			for _, place := range lines[i+1:] {
				if at := strings.Index(place, "/go-harmonizer/"); at >= 0 && strings.HasPrefix(place, "\t") {
					return strings.Fields(place[at+1:])[0]
				}
			}
		}
	}
	return "unknown place"
}
