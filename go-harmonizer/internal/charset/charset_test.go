package charset

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"go.uber.org/goleak"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// decode sends text through a Reader and what comes out through Decode.
func decode(t testing.TB, from io.Reader, forced Label) (string, Verdict) {
	t.Helper()
	r, err := NewReader(from, forced)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	v := r.Verdict()
	got := Decode(nil, text, v.Label)
	if v.Valid && !bytes.Equal(got, text) {
		t.Fatalf("%q is said to be UTF-8, but became %q", text, got)
	}
	return string(got), v
}

func wide(t testing.TB, text string, order unicode.Endianness) string {
	t.Helper()
	s, err := unicode.UTF16(order, unicode.IgnoreBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEncodings(t *testing.T) {
	table := "id,name\n1,José 😁\n"
	for name, c := range map[string]struct {
		from, want string
		forced     Label
		label      Label
		high       int64
	}{
		"ASCII":                        {"id\n", "id\n", "", UTF8, 0},
		"empty":                        {"", "", "", UTF8, 0},
		"BOM":                          {"\xef\xbb\xbfid", "id", "", UTF8, 0},
		"UTF-8":                        {table, table, "", UTF8, 6},
		"windows-1252":                 {"Jos\xe9", "José", "", Windows1252, 1},
		"windows-1252 at the end":      {"é\xc3", "Ã©Ã", "", Windows1252, 3},
		"bytes Microsoft left out":     {"\x81\x8d\x8f\x90\x9d\x80", "\u0081\u008d\u008f\u0090\u009d€", "", Windows1252, 6},
		"UTF-16LE with BOM":            {"\xff\xfe" + wide(t, table, unicode.LittleEndian), table, "", UTF16LE, 6},
		"UTF-16BE with BOM":            {"\xfe\xff" + wide(t, table, unicode.BigEndian), table, "", UTF16BE, 6},
		"UTF-16LE by its NULs":         {wide(t, table, unicode.LittleEndian), table, "", UTF16LE, 6},
		"UTF-16BE by its NULs":         {wide(t, table, unicode.BigEndian), table, "", UTF16BE, 6},
		"UTF-16LE forced":              {wide(t, "日本", unicode.LittleEndian), "日本", UTF16LE, UTF16LE, 6},
		"UTF-16BE forced, with BOM":    {"\xfe\xff" + wide(t, "日本", unicode.BigEndian), "日本", UTF16BE, UTF16BE, 6},
		"half a unit":                  {"\xff\xfea\x00b", "a\uFFFD", "", UTF16LE, 3},
		"a lone surrogate":             {"\xff\xfe\x00\xd8a\x00", "\uFFFDa", "", UTF16LE, 3},
		"UTF-8 forced, byte E9 alone":  {"Jos\xe9", "Jos\uFFFD", UTF8, UTF8, 1},
		"BOM, then a byte E9 alone":    {"\xef\xbb\xbfJos\xe9,x", "Jos\uFFFD,x", "", UTF8, 1},
		"windows-1252 forced on UTF-8": {"é", "Ã©", Windows1252, Windows1252, 2},
		"windows-1252 forced, BOM":     {"\xef\xbb\xbfid", "id", Windows1252, Windows1252, 0},
		"a few NULs":                   {"a,b\n1\x00,2\n", "a,b\n1\x00,2\n", "", UTF8, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []io.Reader{strings.NewReader(c.from), iotest.OneByteReader(strings.NewReader(c.from)), iotest.DataErrReader(strings.NewReader(c.from))} {
				got, v := decode(t, from, c.forced)
				if got != c.want || v.Label != c.label || v.High != c.high {
					t.Fatalf("%q %+v, want %q", got, v, c.want)
				}
			}
		})
	}
}

// What is decided by the last byte of a file is not decided before.
func TestTheWholeFileDecides(t *testing.T) {
	text := strings.Repeat("é", 1<<20)
	if _, v := decode(t, strings.NewReader(text), ""); v.Label != UTF8 || v.High != 2<<20 {
		t.Fatalf("%+v", v)
	}
	if _, v := decode(t, strings.NewReader(text+"\xe9"), ""); v.Label != Windows1252 {
		t.Fatalf("%+v", v)
	}
}

// Maximal parts: the Encoding Standard's decoder gives a byte back that cannot go on, and begins again with it.
func TestInvalidBytes(t *testing.T) {
	for from, want := range map[string]string{
		"\x80":                     "�",
		"a\xc0\x80b":               "a��b",
		"\xe2\x82":                 "�",
		"\xe2\x82,x":               "�,x",
		"\xe2\x28\xa1":             "�(�",
		"\xf0\x9f\x98":             "�",
		"\xf0\x9f\x98\n":           "�\n",
		"\xf0\x80\x80\x80":         "����",
		"\xed\xa0\x80":             "���",
		"\xf4\x90\x80\x80":         "����",
		"\xf1\x80\x80\xe2\x80\xc2": "���",
		"\uFFFDé":                  "\uFFFDé",
	} {
		if got := string(Decode(nil, []byte(from), UTF8)); got != want {
			t.Errorf("%q became %+q, want %+q", from, got, want)
		}
	}
}

func TestTheTableIsTheStandards(t *testing.T) {
	for b := range 256 {
		want := string(charmap.Windows1252.DecodeByte(byte(b)))
		if want == "\uFFFD" { // bytes that Microsoft left out and the Encoding Standard did not
			want = string(rune(b))
		}
		if got := string(Decode(nil, []byte{byte(b)}, Windows1252)); got != want {
			t.Errorf("byte %X became %q, want %q", b, got, want)
		}
	}
}

func TestRefusesWhatIsNoText(t *testing.T) {
	tar := append(make([]byte, 257), "ustar\x0000"...)
	for name, c := range map[string]struct{ head, says string }{
		"PDF":        {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"},
		"workbook":   {"PK\x03\x04\x14\x00\x06\x00", "ZIP"},
		"PNG":        {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG"},
		"gzip twice": {"\x1f\x8b\x08\x00", "gzip"},
		"tar":        {string(tar), "tar"},
		"NULs":       {strings.Repeat("ab\x00\x00", 2000), "NUL"},
		"only NULs":  {strings.Repeat("\x00", 100), "NUL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewReader(strings.NewReader(c.head), "")
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Reason != "NOT_TEXT" || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%+v", err)
			}
		})
	}
}

func TestErrorsOfTheStreamStayAsTheyAre(t *testing.T) {
	gone := errors.New("gone")
	for _, n := range []int{0, 10, 5000} {
		r, err := NewReader(io.MultiReader(strings.NewReader(strings.Repeat("a", n)), iotest.ErrReader(gone)), "")
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if !errors.Is(err, gone) {
			t.Fatal(err)
		}
	}
}

func TestParse(t *testing.T) {
	if l, err := Parse("utf-16le"); l != UTF16LE || err != nil {
		t.Fatal(l, err)
	}
	if _, err := Parse("latin-9"); fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "latin-9") {
		t.Fatal(err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"id,é\n", "\xef\xbb\xbfa", "\xff\xfea\x00", "Jos\xe9", "\xf0\x9f\x98", "a\x00b\x00"} {
		f.Add([]byte(seed), uint8(0), uint8(1))
	}
	labels := []Label{"", UTF8, Windows1252, UTF16LE, UTF16BE}
	f.Fuzz(func(t *testing.T, text []byte, forced, piece uint8) {
		label := labels[int(forced)%len(labels)]
		if _, err := NewReader(bytes.NewReader(text), label); err != nil {
			return
		}
		whole, v := decode(t, bytes.NewReader(text), label)
		pieces, w := decode(t, iotest.OneByteReader(bytes.NewReader(text)), label)
		if whole != pieces || v != w {
			t.Fatalf("%+v and %+v", v, w)
		}
		if !utf8.ValidString(whole) {
			t.Fatalf("%q is not UTF-8", whole)
		}
		if v.Label == UTF8 && label == "" && !bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) && whole != string(text) {
			t.Fatal("UTF-8 was changed")
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for name, line := range map[string]string{"ascii": "P000001,Glucose,5.4,mmol/L\n", "accents": "P000001,José Núñez,5.4,µmol/L\n"} {
		b.Run(name, func(b *testing.B) {
			text := bytes.Repeat([]byte(line), 40_000)
			piece := make([]byte, 256<<10)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := NewReader(bytes.NewReader(text), "")
				for err == nil {
					_, err = r.Read(piece)
				}
			}
		})
	}
}

func BenchmarkDecode1252(b *testing.B) {
	text := bytes.Repeat([]byte("P000001,Jos\xe9 N\xfa\xf1ez,5.4,\xb5mol/L\n"), 30_000)
	dst := make([]byte, 0, 2*len(text))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Decode(dst, text, Windows1252)
	}
}
