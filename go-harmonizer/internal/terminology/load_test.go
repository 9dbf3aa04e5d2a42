package terminology

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Lines of the releases, with codes of the rule book and no descriptions.
const (
	loincHeader  = "\ufeff\"LOINC_NUM\",\"COMPONENT\",\"STATUS\",\"VersionLastChanged\"\r\n"
	snomedHeader = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\r\n"
	ndcHeader    = "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tNDC_EXCLUDE_FLAG\n"
)

// conso is a line of RXNCONSO.RRF.
func conso(rxcui, source, suppress string) string {
	return rxcui + "|ENG||||||1||||" + source + "|SCD|1|a name||" + suppress + "|4096|\n"
}

// archived is a line of RXNATOMARCHIVE.RRF.
func archived(rxcui, source string) string {
	return "1||a name|then|then|then|1||ENG|then|1|RXNORM_20AA|" + rxcui + "|" + source + "|SCD||\n"
}

// releases is a directory with a release of each system, as users unpack them.
var releases = map[string]string{
	"Loinc_2.78/LoincTable/Loinc.csv": loincHeader + "\"2345-7\",\"a \"\"name\"\"\r\nof two lines\",\"ACTIVE\",\"2.73\"\r\n" +
		"8867-4,,DISCOURAGED,2.5\r\n11491-6,,DEPRECATED,2.66\r\n",
	"Loinc_2.78/AccessoryFiles/MapTo.csv":                                  "LOINC,MAP_TO\n1-8,2-6\n",
	"SnomedCT/Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250101.txt": snomedHeader + "38341003\t20020131\t1\t1\t1\r\n44054006\t20250101\t0\t1\t1\r\n",
	"SnomedCT/Full/Terminology/sct2_Concept_Full_INT_20250101.txt":         snomedHeader + "1\n",
	"RxNorm_full_01062025/rrf/RXNCONSO.RRF": conso("314076", "RXNORM", "O") + conso("314076", "RXNORM", "N") + conso("1", "VANDF", "N") +
		conso("2", "RXNORM", "O") + conso("3", "RXNORM", "E"),
	"RxNorm_full_01062025/rrf/RXNATOMARCHIVE.RRF": archived("314076", "RXNORM") + archived("4", "RXNORM") + archived("", "RXNORM") + archived("5", "VANDF"),
	"icd10cm-codes-2024.txt":                      "E119    a name\nE118    a name\n",
	"icd10cm-order-2025.txt":                      "00001 E11     0 a name\n00002 E119    1 a name\n00003 S52521A 1 a name\n",
	"icd10cm-codes-addenda-2025.txt":              "Add: E1165\n",
	"CMS32_DESC_LONG_DX.txt":                      "25000 a name \xe9\n4019  a name\nV1011 a name\nE8889 a name\n\n",
	"CMS32_DESC_LONG_SG.txt":                      "0001  a name\n",
	"ndc/package.txt":                             ndcHeader + "x\t0574-4072\t0574-4072-05\ta name\tN\nx\t51655-089\t51655-089-52\ta name\tE\nx\t1\t58118-1397-3\t\t\nx\t1\t123456-789-12\t\tN\n",
	"ndc/product.txt":                             "PRODUCTID\tPRODUCTNDC\nx\t0574-4072\n",
	"own/codes.csv":                               "system,code,status\nloinc,2345-7,retired\nlocal,GLU mg/dL,active\nlocal,A,\nICD-10-CM,u07.1,active\n",
	"__MACOSX/._Loinc.csv":                        "rubbish",
	".hidden/RXNCONSO.RRF":                        "rubbish",
	"own/read me.txt":                             "rubbish",
}

// directory writes files, of which later ones replace earlier ones, and returns where.
func directory(t testing.TB, files ...map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tables")
	for _, some := range files {
		for name, text := range some {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func mustLoad(t testing.TB, dir string) *Set {
	t.Helper()
	s, err := Load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReleasesAreRead(t *testing.T) {
	s := mustLoad(t, directory(t, releases))
	for _, e := range []struct{ system, active, inactive, unknown string }{
		{LOINC, "8867-4", "2345-7 11491-6", "23457 88674 8867-5 1-8 2-6"},
		{SNOMED, "38341003", "44054006", "1 3834100 038341003"},
		{RxNorm, "314076 3", "2 4", "1 5 0314076"},
		{ICD10, "E11 E11.9 S52 S52.5 S52.52 S52.521 S52.521A U07.1", "E11.8", "E119 e11.9 E11. E1 E11.65 U07 S52.521A."},
		{ICD9, "250 250.0 250.00 401 401.9 V10 V10.1 V10.11 E888 E888.9", "", "E88.89 25000 E88 000.1"},
		{NDC, "00574407205 58118139703", "51655008952", "0574-4072-05 0574407205 00574407206"},
		{"LOCAL", "A", "", "a GLU"},
		{"local", "GLU mg/dL", "", "GLU"},
	} {
		for want, codes := range map[[2]bool]string{{true, true}: e.active, {true, false}: e.inactive, {false, false}: e.unknown} {
			for _, code := range codesOf(codes) {
				if known, active, loaded := s.Lookup(e.system, []byte(code)); !loaded || [2]bool{known, active} != want {
					t.Errorf("%s %s: known %t, active %t, loaded %t", e.system, code, known, active, loaded)
				}
			}
		}
	}
	if _, _, loaded := s.Lookup("CPT", []byte("1")); loaded {
		t.Error("a system that nobody loaded is there")
	}
}

// codesOf splits a list at its spaces; the one code with a space in it stands alone.
func codesOf(text string) []string {
	if text == "GLU mg/dL" {
		return []string{text}
	}
	return strings.Fields(text)
}

func TestTheManifestSaysWhatWasLoaded(t *testing.T) {
	got := mustLoad(t, directory(t, releases)).Manifest()
	sum := func(text string) string {
		s := sha256.Sum256([]byte(text))
		return hex.EncodeToString(s[:])
	}
	file := func(name string) string { return sum(releases[name]) }
	want := map[string]Info{
		LOINC: {"2.78", 3, 2, sum(file("Loinc_2.78/LoincTable/Loinc.csv") + "\n" + file("own/codes.csv") + "\n"),
			[]string{"Loinc_2.78/LoincTable/Loinc.csv", "own/codes.csv"}},
		SNOMED: {"INT_20250101", 2, 1, file("SnomedCT/Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250101.txt"),
			[]string{"SnomedCT/Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250101.txt"}},
		RxNorm: {"2025-01-06", 4, 2, sum(file("RxNorm_full_01062025/rrf/RXNATOMARCHIVE.RRF") + "\n" + file("RxNorm_full_01062025/rrf/RXNCONSO.RRF") + "\n"),
			[]string{"RxNorm_full_01062025/rrf/RXNATOMARCHIVE.RRF", "RxNorm_full_01062025/rrf/RXNCONSO.RRF"}},
		ICD9:    {"32", 10, 0, file("CMS32_DESC_LONG_DX.txt"), []string{"CMS32_DESC_LONG_DX.txt"}},
		NDC:     {"", 3, 1, file("ndc/package.txt"), []string{"ndc/package.txt"}},
		"LOCAL": {"", 2, 0, file("own/codes.csv"), []string{"own/codes.csv"}},
		ICD10: {"2024, 2025", 9, 1, sum(file("icd10cm-codes-2024.txt") + "\n" + file("icd10cm-order-2025.txt") + "\n" + file("own/codes.csv") + "\n"),
			[]string{"icd10cm-codes-2024.txt", "icd10cm-order-2025.txt", "own/codes.csv"}},
	}
	for system, info := range want {
		if !reflect.DeepEqual(got[system], info) {
			t.Errorf("%s: got %+v, want %+v", system, got[system], info)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d systems", len(got))
	}
}

func TestWhatIsLeftAsideIsTold(t *testing.T) {
	notes := strings.Join(mustLoad(t, directory(t, releases)).Notes(), "\n")
	for _, word := range []string{"Snapshot", "addenda", "(SG)", "product.txt", "not of 10 or 11 digits"} {
		if !strings.Contains(notes, word) {
			t.Errorf("%s is not told: %s", word, notes)
		}
	}
}

func TestVersions(t *testing.T) {
	loinc := map[string]string{"Loinc.csv": loincHeader + "2345-7,,ACTIVE,2.9\n8867-4,,ACTIVE,2.66\n11491-6,,DEPRECATED,2.5\n"}
	april := map[string]string{"icd10cm-codes-April-2025.txt": "E119\n", "a/icd10cm-codes-2025.txt": "E118\n"}
	extension := map[string]string{
		"sct2_Concept_Snapshot_INT_20250301.txt":       snomedHeader + "38341003\t1\t0\t1\t1\n",
		"sct2_Concept_Snapshot_US1000124_20240901.txt": snomedHeader + "38341003\t1\t1\t1\t1\n",
	}
	for _, e := range []struct {
		files                 map[string]string
		system, version, code string
		active                bool
	}{
		{loinc, LOINC, "2.66", "2345-7", true},
		{april, ICD10, "2025, 2025 April", "E11.8", false},
		{april, ICD10, "2025, 2025 April", "E11.9", true},
		{extension, SNOMED, "US1000124_20240901, INT_20250301", "38341003", false},
		{map[string]string{"RXNCONSO.RRF": conso("1", "RXNORM", "N")}, RxNorm, "", "1", true},
	} {
		s := mustLoad(t, directory(t, e.files))
		known, active, _ := s.Lookup(e.system, []byte(e.code))
		if version := s.Manifest()[e.system].Version; version != e.version || !known || active != e.active {
			t.Errorf("%s %s: version %q, known %t, active %t", e.system, e.code, version, known, active)
		}
	}
	// The directory that is named may be the release itself.
	dir := filepath.Join(directory(t, releases), "RxNorm_full_01062025")
	if got := mustLoad(t, dir).Manifest()[RxNorm].Version; got != "2025-01-06" {
		t.Errorf("got %q", got)
	}
}

// Errors say file, line and what to do, and not where the directory is.
func TestErrors(t *testing.T) {
	long, many := strings.Repeat("x", lineMost+1), ""
	for i := range systemsMost + 1 {
		many += fmt.Sprintf("LOINC,%d\n", i)
	}
	for name, e := range map[string]struct{ file, text, want string }{
		"nothing":          {"a.txt", "x", "no code system is recognized"},
		"archive":          {"loinc.zip", "x", "archives (.zip) are not unpacked"},
		"Full":             {"sct2_Concept_Full_INT_20250101.txt", "x", "not from Full"},
		"no column":        {"Loinc.csv", "CODE,STATUS\n1-8,ACTIVE\n", "Loinc.csv: line 1: there is no column LOINC_NUM"},
		"LOINC code":       {"Loinc.csv", "LOINC_NUM,STATUS\n2345-7,ACTIVE\nLP1-2,ACTIVE\n", "Loinc.csv: line 3: the code is not written as LOINC"},
		"short record":     {"Loinc.csv", "LOINC_NUM,STATUS\n2345-7\n", "Loinc.csv: line 2: columns are missing"},
		"open quote":       {"Loinc.csv", "LOINC_NUM,STATUS\n\"" + strings.Repeat(long, 2), "a record is longer"},
		"quote":            {"Loinc.csv", "LOINC_NUM,STATUS\n\"1\"2,ACTIVE\n", "Loinc.csv: line 2: a quote"},
		"no codes":         {"Loinc.csv", "LOINC_NUM,STATUS\n", "Loinc.csv: it has no codes"},
		"empty":            {"codes.csv", "", "codes.csv: it has no codes"},
		"SNOMED flag":      {"sct2_Concept_Snapshot_1.txt", snomedHeader + "38341003\t1\tyes\t1\t1\n", "line 2: active is neither 0 nor 1"},
		"SNOMED code":      {"sct2_Concept_Snapshot_1.txt", snomedHeader + "x\t1\t1\t1\t1\n", "line 2: the code is not written as SNOMED"},
		"SNOMED columns":   {"sct2_Concept_Snapshot_1.txt", snomedHeader + "38341003\t1\n", "line 2: columns are missing"},
		"RxNorm columns":   {"RXNCONSO.RRF", "1|ENG\n", "RXNCONSO.RRF: line 1: columns are missing"},
		"RxNorm elsewhere": {"RXNCONSO.RRF", conso("1", "VANDF", "N"), "it has no codes"},
		"archive alone":    {"RXNATOMARCHIVE.RRF", archived("1", "RXNORM"), "put RXNCONSO.RRF"},
		"long line":        {"RXNCONSO.RRF", long, "RXNCONSO.RRF: line 1: longer than"},
		"ICD-10-CM":        {"icd10cm_codes_2025.txt", "A000 x\n?\n", "icd10cm_codes_2025.txt: line 2: the code is not written as ICD-10-CM"},
		"ICD point":        {"icd10cm_codes_2025.txt", "A00.0 x\n", "line 1: a code has a point"},
		"ICD-9-CM":         {"CMS32_DESC_SHORT_DX.txt", "001234 x\n", "line 1: the code is not written as ICD-9-CM"},
		"NDC":              {"package.txt", ndcHeader + "x\t1\t123-45\t\tN\n", "package.txt: it has no codes"},
		"system":           {"codes.csv", "code,system,status\n1,,\n", "codes.csv: line 2: system is empty"},
		"system's name":    {"codes.csv", "code,system\n1,a\x00\n", "codes.csv: line 2: the name of the system"},
		"swapped columns":  {"codes.csv", "code,system\n" + many, "codes.csv: line 102: more than 100 systems"},
		"status":           {"codes.csv", "code,system,status\n1,x,maybe\n", "codes.csv: line 2: status is none of"},
		"code":             {"codes.csv", "code,system\n,x\n", "codes.csv: line 2: the code is not written"},
		"long code":        {"codes.csv", "code,system\n" + strings.Repeat("x", codeMost+1) + ",x\n", "codes.csv: line 2: the code is not written"},
	} {
		dir := directory(t, map[string]string{e.file: e.text})
		s, err := Load(t.Context(), dir)
		if s != nil || err == nil || !strings.Contains(err.Error(), e.want) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got %v, want %q", name, err, e.want)
		}
	}
}

func TestADirectoryThatCannotBeRead(t *testing.T) {
	dir := directory(t, map[string]string{"a/Loinc.csv/x": "", "file": "x"})
	for path, want := range map[string]string{
		filepath.Join(dir, "no"): "the directory cannot be read: no such file", filepath.Join(dir, "file"): "the directory cannot be read: not a directory",
		filepath.Join(dir, "a"): "no code system is recognized",
	} {
		if _, err := Load(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "RXNCONSO.RRF")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), dir); err == nil || err.Error() != "RXNCONSO.RRF: it cannot be read: it is no file" {
		t.Error(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(directory(t, releases), link); err != nil {
		t.Fatal(err)
	}
	if got := len(mustLoad(t, link).tables); got != 7 {
		t.Errorf("%d systems behind a link", got)
	}
}

func TestLoadingCanBeStopped(t *testing.T) {
	dir := directory(t, map[string]string{"RXNCONSO.RRF": strings.Repeat(conso("1", "RXNORM", "N"), 2*pauseEach),
		"a/codes.csv": "system,code\n" + strings.Repeat("x,y\n", 2*pauseEach)})
	for _, name := range []string{dir, filepath.Join(dir, "a")} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Load(ctx, name); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
			t.Error(err)
		}
	}
}
