package charset

import (
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

// kinds are files that are sent by mistake, by the bytes at an offset, with what to do instead.
var kinds = []struct {
	offset            int
	magic, what, mend string
}{
	{0, "%PDF-", "a PDF document", "export the table as CSV"},
	{0, "PK\x03\x04", "a ZIP archive or an office document (.zip, .xlsx)", "unpack it, or save the sheet as CSV"},
	{0, "PK\x05\x06", "an empty ZIP archive", "send the file itself"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (.xls)", "save the sheet as CSV"},
	{0, "\x89PNG\r\n\x1a\n", "a PNG picture", "send a CSV file"},
	{0, "\xff\xd8\xff", "a JPEG picture", "send a CSV file"},
	{0, "GIF87a", "a GIF picture", "send a CSV file"},
	{0, "GIF89a", "a GIF picture", "send a CSV file"},
	{128, "DICM", "a DICOM object", "export its attributes as CSV"},
	{0, "\x1f\x8b", "gzip inside of a compressed file", "compress it once"},
	{0, "\x28\xb5\x2f\xfd", "zstd inside of a compressed file", "compress it once"},
	{0, "BZh91AY&SY", "a bzip2 file", "compress it with gzip or zstd"},
	{0, "\xfd7zXZ\x00", "an xz file", "compress it with gzip or zstd"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "send the file itself"},
	{0, "Rar!\x1a\x07", "a RAR archive", "send the file itself"},
	{257, "ustar", "a tar archive", "send the file itself"},
	{0, "PAR1\x15", "a Parquet file", "export it as CSV"},
	{0, "ARROW1\x00\x00", "an Arrow file", "export it as CSV"},
	{0, "Obj\x01", "an Avro file", "export it as CSV"},
	{0, "SQLite format 3\x00", "an SQLite database", "export the table as CSV"},
	{0, "\x89HDF\r\n\x1a\n", "an HDF5 file", "export the table as CSV"},
	{0, "\x7fELF", "a program", "send a CSV file"},
	{0, "{\\rtf", "an RTF document", "save the table as CSV"},
}

// refuse fails with fault.Invalid NOT_TEXT when the first bytes are those of a known kind of file, or more than 30 % of them NUL.
func refuse(head []byte, label Label) error {
	for _, k := range kinds {
		if len(head) > k.offset && strings.HasPrefix(string(head[k.offset:]), k.magic) {
			return fault.New(fault.Invalid, "NOT_TEXT", "this is %s, not text: %s", k.what, k.mend).At(0, 0)
		}
	}
	if even, odd := nuls(head); !label.wide() && 10*(even+odd) > 3*len(head) {
		return fault.New(fault.Invalid, "NOT_TEXT", "more than 30 %% of the first bytes are NUL, so this is no text: "+
			"send a CSV file, or say which encoding it has").At(0, 0)
	}
	return nil
}
