package rule

import "strings"

// codeShare weighs which code system a column is in: how many of its distinct codes each accepts (rule STD-CODE-1). Beyond
// codesMost distinct codes it looks at those whose hash has more and more zero bits, which is the same sample in any order.
type codeShare struct {
	params *Params
	codes  map[uint64]systemSet
	mask   uint64    // bits that are 0 in the hashes of the sample
	sole   systemSet // systems with a code that no other accepts
}

const codesMost = 1 << 16

func weighCodes(c *Column) Weigher {
	if c.Field == "code_system" {
		return nil
	}
	return &codeShare{params: c.Params, codes: map[uint64]systemSet{}}
}

// Add looks at a code; how often it stands there does not matter.
func (s *codeShare) Add(text []byte, _ int64) {
	sum := fnv1a(text)
	if _, known := s.codes[sum]; known {
		return
	}
	set := memberOf(s.params, text, systemsOf(text))
	if set.only() != noSystem {
		s.sole |= set
	}
	s.put(sum, set)
}

// fnv1a is the 64-bit FNV-1a hash, which is the same in every worker.
func fnv1a(text []byte) uint64 {
	hash := uint64(14695981039346656037)
	for _, b := range text {
		hash = (hash ^ uint64(b)) * 1099511628211
	}
	return hash
}

func (s *codeShare) put(hash uint64, set systemSet) {
	if hash&s.mask != 0 {
		return
	}
	s.codes[hash] = set
	for len(s.codes) > codesMost {
		s.mask = s.mask<<1 | 1
		for h := range s.codes {
			if h&s.mask != 0 {
				delete(s.codes, h)
			}
		}
	}
}

// Merge adds what another looked at.
func (s *codeShare) Merge(other Weigher) {
	o := other.(*codeShare)
	s.sole |= o.sole
	s.mask |= o.mask
	for h := range s.codes {
		if h&s.mask != 0 {
			delete(s.codes, h)
		}
	}
	for h, set := range o.codes {
		s.put(h, set)
	}
}

// decided returns the one system that at least 95 % of the distinct codes pass, and one of them passes no other.
func (s *codeShare) decided() system {
	var passed [noSystem]int
	for _, set := range s.codes {
		for one := range noSystem {
			if set.has(one) {
				passed[one]++
			}
		}
	}
	found := noSystem
	for one, n := range passed {
		if s.sole.has(system(one)) && n*100 >= 95*len(s.codes) {
			if found != noSystem {
				return noSystem
			}
			found = system(one)
		}
	}
	return found
}

// systemOfColumn is the system that the evidence decides for.
func systemOfColumn(c *Column) system {
	if s, ok := c.Weigher.(*codeShare); ok {
		return s.decided()
	}
	return noSystem
}

// systemOfHeader is the system that the name of a column names.
func systemOfHeader(c *Column) system {
	for s, word := range [noSystem]string{"loinc", "snomed", "icd10", "icd9"} {
		if strings.Contains(c.Key, word) {
			return system(s)
		}
	}
	return noSystem
}
