package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// mess writes CSV as hospitals do: with gaps, sentinels, quotes, other spellings, repeats and broken rows.
type mess struct {
	*rand.Rand
	strings.Builder
}

func newMess(seed uint64) *mess { return &mess{Rand: rand.New(rand.NewPCG(seed, 7))} }

func (m *mess) pick(all ...string) string { return all[m.IntN(len(all))] }

func (m *mess) rows(n int, header string, row func(i int) string) []byte {
	m.WriteString(header + "\n")
	var before string
	for i := range n {
		text := row(i)
		switch m.IntN(20) {
		case 0:
			text = before // Repeated.
		case 1:
			text += ",surplus"
		case 2:
			text += "\n  "
		}
		m.WriteString(text + m.pick("\n", "\n", "\r\n"))
		before = text
	}
	return []byte(m.String())
}

func patients(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "Patient ID,First Name,LAST,dob,sex,ZIP,favourite colour", func(i int) string {
		return fmt.Sprintf("P%d,%s,%s,%s,%s,%s,%s", m.IntN(n), m.pick("ann", "BOB", " Zoé ", `"Mary, Ann"`, "", "=1+1"),
			m.pick("Doe", "O'BRIEN", "Ruiz", "null"), m.pick("1980-01-02", "03/14/1987", "3/4/1990", "foo", "", "1900-01-01", "13/13/2000"),
			m.pick("M", "f", "U", "?", "unknown", "x"), m.pick("02134", "2134", "9"), m.pick("red", "", "N/A", `"two
lines"`, "@cmd"))
	})
}

func labs(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "patient_id;test_name;result_value;unit;collected_at;resulted_at;ref_range;note", func(i int) string {
		return fmt.Sprintf("P%d;%s;%s;%s;%s;%s;%s;%s", m.IntN(9), m.pick("Glucose", "Sodium", "CBC", "Mystery"),
			m.pick("5.5", "<0.5", "1,234", "trace", "", "999", "140", "abc"), m.pick("mg/dL", "mmol/L", "", "furlongs"),
			m.pick("2024-03-05", "2024-03-05 14:05", "05/06/2024", "31.12.2023", "later"), m.pick("", "2024-03-06", "2024-03-04"),
			m.pick("70-100", "<200", ""), m.pick("", "ok", "-2-2", "caf\u00e9"))
	})
}

func vitals(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "patient_id\ttaken_at\tbp\thr\ttemp_f\tweight\tnurse", func(i int) string {
		return fmt.Sprintf("P%d\t%s\t%s\t%s\t%s\t%s\t%s", m.IntN(9), m.pick("2024-03-05 10:00", "2024-03-05", "soon"),
			m.pick("120/80", "80/120", "", "120", "120/palp"), m.pick("80", "400", "", "n/a"), m.pick("98.6", "", "44"),
			m.pick("70", "", "999.9"), m.pick("Kim", "", "LEE"))
	})
}

func longVitals(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "patient_id|vital_type|value|units|date", func(i int) string {
		return fmt.Sprintf("P%d|%s|%s|%s|%s", m.IntN(5), m.pick("BP", "HR", "Temp", "Mood", "SpO2"),
			m.pick("120/80", "80", "98.6", "80/120", "0.97", "x", ""), m.pick("", "mmHg", "F", "%"), m.pick("2024-03-05", "2024-03-06", "?"))
	})
}

func mixed(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE", func(i int) string {
		return fmt.Sprintf("2024-03-%02dT10:00:00Z,P%d,E1,%s,%s,%s,%s,%s,numeric", 1+m.IntN(5), m.IntN(4),
			m.pick("vital-signs", "laboratory", "survey", "laboratory", ""), m.pick("8867-4", "2345-7", "29463-7", "X"),
			m.pick("Heart rate", "Glucose", "Body Weight", "Story"), m.pick("80", "5.5", "70", "abc", ""), m.pick("/min", "mg/dL", "kg", ""))
	})
}

// generated are files of every entity, among them those that split, melt, route or compare records.
var generated = map[string]func(seed uint64, n int) []byte{
	"patients.csv": patients, "labs.csv": labs, "vitals.csv": vitals, "long_vitals.csv": longVitals, "observations.csv": mixed,
	"medications.csv": medications, "encounters.csv": encounters, "conditions.csv": conditions, "imaging.csv": imaging, "items.csv": items,
	"people.csv": people,
}
