package csvfmt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// labs is an extract of eight columns, about 75 bytes a record.
func labs(rows int, quote string) []byte {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "P%06d,%sGlucose, fasting%s,%d.%d,mg/dL,70-99,2024-%02d-%02d %02d:00,final,%08d\n",
			i, quote, quote, 70+i%90, i%10, 1+i%12, 1+i%28, i%24, i*7)
	}
	text := b.String()
	if quote == "" {
		text = strings.ReplaceAll(text, ", fasting", " fasting")
	}
	return []byte(text)
}

func BenchmarkParse(b *testing.B) {
	for name, quote := range map[string]string{"plain": "", "quoted": `"`} {
		b.Run(name, func(b *testing.B) {
			text, batch, p := labs(14_000, quote), &record.Batch{}, NewParser(Dialect{Delimiter: ','}, 8, 0)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Parse(text, batch); err != nil || batch.Rows != 14_000 {
					b.Fatal(err, batch.Rows)
				}
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	for name, quote := range map[string]string{"plain": "", "quoted": `"`} {
		b.Run(name, func(b *testing.B) {
			text := labs(14_000, quote)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s := NewSplitter(Dialect{Delimiter: ','}, 0)
				for i := 0; i < len(text); i += 256 << 10 {
					if _, err := s.Scan(text[i:min(len(text), i+256<<10)]); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
