// Command genpatients writes a file of invented patients with duplicates, and the truth about them, for benchmarks of matching.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/matchtest"
)

func main() {
	n := flag.Int("n", 10_000, "records")
	seed := flag.Uint64("seed", 1, "the same seed makes the same file")
	kind := flag.String("kind", "mixed", "plain, common, twins, fathers, shared, year-only or mixed")
	truth := flag.String("truth", "", "file for the person of each record; none when empty")
	flag.Parse()
	if err := write(os.Stdout, *seed, *n, *kind, *truth); err != nil {
		fmt.Fprintln(os.Stderr, "genpatients:", err)
		os.Exit(1)
	}
}

// write writes the patients to out and the truth, when asked for, to a file.
func write(out io.Writer, seed uint64, n int, word, truth string) error {
	kind, err := matchtest.ParseKind(word)
	if err != nil {
		return err
	}
	if n < 0 {
		return fmt.Errorf("-n: at least 0")
	}
	records, who := matchtest.Generate(seed, n, kind)
	if err := buffered(out, func(w io.Writer) error { return matchtest.WriteCSV(w, records) }); err != nil || truth == "" {
		return err
	}
	file, err := os.Create(truth)
	if err != nil {
		return fmt.Errorf("create the file of the truth: %w", err)
	}
	err = buffered(file, func(w io.Writer) error { return matchtest.WriteTruth(w, who) })
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriter(w)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
