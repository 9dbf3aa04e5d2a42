package rule

import (
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestModality(t *testing.T) {
	check(t, "imaging_study", "modality", nil, []example{
		{in: "ct", want: "CT I"}, {in: "CT", want: "CT"}, {in: "MRI", want: "MR I"}, {in: "XR", want: "XR kept W"},
		{in: "X-ray", want: "X-ray kept W"}, {in: "Radiograph", want: "Radiograph kept W"},
		{in: "PET/CT", want: "CT;PT I"}, {in: `CT\PT`, want: "CT;PT I"}, {in: `PT\CT`, want: "CT;PT I"}, {in: "CT;PT", want: "CT;PT"},
		{in: "PT;CT", want: "CT;PT I"}, {in: "CT, CT", want: "CT I"}, {in: "CT;", want: "CT I"}, {in: "SPECT/CT", want: "CT;NM I"},
		{in: "ST", want: "NM W"}, {in: "ST/CT", want: "CT;NM W"}, {in: "CT/XR", want: "CT/XR kept W"}, {in: "XR/zz", want: "XR/zz kept E"},
		{in: "ZZ", want: "ZZ kept E"}, {in: "/", want: "/ kept E"}, {in: "N/A", want: "null I unknown"}, {in: "CT scan", want: "CT I"},
		{in: strings.Repeat("MR", 40), want: strings.Repeat("MR", 40) + " kept E"}, {in: "", want: "null"},
		{in: "Computed Tomography", want: "CT I"}, {in: "Digital Radiography", want: "DX I"}, {in: "m3d", want: "M3D I"},
	})
	if g := run(t, "imaging_study", "modality", nil, "ZZ"); g.Rules[0] != "VAL-MOD-1" {
		t.Errorf("rules %v", g.Rules)
	}
}

// TestModalityWords tests every code and word of the rule.
func TestModalityWords(t *testing.T) {
	codes := strings.Fields(`AR BDUS BI BMD CFM CR CT DG DMS DX ECG EEG EMG EOG EPS ES GM HD IO IVOCT IVUS KER LEN LS MG MR NM OAM OCT
		OP OPM OPT OPTBSV OPTENF OPV OSS PA POS PT PX RESP RF RG RTIMAGE SM SRF TG US VA XA XC
		ASMT AU CTPROTOCOL DOC FID HC IOL KO M3D OT PLAN PR REG RTDOSE RTPLAN RTRECORD RTSTRUCT RWV SEG SMR SR STAIN TEXTUREMAP`)
	b := open(t, column(t, "imaging_study", "modality", nil))
	for _, code := range codes {
		if g := b.run(code); g.String() != code {
			t.Errorf("%s: got %s", code, g)
		}
		if g := b.run(strings.ToLower(code)); g.String() != code+" I" {
			t.Errorf("%s in lower case: got %s", code, g)
		}
	}
	if len(modalityList().codes) != len(codes) {
		t.Errorf("%d codes, want %d", len(modalityList().codes), len(codes))
	}
	for word, want := range map[string]string{"MRI": "MR", "CAT": "CT", "CT scan": "CT", "ultrasound": "US", "sono": "US", "echo": "US", "PET": "PT",
		"mammogram": "MG", "nuclear": "NM", "SPECT": "NM", "fluoro": "RF", "angiography": "XA", "DEXA": "BMD", "DXA": "BMD", "EKG": "ECG",
		"endoscopy": "ES", "WSI": "SM", "pathology slide": "SM"} {
		if g := b.run(word); g.String() != want+" I" {
			t.Errorf("%s: got %s", word, g)
		}
	}
	for retired, want := range map[string]string{"ST": "NM", "MA": "MR", "MS": "MR", "DS": "XA", "CF": "RF", "DF": "RF", "VF": "RF", "CD": "US",
		"DD": "US", "EC": "US", "CS": "ES", "LP": "ES", "CP": "ES", "FA": "OP", "FS": "OP"} {
		if g := b.run(retired); g.String() != want+" W" {
			t.Errorf("%s: got %s", retired, g)
		}
	}
}

func TestBodyPart(t *testing.T) {
	check(t, "imaging_study", "body_part", nil, []example{
		{in: "Thorax", want: "CHEST I"}, {in: "Chest", want: "CHEST I"}, {in: "CHEST", want: "CHEST"}, {in: "cervical spine", want: "CSPINE I"},
		{in: "C-spine", want: "CSPINE I"}, {in: "L-spine", want: "LSPINE I"}, {in: "L SPINE", want: "LSPINE I"}, {in: "T Spine", want: "TSPINE I"},
		{in: "RT knee", want: "KNEE W"}, {in: "Knee, left", want: "KNEE W"}, {in: "KNEE (R)", want: "KNEE W"}, {in: "both knees", want: "KNEE W"},
		{in: "left", want: "left kept W"}, {in: "whole thing", want: "whole thing kept W"}, {in: "right thing", want: "right thing kept W"},
		{in: "816094009", want: "CHEST I"}, {in: "R L knee", want: "R L knee kept W"}, {in: "", want: "null"}, {in: ".", want: "null I unknown"},
		{in: strings.Repeat("knee", 20), want: strings.Repeat("knee", 20) + " kept W"},
	})
	check(t, "imaging_study", "laterality", nil, []example{
		{in: "left", want: "L I"}, {in: "L", want: "L"}, {in: "Right", want: "R I"}, {in: "RT", want: "R I"}, {in: "both", want: "B I"},
		{in: "bilateral", want: "B I"}, {in: "unpaired", want: "U I"}, {in: "R", want: "R"}, {in: "B", want: "B"}, {in: "u", want: "U I"},
		{in: "up", want: "up kept W"}, {in: "", want: "null"}, {in: strings.Repeat("left", 9), want: strings.Repeat("left", 9) + " kept W"},
	})
	for _, row := range tableLines(bodyPartTable, 3) {
		if g := run(t, "imaging_study", "body_part", nil, row[0]); g.String() != row[0] || !isSCTConcept(row[1]) {
			t.Errorf("%v: got %s", row, g)
		}
	}
}

func isSCTConcept(code string) bool { return sctKindOf([]byte(code)) == sctConcept }

func TestSideOfBodyPart(t *testing.T) {
	for _, e := range []struct{ part, side, want, severity string }{
		{"RT knee", "", "R", "I"}, {"knee", "", "", ""}, {"left hip", "left", "L", ""}, {"left hip", "R", "R", "W"}, {"both hips", "n/a", "B", "I"},
		{"LSPINE", "", "", ""}, {"whole thing", "", "", ""}, {"\u200bThorax", "", "", ""}, {"", "L", "L", ""}, {"left hip", "up", "up", "W"},
	} {
		part := run(t, "imaging_study", "body_part", nil, e.part).Value
		side := run(t, "imaging_study", "laterality", nil, e.side).Value
		columns := [][]*record.Value{{part}, {side}}
		found := NewRowRunner(bodySide, nil, params(), []int{0, 1}, new(Arena)).Run(columns, 0, -1)
		severity := ""
		for _, f := range found {
			severity += letter(f.Finding.Severity)
			if f.Field != 1 || f.Finding.Rule != "STD-IMG-3" {
				t.Errorf("%+v: %+v", e, f)
			}
		}
		if got := string(columns[1][0].Text); got != e.want || severity != e.severity {
			t.Errorf("%+v: got %q %q", e, got, severity)
		}
	}
}

func TestImagingSamples(t *testing.T) {
	for _, row := range sampleRows(t, "synthea-csv/imaging_studies.csv") {
		part := run(t, "imaging_study", "body_part", nil, row["BODYSITE_DESCRIPTION"])
		kind := run(t, "imaging_study", "modality", nil, row["MODALITY_CODE"])
		word := run(t, "imaging_study", "modality", nil, row["MODALITY_DESCRIPTION"])
		if part.Outcome == "kept" || kind.String() != row["MODALITY_CODE"] || word.Text != kind.Text {
			t.Errorf("not understood: %s, %s, %s", part, kind, word)
		}
	}
}

func TestVitalSamples(t *testing.T) {
	types, known := 0, map[string]bool{}
	b := openVitals(t, false)
	for _, row := range sampleRows(t, "synthea-csv/observations.csv") {
		if row["CATEGORY"] != "vital-signs" || !IsVitalType([]byte(row["CODE"])) {
			continue
		}
		if byName := b.kind.run(row["DESCRIPTION"]); byName.Text != b.kind.run(row["CODE"]).Text {
			t.Errorf("code and name of %s are different types", row["CODE"])
		}
		known[row["CODE"]] = true
		types++
		if g := b.run(row["CODE"], row["VALUE"], row["UNITS"], ""); g.value.Outcome == "kept" || g.unit.Severity == "E" {
			t.Errorf("%s: not understood", row["CODE"])
		}
	}
	if types == 0 || len(known) != 10 {
		t.Errorf("%d records of %d types, want 10 types", types, len(known))
	}
}
