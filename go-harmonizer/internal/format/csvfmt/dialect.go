// Package csvfmt cuts CSV text into records and cells and writes it (rules STD-CSV-1, STD-CSV-2, SEC-1).
//
// Everything here works on bytes in any encoding that keeps ASCII in place: UTF-8 and the windows code pages. Sniff reads the
// beginning of a file, a Splitter finds record ends in a stream, a Parser cuts whole records into cells.
package csvfmt

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// Settings that raise the bounds of this package.
const (
	MaxRecordSetting  = "HARMONIZERD_MAX_RECORD_BYTES"
	MaxColumnsSetting = "HARMONIZERD_MAX_COLUMNS"
	MaxFieldSetting   = "HARMONIZERD_MAX_FIELD_BYTES"
)

// Bounds that hold where a caller gives none.
const (
	DefaultMaxRecord  = 16 << 20 // bytes
	DefaultMaxColumns = 20_000
	DefaultMaxField   = 4 << 20 // bytes
)

// Dialect is how a file is written.
type Dialect struct {
	// Delimiter separates fields; 0: there is one column and nothing separates.
	Delimiter byte
	// LineCR tells that a lone CR ends a line, besides LF and CRLF.
	LineCR bool
	// Header tells that HeaderRow is in the file; otherwise the names are column_1, column_2…
	Header bool
	// HeaderRow holds the column names as written, in the encoding of the file, quotes removed.
	HeaderRow []string
	// Preamble holds the records before the header as written, in the encoding of the file, without line ends. They are no data.
	Preamble []string
	// Blank is the number of blank lines before the data.
	Blank int
	// DataOffset is the byte at which the first data record may start.
	DataOffset int64
	// DataLine is the 1-based line of DataOffset.
	DataLine int64
}

// Note is a finding about the file. The message holds no value of the file.
type Note struct {
	Rule     string
	Severity record.Severity
	Message  string
}

// Options are what a caller knows about a file. The zero value knows nothing.
type Options struct {
	// Delimiter is forced; 0: sniffed.
	Delimiter byte
	// SkipRows is the number of rows before the header, blank lines counted; nil: sniffed.
	SkipRows *int
	// Header tells whether there is a header row; nil: sniffed.
	Header *bool
	// MaxColumns bounds the columns; 0: DefaultMaxColumns.
	MaxColumns int
	// Maps tells whether a cell of the row, in the encoding of the file, is the name of a known column (rule MAP-3); nil: never.
	Maps func(row []string) bool
}
