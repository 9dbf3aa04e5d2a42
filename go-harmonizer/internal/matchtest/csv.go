package matchtest

import (
	"encoding/csv"
	"fmt"
	"io"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
)

// WriteCSV writes records as a file of patients; patient_id is P and the record's number, from 1.
func WriteCSV(w io.Writer, records []match.Person) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"patient_id", "mrn", "ssn", "first_name", "last_name", "suffix", "birth_date", "gender", "address", "city",
		"state", "zip", "phone"}}
	for i, r := range records {
		rows = append(rows, []string{fmt.Sprintf("P%07d", i+1), r.MRN, r.SSN, r.First, r.Last, r.Suffix, r.Birth, r.Sex, r.Address,
			r.City, r.State, r.Zip, r.Phone})
	}
	if err := c.WriteAll(rows); err != nil {
		return fmt.Errorf("write patients: %w", err)
	}
	return nil
}

// WriteTruth writes the person of each record, by the identifiers of WriteCSV.
func WriteTruth(w io.Writer, truth []int) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"patient_id", "person"}}
	for i, who := range truth {
		rows = append(rows, []string{fmt.Sprintf("P%07d", i+1), fmt.Sprint(who)})
	}
	if err := c.WriteAll(rows); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}
