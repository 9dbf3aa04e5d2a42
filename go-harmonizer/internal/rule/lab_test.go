package rule

import "testing"

func TestUnits(t *testing.T) {
	checkLabs(t, []labExample{
		{"t=WBC; v=5; u=cells/μL", "u=10*3/uL; v=0.00; n=0.00", "loinc_inferred STD-LAB-1 W"},
		{"t=x; v=5; u=cells/μL", "u={cells}/uL; v=5", ""},
		{"t=x; v=5; u=K/uL", "u=10*3/uL", ""},
		{"t=TSH; v=5; u=mIU/L", "u=m[IU]/L; v=5; i=3016-3", "loinc_inferred STD-LAB-1 W"},
		{"t=x; v=5; u=Mg/Dl", "u=mg/dL", ""},
		{"t=x; v=5; u=furlongs", "u=furlongs; v=5; n=5", "unit VAL-UNIT-1 E"},
		{"l=2345-7; v=5; u=furlongs", "u=furlongs; v=5; n=5", "unit VAL-UNIT-1 E"},
		{"l=2951-2; v=140; u=mEq/L", "u=mmol/L; v=140", ""},
		{"l=2951-2; v=140; u=meq/l", "u=mmol/L; v=140", ""},
		{"t=x; v=140; u=mEq/L", "u=meq/L; v=140", ""},
		{"l=6690-2; v=5.5; u=G/L", "u=10*3/uL; v=5.5", ""},
		{"l=2885-2; v=70; u=G/L", "u=g/dL; v=7.0", "unit STD-UNIT-1 W"},
		{"t=x; v=70; u=G/L", "u=g/L; v=70", "unit STD-UNIT-1 W"},
		{"l=1742-6; v=30; u=IU/L", "u=U/L; v=30", ""},
		{"t=ALT; v=30; u=iu/l", "u=U/L; v=30", "loinc_inferred STD-LAB-1 W"},
		{"l=1742-6; v=30; u=[IU]/L", "u=U/L; v=30", ""},
		{"t=Lipase; v=30; u=IU/L", "u=[IU]/L; v=30", ""},
		{"l=6301-6; v=1.1; u=ratio", "u={INR}; v=1.1", ""},
		{"l=6301-6; v=1.1; u=INR", "u={INR}; v=1.1", ""},
		{"t=x; v=1.1; u=ratio", "u=ratio; v=1.1", "unit VAL-UNIT-1 E"},
		{"l=2276-4; v=100; u=ug/L", "u=ng/mL; v=100", ""},
		{"t=x; v=100; u=ug/L", "u=ug/L", ""},
		{`t=x; v=100; u=""`, "u=", ""},
		{"l=2345-7; v=100", "u=; v=100; n=100", "unit VAL-UNIT-1 W"},
		{"l=2345-7; v=2500", "u=; v=2500", "unit VAL-UNIT-1 W"},
		{"t=x; v=100", "u=", ""},
		{"l=2345-7; v=clotted", "u=; x=clotted", ""},
		{"l=3016-3; v=2; u=u[IU]/mL", "u=m[IU]/L; v=2", ""},
		{"t=x; v=2; u=u[IU]/mL", "u=u[IU]/mL; v=2", ""},
		{"t=x; v=12; u=mg/g", "u=mg/g", ""},
		{"t=x; v=12; u={nominal}", "u={nominal}", ""},
	})
}

func TestAnalyte(t *testing.T) {
	checkLabs(t, []labExample{
		{"t=Blood Glucose; v=90; u=mg/dL", "i=2339-0; l=", "loinc_inferred STD-LAB-1 W"},
		{"t=Hemoglobin A1C; v=6; u=%", "i=4548-4", "loinc_inferred STD-LAB-1 W"},
		{"t=HEMOGLOBIN  A1C; v=6; u=%", "i=4548-4", "loinc_inferred STD-LAB-1 W"},
		{"t=vitamin D, 25-OH; v=30; u=ng/mL", "i=1989-3", "loinc_inferred STD-LAB-1 W"},
		{"t=Comprehensive Metabolic Panel; v=75.2; u=mg/dL; r=70-99", "v=75.2; n=75.2; lo=70; hi=99; i=", "test_name VAL-LAB-4 W"},
		{"t=Comprehensive Metabolic Panel; v=4; u=mmol/L; r=3.9-5.5", "v=4; u=mmol/L; lo=3.9; hi=5.5", "test_name VAL-LAB-4 W"},
		{"t=LFT; v=99999; u=U/L", "v=99999", "test_name VAL-LAB-4 W"},
		{"t=CBC; l=58410-2; v=5; u=mg/dL", "v=5", "test_name VAL-LAB-4 W"},
		{"t=CBC; l=6690-2; v=5; u=K/uL", "v=5", ""},
		{"t=CBC", "v=", ""},
		{"t=Glucose, Urine; v=5.5; u=mmol/L", "v=5.5; u=mmol/L; i=", ""},
		{"t=Glucose; s=Urine; v=5.5; u=mmol/L", "v=5.5; u=mmol/L; i=", ""},
		{"t=Glucose; s=CSF; v=5.5; u=mmol/L", "v=5.5; i=", ""},
		{"t=Glucose; s=Body fluid; v=5.5; u=mmol/L", "v=5.5; i=", ""},
		{"t=Glucose; s=Serum or Plasma; v=5.5; u=mmol/L", "v=99.1; i=2345-7", "loinc_inferred STD-LAB-1 W"},
		{"t=Glucose; s=BLOOD; v=5.5; u=mmol/L", "v=99.1; u=mg/dL; i=2345-7", "loinc_inferred STD-LAB-1 W"},
		{"l=14749-6; t=Potassium; v=5.5; u=mmol/L", "v=5.5; u=mmol/L; l=14749-6", "test_name STD-LAB-1 E"},
		{"l=2823-3; t=Potassium; v=5.5; u=mmol/L", "v=5.5", ""},
		{"l=2339-0; t=Glucose; v=5.5; u=mmol/L", "v=99.1", ""},
		{"l=10000-8; t=Potassium; v=5.5; u=mmol/L", "v=5.5; i=", ""},
		{"l=2823-9; t=Potassium; v=500; u=mmol/L", "v=500; i=", "loinc_code VAL-LOINC-1 E"},
		{"t=Na; v=140; u=mEq/L", "t=Na; i=2951-2; v=140", "loinc_inferred STD-LAB-1 W"},
		{"t=NA; v=140; u=mmol/L", "t=NA; i=2951-2", "loinc_inferred STD-LAB-1 W"},
		{"t=na; v=140; u=mg/dL", "t=; v=140", ""},
		{"t=N/A; v=140; u=mmol/L", "t=; v=140", ""},
		{"t=Na; v=140", "t=; v=140", ""},
		{"t=K; v=4; u=mmol/L", "i=2823-3", "loinc_inferred STD-LAB-1 W"},
		{"t=Urea; v=5; u=mmol/L", "i=; v=5", ""},
	})
}

func TestConversion(t *testing.T) {
	checkLabs(t, []labExample{
		{"l=2345-7; v=5.5; u=mmol/L", "v=99.1; n=99.1; u=mg/dL", ""},
		{"l=2160-0; v=106; u=umol/L", "v=1.20; u=mg/dL", ""},
		{"l=2160-0; v=106; u=µmol/L", "v=1.20; u=mg/dL", ""},
		{"l=1975-2; v=<17.1; u=umol/L", "v=<1.00; c=<; n=1.00; u=mg/dL", ""},
		{"l=2951-2; v=140; u=mEq/L", "v=140; u=mmol/L", ""},
		{"l=2345-7; v=5.5; u=g", "v=5.5; n=5.5; u=g", "result_value STD-LAB-2 W"},
		{"l=2345-7; v=1,000; u=g", "v=1000; n=1000; u=g", "result_value STD-LAB-2 W, result_value STD-NUM-3 W"},
		{"l=2345-7; v=100.00; u=mg/dL", "v=100.00", ""},
		{"l=4544-3; v=0.42; u=L/L", "v=42.0; u=%", ""},
		{"l=4544-3; v=0.42; u=1", "v=42.0; u=%", ""},
		{"l=2524-7; v=18; u=mg/dL", "v=2.0; u=mmol/L", ""},
		{"l=1988-5; v=1.25; u=mg/dL", "v=12.5; u=mg/L", ""},
		{"l=1742-6; v=0.5; u=ukat/L", "v=30; u=U/L", ""},
		{"l=777-3; v=250000; u=/uL", "v=250; u=10*3/uL", ""},
		// HbA1c
		{"l=4548-4; v=48; u=mmol/mol", "v=6.5; u=%", ""},
		{"l=4548-4; v=53; u=mmol/mol", "v=7.0; u=%", ""},
		{"l=4548-4; v=6.5 %", "v=6.5; u=%", "unit STD-NUM-2 W"},
		{"l=4548-4; v=6.5; u=%", "v=6.5; u=%", ""},
		{"l=4548-4; v=0.065; u=%", "v=0.065; u=%", "result_value STD-LAB-3 W"},
		{"l=4548-4; v=0.5; u=%", "v=0.5; u=%", "result_value VAL-LAB-1 E"},
		{"l=59261-8; v=48; u=mmol/mol; r=20-42", "v=6.5; u=%; l=4548-4; r=4.0-6.0; lo=4.0; hi=6.0", "loinc_code STD-LAB-2 W"},
		// Codes for moles
		{"l=14749-6; v=5.5; u=mmol/L; r=3.9-5.5", "v=99.1; u=mg/dL; l=2345-7; r=70.3-99.1; lo=70.3; hi=99.1", "loinc_code STD-LAB-2 W"},
		{"l=14749-6; v=99; u=mg/dL", "v=99; l=2345-7", "loinc_code STD-LAB-2 W"},
		{"l=14749-6; v=5.5; u=g", "v=5.5; l=14749-6", "result_value STD-LAB-2 W"},
		{"l=14749-6; v=5.5", "v=5.5; l=14749-6", "unit VAL-UNIT-1 W"},
		{"l=39469-2; v=3; u=mmol/L", "v=116.0; l=13457-7", "loinc_code STD-LAB-2 W"},
		// Urea
		{"l=22664-7; v=5; u=mmol/L", "v=14.0; u=mg/dL; l=3094-0", "loinc_code STD-LAB-2 W"},
		{"l=3091-6; t=Urea; v=30; u=mg/dL; r=15-40", "v=14.0; u=mg/dL; l=3094-0; t=Urea; r=7.0-18.7", "loinc_code STD-LAB-2 W"},
		{"l=3091-6; v=clotted; u=mg/dL", "v=clotted; l=3091-6", ""},
		{"l=3091-6; t=BUN; v=30; u=mg/dL", "v=30; l=3091-6", "test_name STD-LAB-1 E"},
		// Bounds
		{"l=2345-7; v=5.5; u=mmol/L; r=<6.1", "r=<109.9; hi=109.9; xhi=true; lo=", ""},
		{"l=2345-7; v=5.5; u=mmol/L; r=up to 6.1", "r=<=109.9; hi=109.9; xhi=", ""},
		{"l=2345-7; v=5.5; u=mmol/L; r=≥3.9 mmol/L", "r=>=70.3; lo=70.3; xlo=", ""},
		{"l=2345-7; v=5.5; u=mmol/L; r=>3.9", "r=>70.3; lo=70.3; xlo=true", ""},
		{"l=2345-7; v=5.5; u=mmol/L; r=70-99 mg/dL", "r=70-99 mg/dL; lo=70; hi=99", "reference_range VAL-LAB-3 W"},
		{"l=2345-7; v=5.5; u=mmol/L; lo=3.9; hi=5.5", "lo=70.3; hi=99.1", ""},
		{"l=2345-7; v=5.5; u=mmol/L; lo=3.9; r=3.9-5.5", "lo=70.3; hi=; r=70.3-99.1", ""},
		{"l=2345-7; v=5.5 mmol/L; lo=3.9; r=3.9-5.5", "v=99.1; lo=70.3; hi=; r=70.3-99.1", "unit STD-NUM-2 W"},
		{"l=2345-7; v=Negative; u=mmol/L; r=3.9-5.5", "u=mmol/L; r=3.9-5.5; lo=3.9", ""},
		{"l=2951-2; v=140; u=mEq/L; r=135-145 mEq/L", "u=mmol/L; r=135-145 mEq/L; lo=135; hi=145", ""},
	})
}

func TestFiller(t *testing.T) {
	b := openLabs(t, false, "ord_num_value")
	for in, want := range map[string]string{"9999999": "", "999999": "999999", "9999999.5": "9999999.5"} {
		if out := b.run(cellsOf("t=x; v=" + in)); out.fields["result_value"] != want || want == "" && out.loud() != "result_value STD-LAB-4 W" {
			t.Errorf("%s: got %v %v", in, out.fields, out.issues)
		}
	}
	checkLabs(t, []labExample{
		{"t=x; v=Negative", "x=Negative", ""},
		{"l=777-3; v=999999; u=K/uL", "v=; n=", "result_value NULL-2 W"},
		{"l=777-3; v=999; u=K/uL", "v=999", ""},
		{"l=777-3; v=99999", "v=; n=", "result_value NULL-2 W"},
		{"l=777-3; v=>99999; u=K/uL", "v=>99999", "result_value VAL-LAB-1 E"},
		{"l=2345-7; v=-1; u=mg/dL", "v=", "result_value NULL-2 W"},
		{"l=2345-7; v=999; u=mmol/L", "v=; u=mmol/L", "result_value NULL-2 W"},
		{"l=2345-7; v=99; u=mmol/L", "v=1783.6; u=mg/dL", ""},
		{"l=2345-7; v=99999; u=g", "v=99999; u=g", "result_value STD-LAB-2 W"},
		{"t=x; v=99999; u=mg/dL", "v=99999", ""},
		{"t=x; v=-", "v=", "result_value NULL-1 W"},
		{"t=x; v=N/A", "v=", ""},
	})
}

func TestPlausible(t *testing.T) {
	checkLabs(t, []labExample{
		{"l=2345-7; v=2100; u=mg/dL", "v=2100", "result_value VAL-LAB-1 W"},
		{"l=2345-7; v=2500; u=mg/dL", "v=2500", "result_value VAL-LAB-1 E"},
		{"l=2345-7; v=2000; u=mg/dL", "v=2000", ""},
		{"l=2345-7; v=2200; u=mg/dL", "v=2200", "result_value VAL-LAB-1 W"},
		{"l=2823-3; v=0.2; u=mmol/L", "v=0.2", "result_value VAL-LAB-1 W"},
		{"l=2345-7; v=<40; u=mg/dL", "v=<40", ""},
		{"l=2345-7; v=<33; u=mg/dL", "v=<33", "result_value VAL-LAB-1 W"},
		{"l=2345-7; v=<=33; u=mg/dL", "v=<=33", ""},
		{"l=2345-7; v=>2500; u=mg/dL", "v=>2500", "result_value VAL-LAB-1 E"},
		{"l=2345-7; v=>2100; u=mg/dL", "v=>2100", "result_value VAL-LAB-1 W"},
		{"l=2345-7; v=>=2000; u=mg/dL", "v=>=2000", ""},
		{"l=2345-7; v=>100; u=mg/dL", "v=>100", ""},
		{"l=2345-7; v=150; u=mmol/L", "v=2702.4", "result_value VAL-LAB-1 E"},
		{"t=Lipid Panel; v=75000; u=mg/dL", "v=75000", "test_name VAL-LAB-4 W"},
	})
}

func TestComparators(t *testing.T) {
	checkLabs(t, []labExample{
		{"t=x; v=<0.5", "v=<0.5; c=<; n=0.5; x=", ""},
		{"t=x; v=≥ 1000", "v=>=1000; c=>=; n=1000", ""},
		{"t=x; v=GT 200", "v=>200; c=>; n=200", ""},
		{"t=x; v=>1,000; mod=", "v=>1000; c=>; n=1000", "result_value STD-NUM-3 W"},
		{"t=x; v=less than 5", "v=<5; c=<; n=5", ""},
		{"t=x; v==5", "v=5; c=; n=5", ""},
		{"t=x; v=5; mod=LT", "v=<5; c=<; n=5", ""},
		{"t=x; v=5; c=>=", "v=>=5; c=>=; n=5", ""},
		{"t=x; v=5; mod=EQ", "v=5; c=; n=5", ""},
		{"t=x; v=5; mod=TX", "v=5; c=; n=5", ""},
		{"t=x; v=5; mod=often", "v=5; c=; n=5", "value_comparator STD-NUM-2 W"},
		{"t=x; v=>5; mod=LT", "v=>5; c=>; n=5", ""},
		{"t=x; v=Negative; mod=LT", "v=Negative; c=; x=Negative", ""},
		{"t=x; v=5.5 mmol/L", "v=5.5; n=5.5; u=mmol/L", "unit STD-NUM-2 W"},
		{"t=x; v=<5.5 mmol/L", "v=<5.5; n=5.5; u=mmol/L", "unit STD-NUM-2 W"},
		{"l=2345-7; v=5.5 mmol/L", "v=99.1; n=99.1; u=mg/dL", "unit STD-NUM-2 W"},
		{"t=x; v=5.5 mmol/L; u=mmol/L", "v=5.5; u=mmol/L", ""},
		{"l=2951-2; v=140 mEq/L; u=mmol/L", "v=140; u=mmol/L", ""},
		{"t=x; v=5.5 mmol/L; u=mg/dL", "v=5.5 mmol/L; n=; u=mg/dL", "result_value STD-NUM-2 E"},
		{"t=x; v=5.5 H", "v=5.5 H; x=5.5 H; u=", ""},
		{"t=x; v=140 L", "v=140 L; x=140 L; u=", ""},
		{"t=x; v=~5", "v=~5; x=~5; n=", "result_value STD-NUM-2 E"},
		{"t=x; v=approx 5", "x=approx 5; n=", "result_value STD-NUM-2 E"},
		{"t=x; v=0-2; u=/HPF", "v=0-2; x=0-2; u=/[HPF]", ""},
		{"t=x; v=0-2 /hpf", "v=0-2 /hpf; x=0-2 /hpf; u=/[HPF]", "unit STD-NUM-2 W"},
		{"t=x; v=0 – 2; u=/lpf", "x=0 - 2; u=/[LPF]", ""},
		{"t=x; v=0-2; u=mg/dL", "x=0-2", "result_value STD-NUM-2 W"},
		{"t=x; v=0-2", "x=0-2", "result_value STD-NUM-2 W"},
		{"t=x; v=2024-01-05", "x=2024-01-05", ""},
		{"t=x; v=12..3", "v=12..3; x=; n=", "result_value STD-NUM-1 E"},
		{"t=x; v=1,23,456", "v=1,23,456; x=; n=", "result_value STD-NUM-3 E"},
		{"t=x; v=.5", "v=0.5; n=0.5", ""},
		{"t=x; v=1e3", "v=1000; n=1000", ""},
		{"t=x; v=-0", "v=0; n=0", ""},
		{"t=x; v=−5", "v=-5; n=-5", ""},
		{"t=x; v=4.0", "v=4.0; n=4.0", ""},
	})
}

func TestQualitative(t *testing.T) {
	checkLabs(t, []labExample{
		{"t=x; v=Negative", "v=Negative; x=Negative; q=NEG; n=", ""},
		{"t=x; v=NEG", "v=Negative; q=NEG", ""},
		{"t=x; v=Absent", "x=Absent; q=NEG", ""},
		{"t=x; v=non-reactive", "x=Nonreactive; q=NR", ""},
		{"t=x; v=NonReactive", "x=Nonreactive; q=NR", ""},
		{"t=x; v=ND", "x=Not detected; q=ND", ""},
		{"t=x; v=Not Detected", "x=Not detected; q=ND", ""},
		{"t=x; v=pos", "x=Positive; q=POS", ""},
		{"t=x; v=Present", "x=Present; q=POS", ""},
		{"t=x; v=REACTIVE", "x=Reactive; q=RR", ""},
		{"t=x; v=detected", "x=Detected; q=DET", ""},
		{"t=x; v=trace", "x=Trace; q=", ""},
		{"t=x; v=none", "x=None seen; q=", ""},
		{"t=x; v=None Seen", "x=None seen; q=", ""},
		{"t=x; v=+1", "v=1+; x=1+; n=; q=", ""},
		{"t=x; v=4+", "v=4+; x=4+; n=", ""},
		{"t=x; v=+5", "v=5; n=5; x=", ""},
		{"t=x; v=indeterminate", "x=Indeterminate; q=IND", ""},
		{"t=x; v=Equivocal", "x=Equivocal; q=E", ""},
		{"t=x; v=borderline", "x=Borderline; q=E", ""},
		{"t=x; v=1:160", "v=1:160; x=1:160; n=", ""},
		{"t=x; v=<1:80", "v=<1:80; x=<1:80; n=", ""},
		{"t=x; v=+5.2", "v=5.2; n=5.2", ""},
		{"t=x; v=clotted; status=F", "v=clotted; x=clotted; q=; status=final", ""},
		{"t=x; v=see note 5", "x=see note 5; n=", ""},
	})
}

func TestReferenceRange(t *testing.T) {
	checkLabs(t, []labExample{
		{"v=1; r=0.4-4.0", "r=0.4-4.0; lo=0.4; hi=4.0; xlo=; xhi=", ""},
		{"v=1; r=0.4 – 4.0", "lo=0.4; hi=4.0", ""},
		{"v=1; r=0.4 to 4.0", "lo=0.4; hi=4.0", ""},
		{"v=1; r=[0.4,4.0]", "lo=0.4; hi=4.0", ""},
		{"v=1; r=[0.4, 4.0] mg/dL; u=mg/dL", "lo=0.4; hi=4.0", ""},
		{"v=1; r=[1,000, 2,000]", "lo=1000; hi=2000", ""},
		{"v=1; r=(0.4-4.0)", "lo=0.4; hi=4.0", ""},
		{"v=1; r=[0.4-4.0]", "lo=0.4; hi=4.0", ""},
		{"v=1; r=<5.0", "lo=; hi=5.0; xhi=true", ""},
		{"v=1; r=<= 5.0", "hi=5.0; xhi=", ""},
		{"v=1; r=Up to 5", "hi=5; xhi=", ""},
		{"v=1; r=>60", "lo=60; xlo=true; hi=", ""},
		{"v=1; r=≥60", "lo=60; xlo=; hi=", ""},
		{"v=1; r=-2-2", "lo=-2; hi=2", ""},
		{"v=1; r=-5--2", "lo=-5; hi=-2", ""},
		{"v=1; r=70-99 mg/dL; u=mg/dl", "lo=70; hi=99", ""},
		{"v=1; r=70-99 MG/DL", "lo=70; hi=99", ""},
		{"v=1; r=70-99 mg/dL; u=mmol/L", "lo=70; hi=99", "reference_range VAL-LAB-3 W"},
		{"v=1; r=Negative", "r=Negative; lo=; hi=", ""},
		{"v=1; r=99-70", "r=99-70; lo=; hi=", "reference_range VAL-LAB-3 E"},
		{"v=1; r=M:13-17 F:12-15", "r=M:13-17 F:12-15; lo=", "reference_range STD-REF-1 W"},
		{"v=1; r=M: 13-17 F: 12-15", "lo=; hi=", "reference_range STD-REF-1 W"},
		{"v=1; r=13-17 (adults)", "lo=; hi=", "reference_range STD-REF-1 W"},
		{"v=1; r=10-20-30", "lo=; hi=", "reference_range STD-REF-1 W"},
		{"v=1; r=5", "lo=; hi=", "reference_range STD-REF-1 W"},
		{"v=1; r=(5", "lo=; hi=", "reference_range STD-REF-1 W"},
		{"v=1; r=1,000-2,000", "lo=1000; hi=2000", ""},
		{"v=1; r=3,5-5,1", "lo=3.5; hi=5.1", ""},
		{"v=1; r=70-99; lo=65; hi=100", "lo=65; hi=100; r=70-99", ""},
		{"v=1; r=70-99; lo=65", "lo=65; hi=; r=70-99", ""},
		{"v=1; r=70-99; lo=N/A", "lo=70; hi=99", ""},
		{"v=1; lo=99; hi=70", "lo=99; hi=70", "reference_low VAL-LAB-3 E"},
		{"v=1; lo=x; hi=70", "lo=x; hi=70", "reference_low STD-NUM-1 E"},
	})
}

func TestFlag(t *testing.T) {
	b := openLabs(t, false, "result_value")
	for in, want := range map[string]string{
		"N": "N", "normal": "N", "WNL": "N", "h": "H", "High": "H", "above": "H", "L": "L", "low": "L", "Below": "L", "HH": "HH",
		"Critical High": "HH", "PANIC HIGH": "HH", "H*": "HH", "LL": "LL", "Critical Low": "LL", "A": "A", "abnormal": "A", "abn": "A", "*": "A",
		"AA": "AA", "critical": "AA", "panic": "AA", "**": "AA", "HU": "HU", "LU": "LU", "<": "<", ">": ">", "pos": "POS", "NEG": "NEG",
		"ind": "IND", "DET": "DET", "nd": "ND", "R": "R", "S": "S", "I": "I", "NS": "NS", "SDD": "SDD", "NR": "NR", "rr": "RR", "E": "E",
		"B": "B", "W": "W", "U": "U", "D": "D", "": "",
	} {
		if out := b.run(map[string]string{"abnormal_flag": in}); out.fields["abnormal_flag"] != want || out.loud() != "" {
			t.Errorf("%q: got %v %v", in, out.fields, out.issues)
		}
	}
	checkLabs(t, []labExample{
		{"f=Low Panic", "f=LL", ""}, {"f=AH", "f=H", ""}, {"f=NL", "f=N", ""}, {"f=Positive", "f=POS", ""}, {"f=L*", "f=LL", ""},
		{"f=Within Normal Limits", "f=N", ""}, {"f=Resistant", "f=R", ""}, {"f=critically high", "f=HH", ""},
		{"f=HHH", "f=HHH", "abnormal_flag STD-FLAG-1 E"},
		{"f=delta", "f=delta", "abnormal_flag STD-FLAG-1 W"},
		{"f=H>", "f=HU", "abnormal_flag STD-FLAG-1 W"},
		{"f=L<", "f=LU", "abnormal_flag STD-FLAG-1 W"},
		{"f=something very long indeed", "f=something very long indeed", "abnormal_flag STD-FLAG-1 E"},
	})
}

func TestFlagAgainstRange(t *testing.T) {
	const conflict = "abnormal_flag VAL-LAB-2 W"
	checkLabs(t, []labExample{
		{"v=8.2; r=4.0-5.6; f=High", "f=H", ""},
		{"v=75.2; r=70-99; f=H", "f=H", conflict},
		{"v=133; r=70-99; f=N", "f=N", conflict},
		{"v=<0.5; r=0.4-4.0; f=N", "f=N", ""},
		{"v=<0.4; r=0.4-4.0; f=N", "f=N", conflict},
		{"v=<0.3; r=0.4-4.0; f=L", "f=L", ""},
		{"v=<=0.4; r=0.4-4.0; f=H", "f=H", ""},
		{"v=<=0.39; r=0.4-4.0; f=H", "f=H", conflict},
		{"v=>4; r=0.4-4.0; f=N", "f=N", conflict},
		{"v=>=4; r=0.4-4.0; f=N", "f=N", ""},
		{"v=>=4.1; r=0.4-4.0; f=N", "f=N", conflict},
		{"v=<100; r=<200; f=H", "f=H", conflict},
		{"v=<200; r=<200; f=H", "f=H", conflict},
		{"v=<201; r=<200; f=H", "f=H", ""},
		{"v=<200; r=<=200; f=H", "f=H", conflict},
		{"v=>100; r=≥60; f=L", "f=L", conflict},
		{"v=200; r=<200; f=H", "f=H", ""},
		{"v=200; r=<200; f=N", "f=N", conflict},
		{"v=200; r=<=200; f=N", "f=N", ""},
		{"v=50; r=70-99; f=LL", "f=LL", ""},
		{"v=50; r=70-99; f=HU", "f=HU", conflict},
		{"v=50; r=70-99; f=A", "f=A", ""},
		{"v=50; r=Negative; f=H", "f=H", ""},
		{"v=Negative; r=70-99; f=H", "f=H", ""},
		{"v=50; lo=99; hi=70; f=N", "f=N", "reference_low VAL-LAB-3 E"},
		{"l=2345-7; v=5.5; u=mmol/L; r=3.9-5.5; f=N", "v=99.1; f=N", ""},
		{"l=2345-7; v=7; u=mmol/L; r=3.9-5.5; f=N", "v=126.1; f=N", conflict},
	})
}

func TestCompareNumbers(t *testing.T) {
	for _, e := range []struct {
		a, b string
		want int
	}{{"1", "2", -1}, {"10", "9", 1}, {"1.0", "1", 0}, {"-1", "1", -1}, {"-2", "-1", -1}, {"0.05", "0.5", -1}, {"123456789.1", "123456789.2", -1},
		{"123456789012345678", "123456789012345679", -1}, {"-0.5", "-0.50", 0}, {"1e5", "1", 0}, {"999999999", "0.00000001", 1}, {"", "1", 0}} {
		if got := compareNumbers([]byte(e.a), []byte(e.b)); got != e.want {
			t.Errorf("%s against %s: %d, want %d", e.a, e.b, got, e.want)
		}
	}
}

func TestStatus(t *testing.T) {
	for entity, words := range map[string]map[string]string{
		"lab_result": {"F": "final", "final": "final", "Complete": "final", "RESULTED": "final", "verified": "final", "p": "preliminary", "prelim": "preliminary",
			"Preliminary": "preliminary", "C": "corrected", "Corrected": "corrected", "X": "cancelled", "Cancelled": "cancelled",
			"entered in error": "entered-in-error", "entered-in-error": "entered-in-error", "W": "entered-in-error"},
		"medication": {"Active": "active", "completed": "completed", "Discontinued": "stopped", "DC": "stopped", "D/C": "stopped", "stopped": "stopped",
			"on hold": "on-hold", "cancelled": "cancelled", "draft": "draft"},
		"encounter": {"Planned": "planned", "in progress": "in-progress", "finished": "finished", "cancelled": "cancelled"},
	} {
		for in, want := range words {
			g := run(t, entity, "status", nil, in)
			if g.Text != want || g.Severity != "" && g.Severity != "I" {
				t.Errorf("%s %q: got %q", entity, in, g)
			}
			again(t, entity, "status", nil, g)
		}
		check(t, entity, "status", nil, []example{{in: "zzz", want: "zzz kept W"}})
	}
}
