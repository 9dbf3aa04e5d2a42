package rule

import "strings"

// words are what an enum accepts, by enumKey, and what that becomes.
type words map[string][]byte

// Answers that a form gives and the rule book's lists leave out: that the person did not say, and that the person would not.
const (
	notReported = "not reported;not specified;unspecified;not stated;not recorded"
	notTold     = "asku;asked but declined;decline to answer;patient declined to answer;declined to state;decline to state;" +
		"declined to specify;patient refused;refused to answer;prefer not to answer;prefer not to say;prefers not to answer;" +
		"prefer not to disclose;choose not to disclose;chose not to disclose;not disclosed"
)

// longestEntry is beyond every word of an enum or name of a table; what is longer is none.
const longestEntry = 80

// wordsOf makes words of synonyms, separated by semicolons, by token. A token stands for itself too.
func wordsOf(synonyms map[string]string) words {
	w := words{}
	for token, others := range synonyms {
		w.add([]byte(token), token)
		w.add([]byte(token), strings.Split(others, ";")...)
	}
	return w
}

// add has the texts become out. What a text became before is not changed.
func (w words) add(out []byte, texts ...string) {
	for _, text := range texts {
		if key := string(enumKey(nil, []byte(text))); key != "" && w[key] == nil {
			w[key] = out
		}
	}
}

// find returns what text becomes, nil when it is no word.
func (w words) find(text []byte) []byte {
	if len(text) > longestEntry {
		return nil
	}
	var buf [longestEntry]byte
	return w[string(enumKey(buf[:0], text))]
}
