package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// declaredChains are the standardizers of each kind. They look at what is declared, never at the name of the column: a column that
// passes through may bear any.
var declaredChains = [kindCount][]*Standardizer{
	IDKind:       {{Bind: ids}, {Bind: checkID}},
	NumberKind:   {declaredNumbers, declaredMissing},
	CountKind:    {declaredNumbers, declaredMissing, {Bind: checkCount}},
	DateKind:     {declaredDates, declaredMissing},
	DatetimeKind: {declaredDates, declaredMissing},
	BoolKind:     {{Bind: bools}, declaredMissing},
	EnumKind:     {{Bind: declaredEnums}},
	CodeKind:     {{Bind: declaredCodes}, declaredMissing},
}

// Chain are the standardizers of a declared column.
func (d *Declared) Chain() []*Standardizer { return declaredChains[d.Kind] }

// declaredStd and declaredVal are the ids of the rules of each kind, as a field names them; those of a code depend on its system.
var (
	declaredStd = [kindCount][]string{IDKind: {"STD-ID-1"}, NumberKind: {"STD-NUM-1", "STD-NUM-3"}, CountKind: {"STD-NUM-1", "STD-NUM-3"},
		DateKind: {"STD-DATE-*"}, DatetimeKind: {"STD-DATE-*"}, BoolKind: {"STD-BOOL-1"}, EnumKind: {"VAL-ENUM-1"}}
	declaredVal = [kindCount][]string{IDKind: {"VAL-ID-1"}, CountKind: {"NULL-2", "VAL-NUM-1"}, DateKind: {"NULL-3"}, DatetimeKind: {"NULL-3"},
		EnumKind: {"VAL-ENUM-1"}}
)

// Std are the ids of the rules that standardize a declared column, as fields name them.
func (d *Declared) Std() []string {
	if d.Kind == CodeKind {
		return codeRules[d.System]
	}
	return declaredStd[d.Kind]
}

// Val are the ids of the rules that validate a declared column.
func (d *Declared) Val() []string { return declaredVal[d.Kind] }

// declaredDates is the rule of dates without evidence in a harmonized file: dates of declared columns have no event, so that none
// is in the future, and a year of two digits is the latest that is past.
var declaredDates = &Standardizer{Sources: dates.Sources, OnNull: dates.OnNull, Weigh: unlessHarmonized(weighDates), Notes: noteDates,
	Describe: describeDates, Bind: bindDates}

// unlessHarmonized takes no evidence from the output of an earlier run (rule 0.10), of which the generic entity still looks at
// dates that nobody declared.
func unlessHarmonized(weigh func(*Column) Weigher) func(*Column) Weigher {
	return func(c *Column) Weigher {
		if c.Harmonized {
			return nil
		}
		return weigh(c)
	}
}

// declaredMissing tests the standardized value for the declared words too: what is written "-9 oz" and read as -9 must not be null
// only when it is harmonized again.
var declaredMissing = &Standardizer{Bind: func(column *Column) func(*Cell) {
	words := missingWords(column)
	if words == nil {
		return func(*Cell) {}
	}
	return words.find
}}

// missingKeys are the declared words for a missing value, by their comparison key.
type missingKeys struct {
	keys map[string]bool
	key  []byte
}

// missingWords returns nil where none are declared.
func missingWords(c *Column) *missingKeys {
	if c.Declared == nil || len(c.Declared.Missing) == 0 {
		return nil
	}
	m := &missingKeys{keys: map[string]bool{}}
	for _, word := range c.Declared.Missing {
		m.keys[string(textKey(nil, []byte(word)))] = true
	}
	return m
}

func (m *missingKeys) find(c *Cell) {
	m.key = textKey(m.key[:0], c.Text)
	if m.keys[string(m.key)] {
		c.Null("NULL-1", record.Information, record.Unknown, "stands for a missing value, as the job says")
	}
}

// declaredEnums is rule VAL-ENUM-1 for the words that the job declares.
func declaredEnums(column *Column) func(*Cell) {
	tokens := column.Declared.tokens()
	var key []byte
	return func(c *Cell) {
		key = enumKey(key[:0], c.Text)
		if token, ok := tokens[string(key)]; ok {
			c.Set("VAL-ENUM-1", token)
			return
		}
		c.Keep("VAL-ENUM-1", record.Error, "not one of the declared words")
	}
}

// tokens are the tokens by the keys of their words.
func (d *Declared) tokens() map[string][]byte {
	all := map[string][]byte{}
	for token, words := range d.Words {
		for _, word := range append([]string{token}, words...) {
			all[string(enumKey(nil, []byte(word)))] = []byte(token)
		}
	}
	return all
}

// contentTokens are the tokens of rule NULL-1 that are declared as words.
func (d *Declared) contentTokens() []string {
	if d.Kind != EnumKind {
		return nil
	}
	var content []string
	tokens := d.tokens()
	for token := range missingTokens {
		if tokens[string(enumKey(nil, []byte(token)))] != nil {
			content = append(content, token)
		}
	}
	return content
}
