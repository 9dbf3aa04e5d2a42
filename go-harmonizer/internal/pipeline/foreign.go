package pipeline

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

const foreignHead = 64 // bytes that tell other formats

// refuseForeign refuses text that is plainly of a format that is not read yet, rather than to cut it into columns.
func (s *source) refuseForeign() error {
	if s.job.Delimiter != 0 {
		return nil
	}
	head, err := s.store.Slice(0, int(min(s.size, foreignHead)), nil)
	if err != nil {
		return err
	}
	if name := foreign(head); name != "" {
		return fault.New(fault.Unimplemented, "FORMAT_NOT_IMPLEMENTED",
			"the file looks like %s, which a later release reads: send it as CSV, or name a delimiter if it is CSV", name)
	}
	return nil
}

// foreign names the format that the first bytes of a text announce, empty for what may be CSV.
func foreign(head []byte) string {
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("##fileformat=VCF")):
		return "VCF"
	case bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<!DOCTYPE")):
		return "XML or HTML"
	case opensJSON(text):
		return "JSON"
	case len(text) > 1 && text[0] == '>' && text[1] != '"' && !bytes.ContainsAny(firstLine(text), ",\t;|"):
		return "FASTA"
	}
	return ""
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}

// opensJSON tells that a text begins as an object with a name, or an array of objects, arrays or texts.
func opensJSON(text []byte) bool {
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	if len(rest) == 0 {
		return false
	}
	if text[0] == '{' {
		return rest[0] == '"' || rest[0] == '}'
	}
	return rest[0] == '{' || rest[0] == '[' || rest[0] == '"' || rest[0] == ']'
}
