package csvfmt

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// shared is where the data lies that nobody here wrote, beside the repository.
const shared = "../../../../../shared/data"

func sharedFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("skipped: %s is not beside the repository", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
}

// table is a file as rows of cells.
func table(text []byte, o Options) (d Dialect, rows [][]string, b *record.Batch, err error) {
	if d, _, err = Sniff(text, true, o); err != nil {
		return d, nil, nil, err
	}
	b = &record.Batch{}
	s := NewSplitter(d, 0)
	if _, err = s.Scan(text[d.DataOffset:]); err == nil {
		err = s.Finish()
	}
	if err != nil {
		return d, nil, nil, err
	}
	if err = NewParser(d, len(d.HeaderRow), 0).Parse(bytes.Clone(text[d.DataOffset:]), b); err != nil {
		return d, nil, nil, err
	}
	for row := range b.Rows {
		cells := make([]string, len(d.HeaderRow))
		for column := range cells {
			cells[column] = string(b.Cell(column, row))
		}
		rows = append(rows, cells)
	}
	return d, rows, b, nil
}

// Two answers contradict their own file: newlines_crlf.csv has bare LFs, and location_coordinates.json tells of another number.
func TestSpectrum(t *testing.T) {
	for _, name := range []string{"comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "quotes_and_newlines",
		"simple", "simple_crlf", "utf8", "newlines_crlf", "location_coordinates"} {
		t.Run(name, func(t *testing.T) {
			text := sharedFile(t, "csv-spectrum/csvs/"+name+".csv")
			answer := sharedFile(t, "csv-spectrum/json/"+name+".json")
			if name == "newlines_crlf" {
				answer = bytes.ReplaceAll(answer, []byte(`\r\n`), []byte(`\n`))
			}
			d, rows, _, err := table(text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if name == "location_coordinates" {
				if len(rows) != 1 || len(rows[0]) != 4 || !strings.HasSuffix(rows[0][1], `17.9"W`) {
					t.Fatalf("%q", rows)
				}
				return
			}
			var want []map[string]string
			if err := json.Unmarshal(answer, &want); err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(want) {
				t.Fatalf("%d rows, want %d", len(rows), len(want))
			}
			for i, row := range rows {
				for column, name := range d.HeaderRow {
					if row[column] != want[i][name] {
						t.Errorf("row %d, %s: %q, want %q", i, name, row[column], want[i][name])
					}
				}
			}
		})
	}
}

// counted are files as Python's csv module counts them, blank lines left out. The delimiter, the header and the preamble are what
// a person sees in them, but for defective-rows.csv: of three records with three lengths the longest is the header (STD-CSV-2).
var counted = []struct {
	name                            string
	delimiter                       byte
	header                          bool
	columns, rows, broken, preamble int
}{
	{"beers/clean.csv", ',', true, 11, 2410, 0, 0},
	{"beers/dirty.csv", ',', true, 11, 2410, 0, 0},
	{"febrl/dataset1.csv", ',', true, 11, 1000, 0, 0},
	{"frictionless/accent.csv", ';', true, 17, 2, 0, 0},
	{"frictionless/blank-rows-multiple.csv", ',', true, 3, 13, 0, 0},
	{"frictionless/bom.csv", ',', true, 2, 2, 0, 0},
	{"frictionless/capital-invalid.csv", ',', true, 3, 8, 2, 0},
	{"frictionless/countries.csv", ',', true, 4, 3, 2, 1},
	{"frictionless/country-2.csv", ';', true, 4, 5, 0, 1},
	{"frictionless/defective-rows.csv", ',', true, 4, 0, 0, 2},
	{"frictionless/delimiter.csv", ';', true, 2, 2, 0, 0},
	{"frictionless/dialect.csv", '|', true, 2, 1, 1, 0},
	{"frictionless/doublequote.csv", ',', true, 17, 5, 0, 0},
	{"frictionless/floats.csv", 0, true, 1, 5, 0, 0},
	{"frictionless/issue-1066-largecellsize.csv", ',', true, 2, 19, 0, 0},
	{"frictionless/issue-1478/table.csv", '|', false, 4, 10, 0, 0},
	{"frictionless/matrix-with-comment.csv", ',', true, 4, 4, 0, 1},
	{"frictionless/table-with-accents.csv", ';', true, 8, 638, 0, 0},
	{"frictionless/table.tsv", '\t', true, 2, 3, 0, 0},
	{"frictionless/without-headers.csv", ',', false, 2, 3, 0, 0},
	{"ncov-hubei/clean-hubei.csv", ',', true, 31, 10135, 0, 0},
	{"ncov-hubei/outside-hubei.csv", ',', true, 33, 13378, 0, 0},
	{"ncov-hubei/raw-hubei.csv", ',', true, 32, 21241, 0, 0},
	{"seed-sample-data/lab_results.csv", ',', true, 8, 400, 0, 0},
	{"seed-sample-data/medications.csv", ',', true, 7, 300, 0, 0},
	{"seed-sample-data/patients.csv", ',', true, 20, 100, 0, 0},
	{"seed-sample-data/vitals.csv", ',', true, 6, 500, 0, 0},
	{"tableschema/data_missing_cols.csv", ',', true, 2, 1, 1, 0},
	{"whiterabbit/examples/wr_input_csv/____________________________________CONCEPT.csv", ',', true, 10, 1994, 6, 0},
	{"whiterabbit/examples/wr_input_csv/____________________________________CONCEPT_SYNONYM.csv", ',', true, 3, 997, 3, 0},
	{"whiterabbit/examples/wr_input_csv/patients.csv", ',', true, 20, 201, 0, 0},
	{"whiterabbit/examples/wr_input_csv/test_data.csv", ',', true, 7, 21, 0, 0},
	{"whiterabbit/examples/wr_input_csv/test_with_dates.csv", ',', true, 5, 21, 0, 0},
	{"whiterabbit/examples/wr_output/fake_data_csv/conditions.csv", ',', true, 6, 100, 0, 0},
	{"whiterabbit/examples/wr_output/fake_data_csv/organizations.csv", ',', true, 11, 100, 0, 0},
	{"whiterabbit/examples/wr_output/fake_data_csv/patients.csv", ',', true, 25, 100, 0, 0},
	{"whiterabbit/rabbit-core/src/test/resources/org/ohdsi/rabbitInAHat/dataModel/CDMConceptIDHints.csv", ',', true, 8, 4813, 0, 1},
	{"whiterabbit/rabbit-core/src/test/resources/org/ohdsi/rabbitInAHat/dataModel/CDMV5.4.csv", ',', true, 6, 371, 0, 0},
	{"whiterabbit/rabbit-core/src/test/resources/org/ohdsi/rabbitInAHat/dataModel/tiny_riah_with_bom.csv", ',', true, 6, 1, 0, 0},
	{"whiterabbit/rabbit-core/src/test/resources/org/ohdsi/rabbitInAHat/dataModel/tiny_riah_without_bom.csv", ',', true, 6, 1, 0, 0},
	{"whiterabbit/whiterabbit/src/test/resources/scan_data/cost-header.csv", ',', true, 22, 34, 0, 0},
	{"whiterabbit/whiterabbit/src/test/resources/scan_data/cost-no-header.csv", ',', false, 22, 34, 0, 0},
	{"whiterabbit/whiterabbit/src/test/resources/scan_data/person-header.csv", ',', true, 18, 30, 0, 0},
	{"whiterabbit/whiterabbit/src/test/resources/scan_data/person-no-header.csv", ',', false, 18, 30, 0, 0},
}

func TestCounted(t *testing.T) {
	for _, c := range counted {
		t.Run(c.name, func(t *testing.T) {
			d, rows, b, err := table(sharedFile(t, c.name), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d.Delimiter != c.delimiter || d.Header != c.header || len(d.HeaderRow) != c.columns || len(rows) != c.rows ||
				len(b.Broken) != c.broken || len(d.Preamble) != c.preamble {
				t.Fatalf("delimiter %q, header %v, %d columns, %d rows, %d broken, %d preamble",
					d.Delimiter, d.Header, len(d.HeaderRow), len(rows), len(b.Broken), len(d.Preamble))
			}
		})
	}
}

// Every file there is, of whatever kind, is refused or read as the reference reads it.
func TestEveryFile(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip("skipped: the shared data is not beside the repository")
	}
	files := 0
	err := filepath.WalkDir(shared, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(shared, path)
		if err != nil {
			return err
		}
		text := sharedFile(t, name)
		text = text[:min(len(text), 1<<20)]
		files++
		d, _, err := Sniff(text, true, Options{})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		}
		agree(t, Dialect{Delimiter: d.Delimiter, LineCR: d.LineCR}, string(text[d.DataOffset:]), func(int) int { return 5000 })
		return nil
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
}
