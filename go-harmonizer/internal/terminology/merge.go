package terminology

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// part is what one file says of one system.
type part struct {
	system  string
	file    string
	version string
	order   uint64 // grows with the release; files of the same release have the same
	sum     string // SHA-256 of the file in hex
	// whole tells that the file lists all that is valid: a code that only an older release has is not active.
	whole bool
	keys  []uint64
	long  map[string]bool
}

// add puts a code, written as the system writes it, into the part.
func (p *part) add(code []byte, f form, active bool) {
	key, ok := pack(code, f.mark())
	switch {
	case !ok:
		if p.long == nil {
			p.long = map[string]bool{}
		}
		p.long[string(code)] = p.long[string(code)] || active
	case active:
		p.keys = append(p.keys, key<<1|1)
	default:
		p.keys = append(p.keys, key<<1)
	}
}

// settle sorts the codes and leaves one entry of each: the active one when there are both.
func settle(keys []uint64) []uint64 {
	slices.Sort(keys)
	kept := keys[:0]
	for _, k := range keys {
		if n := len(kept); n > 0 && kept[n-1]>>1 == k>>1 {
			kept[n-1] = k
			continue
		}
		kept = append(kept, k)
	}
	return kept
}

// tableOf puts the parts of one system together. Files of one release add up; a later release overrides an earlier one.
func tableOf(parts []*part) *Table {
	slices.SortFunc(parts, func(a, b *part) int {
		if a.order != b.order {
			if a.order < b.order {
				return -1
			}
			return 1
		}
		return strings.Compare(a.file, b.file)
	})
	t := &Table{form: forms[parts[0].system], long: map[string]bool{}, info: infoOf(parts)}
	for len(parts) > 0 {
		n := 1
		for n < len(parts) && parts[n].order == parts[0].order {
			n++
		}
		t.override(releaseOf(parts[:n]))
		parts = parts[n:]
	}
	t.keys = slices.Clip(t.keys)
	if t.form == snomedForm {
		t.findExtensions()
	}
	t.info.Count = len(t.keys) + len(t.long)
	for _, k := range t.keys {
		t.info.Inactive += int(1 - k&1)
	}
	for _, active := range t.long {
		if !active {
			t.info.Inactive++
		}
	}
	return t
}

// releaseOf adds the parts of one release up.
func releaseOf(parts []*part) *part {
	one := &part{long: map[string]bool{}}
	for _, p := range parts {
		one.whole = one.whole || p.whole
		one.keys = append(one.keys, p.keys...)
		for code, active := range p.long {
			one.long[code] = one.long[code] || active
		}
	}
	one.keys = settle(one.keys)
	return one
}

// override lets a release say what it says, whatever earlier ones said.
func (t *Table) override(release *part) {
	merged := make([]uint64, 0, max(len(t.keys), len(release.keys)))
	old, keys := t.keys, release.keys
	for len(old) > 0 || len(keys) > 0 {
		if len(keys) == 0 || len(old) > 0 && old[0]>>1 < keys[0]>>1 {
			k := old[0]
			if release.whole {
				k &^= 1
			}
			merged, old = append(merged, k), old[1:]
			continue
		}
		if len(old) > 0 && old[0]>>1 == keys[0]>>1 {
			old = old[1:]
		}
		merged, keys = append(merged, keys[0]), keys[1:]
	}
	t.keys = merged
	maps.Copy(t.long, release.long)
}

// infoOf says where the parts, which are in order, come from.
func infoOf(parts []*part) (info Info) {
	var versions, sums []string
	for _, p := range parts {
		info.Files = append(info.Files, p.file)
		sums = append(sums, p.sum)
		if p.version != "" && !slices.Contains(versions, p.version) {
			versions = append(versions, p.version)
		}
	}
	info.Version, info.SHA256 = strings.Join(versions, ", "), sums[0]
	if len(sums) > 1 {
		sum := sha256.Sum256([]byte(strings.Join(sums, "\n") + "\n"))
		info.SHA256 = hex.EncodeToString(sum[:])
	}
	return info
}
