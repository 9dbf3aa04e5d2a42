package encode

// Format is the format of the clean file.
type Format uint8

// The formats.
const (
	CSV Format = iota
	NDJSON
)

// Extension is the ending of a file of the format, without a dot.
func (f Format) Extension() string { return [...]string{"csv", "ndjson"}[f] }

// MediaType is the MIME type of the format.
func (f Format) MediaType() string {
	return [...]string{"text/csv; charset=utf-8", "application/x-ndjson"}[f]
}

// Options are how records are written.
type Options struct {
	Format Format
	// Safe guards CSV cells that a spreadsheet would run as a formula (rule SEC-1).
	Safe bool
	// File is the client's name of the file, for issue records.
	File string
	// Quarantine asks for the lines of records with an error in a required field.
	Quarantine bool
	// Hashes asks for the hash of every record.
	Hashes bool
	// Cells asks for the texts of every record beside its row.
	Cells bool
	// Lineage asks for a line about each value that is not as it came.
	Lineage bool
	// Silent leaves out the issue records, which are then only counted.
	Silent bool
	// Private leaves all values of the input out of issues, quarantine and lineage (rule DEID-1).
	Private bool
}
