package terminology

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

// Every form keeps its codes apart, and what it writes it writes again.
func FuzzForms(f *testing.F) {
	for _, code := range []string{"2345-7", "38341003", "E8889", "e11.9", "0574-4072-05", "5-5-5", "00000000000", "a b", "\x7f"} {
		f.Add([]byte(code), []byte("23457"))
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		for form := anyForm; form <= ndcForm; form++ {
			a, ok := form.write(nil, one)
			b, also := form.write(nil, other)
			if !ok || !also {
				continue
			}
			if again, ok := form.write(nil, a); !ok || !bytes.Equal(a, again) || len(a) > codeMost {
				t.Fatalf("form %d: %q became %q", form, a, again)
			}
			x, packed := pack(a, form.mark())
			y, packedToo := pack(b, form.mark())
			if packed && packedToo && (x == y) != bytes.Equal(a, b) || packed && x >= 1<<62 {
				t.Fatalf("form %d: %q is %d, %q is %d", form, a, x, b, y)
			}
		}
	})
}

// Whatever stands in a file, it is read or refused, and what was read is there.
func FuzzLoad(f *testing.F) {
	files := []string{"Loinc.csv", "sct2_Concept_Snapshot_INT_20250101.txt", "RXNCONSO.RRF", "RXNATOMARCHIVE.RRF", "icd10cm-codes-2025.txt",
		"icd10cm-order-2025.txt", "CMS32_DESC_LONG_DX.txt", "package.txt", "codes.csv"}
	for i, name := range files {
		for path, text := range releases {
			if strings.HasSuffix(path, name) {
				f.Add(byte(i), []byte(text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, text []byte) {
		name := files[int(which)%len(files)]
		tree := fstest.MapFS{name: {Data: text}}
		if name == "RXNATOMARCHIVE.RRF" {
			tree["RXNCONSO.RRF"] = &fstest.MapFile{Data: []byte(conso("1", "RXNORM", "N"))}
		}
		s, err := load(t.Context(), tree, "tables")
		if err != nil {
			if s != nil || strings.ContainsAny(err.Error(), "\n\x00") {
				t.Fatalf("%v, %v", s, err)
			}
			return
		}
		for system, table := range s.tables {
			if info := table.info; info.Count < 1 || info.Inactive > info.Count || len(info.SHA256) != 64 {
				t.Fatalf("%s: %+v", system, info)
			}
			for i := range table.keys {
				if i > 0 && table.keys[i-1]>>1 >= table.keys[i]>>1 {
					t.Fatalf("%s: keys are not sorted", system)
				}
			}
		}
	})
}

// A map is the oracle of the sorted keys.
func TestLookupFindsWhatAMapFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	oracle, list := map[string]bool{}, &strings.Builder{}
	for range 5000 {
		code, status := fmt.Sprint(random.IntN(9000)+1), [...]string{"active", "inactive"}[random.IntN(2)]
		fmt.Fprintf(list, "RXNORM,%s,%s\n", code, status)
		oracle[code] = oracle[code] || status == "active"
	}
	s := mustLoad(t, directory(t, map[string]string{"codes.csv": "system,code,status\n" + list.String()}))
	for n := range 10000 {
		code := fmt.Sprint(n)
		want, has := oracle[code]
		if known, active, loaded := s.Lookup(RxNorm, []byte(code)); known != has || active != want || !loaded {
			t.Fatalf("%s: known %t, active %t", code, known, active)
		}
	}
}

func TestNothingIsLoaded(t *testing.T) {
	var s *Set
	if known, active, loaded := s.Lookup(LOINC, []byte("2345-7")); known || active || loaded || s.Manifest() != nil || s.Notes() != nil {
		t.Error("the nil set knows something")
	}
}

// great is so many concepts of SNOMED CT, with 9 digits and some with 18, and of RxNorm.
func great(t testing.TB, concepts, drugs int) (*Set, [][]byte) {
	t.Helper()
	var snomed, rxNorm strings.Builder
	var codes [][]byte
	snomed.WriteString(snomedHeader)
	for i := range concepts {
		code := fmt.Sprint(100_000_000 + i*7)
		if i%3 == 0 {
			code = fmt.Sprint(900_000_000_000_000_000 + i*11)
		}
		codes = append(codes, []byte(code))
		fmt.Fprintf(&snomed, "%s\t20250101\t%d\t900000000000207008\t900000000000074008\n", code, i%2)
	}
	for i := range drugs {
		rxNorm.WriteString(conso(fmt.Sprint(i+1), "RXNORM", "N"))
	}
	return mustLoad(t, directory(t, map[string]string{"sct2_Concept_Snapshot_INT_20250101.txt": snomed.String(), "RXNCONSO.RRF": rxNorm.String()})), codes
}

// 16 bytes are the most that a code may take.
func TestGreatTablesAreSmall(t *testing.T) {
	before := heap()
	s, _ := great(t, 100_000, 60_000)
	taken := heap() - before
	if n := s.tables[SNOMED].info.Count + s.tables[RxNorm].info.Count; n != 160_000 || taken/n > 16 {
		t.Errorf("%d codes take %d bytes", n, taken)
	}
	runtime.KeepAlive(s)
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestLookupDoesNotAllocate(t *testing.T) {
	s := mustLoad(t, directory(t, releases))
	for system, code := range map[string]string{LOINC: "2345-7", SNOMED: "38341003", RxNorm: "314076", ICD10: "S52.521A", ICD9: "E888.9",
		NDC: "00574407205", "LOCAL": "GLU mg/dL"} {
		text := []byte(code)
		if n := testing.AllocsPerRun(100, func() { s.Lookup(system, text) }); n != 0 {
			t.Errorf("%s: %v allocations", system, n)
		}
	}
}

// As many as SNOMED CT and RxNorm have.
func BenchmarkLookup(b *testing.B) {
	s, codes := great(b, 500_000, 300_000)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if known, _, _ := s.Lookup(SNOMED, codes[i%len(codes)]); !known {
			b.Fatal("a code is missing")
		}
	}
}

// BenchmarkLoad reads as many concepts as SNOMED CT and RxNorm have.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		great(b, 500_000, 300_000)
	}
}

// A concept of an extension is missing only where the extension is loaded.
func TestExtensionsOfSNOMED(t *testing.T) {
	const international, one, other = "38341003", "1117654321102", "1111234567109"
	row := func(id string) string { return id + "\t20250101\t1\t1\t1\n" }
	for _, e := range []struct{ loaded, covered, not string }{
		{international, "44054006 900000000000207008", one + " " + other},
		{one, international + " 1127654321105", other},
		{other, other, one},
	} {
		table := mustLoad(t, directory(t, map[string]string{"sct2_Concept_Snapshot_1.txt": snomedHeader + row(e.loaded)})).Table(SNOMED)
		for _, code := range strings.Fields(e.covered) {
			if !table.Covers([]byte(code)) {
				t.Errorf("%s is not covered where %s is loaded", code, e.loaded)
			}
		}
		for _, code := range strings.Fields(e.not) {
			if table.Covers([]byte(code)) {
				t.Errorf("%s is covered where %s is loaded", code, e.loaded)
			}
		}
	}
	if loinc := mustLoad(t, directory(t, releases)).Table(LOINC); !loinc.Covers([]byte("1-8")) || (*Table)(nil).Covers([]byte("1-8")) {
		t.Error("LOINC has no extensions, and what is not loaded covers nothing")
	}
}
