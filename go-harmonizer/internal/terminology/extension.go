package terminology

// Covers tells whether the table would have the code if the system had it. Concepts of an extension of SNOMED CT, of which there
// are national ones and those of companies, come with the extension's release alone.
func (t *Table) Covers(code []byte) bool {
	if t == nil || t.form != snomedForm || len(code) > codeMost {
		return t != nil
	}
	number, ok := pack(code, 0)
	namespace, extended := namespaceOf(number)
	return !ok || !extended || t.extensions[namespace]
}

// namespaceOf returns the seven digits that name the extension of a packed SNOMED CT identifier. From the right, it has a check
// digit, two digits of which the first is 1 in extensions, then the namespace.
func namespaceOf(number uint64) (namespace uint64, extended bool) {
	return number / 1000 % 1e7, number/100%10 == 1 && number >= 1e11
}

// findExtensions notes the namespaces of a table of SNOMED CT.
func (t *Table) findExtensions() {
	t.extensions = map[uint64]bool{}
	for _, k := range t.keys {
		if namespace, extended := namespaceOf(k >> 1); extended {
			t.extensions[namespace] = true
		}
	}
}
