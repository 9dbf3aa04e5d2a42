package terminology

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const (
	entriesMost = 100_000 // files and directories that are looked at
	codesMost   = 1 << 24 // codes of one file
)

var errSize = fmt.Errorf("more than %d codes: no code system has as many", codesMost)

// Load reads what it recognizes in a directory and below it, by name and header of the files, as users unpack the releases.
//
// Errors say file and line, relative to the directory, and what to do; a directory in which nothing is recognized is one.
func Load(ctx context.Context, dir string) (*Set, error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, errors.New("the directory has no path")
	}
	return load(ctx, os.DirFS(full), filepath.Base(full))
}

// load reads a tree, which is called name.
func load(ctx context.Context, tree fs.FS, name string) (*Set, error) {
	found, notes, err := find(tree)
	if err != nil {
		return nil, err
	}
	has := func(k *kind) bool { return slices.ContainsFunc(found, func(f file) bool { return f.kind == k }) }
	if has(archiveKind) && !has(rxNormKind) {
		return nil, errors.New("RXNATOMARCHIVE.RRF has only what RxNorm has given up: put RXNCONSO.RRF of the same release beside it")
	}
	parts := map[string][]*part{}
	for _, f := range found {
		read, err := readFile(ctx, tree, f, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		for _, p := range read.order {
			parts[p.system] = append(parts[p.system], p)
		}
		if read.note != "" {
			notes = append(notes, read.note)
		}
	}
	s := &Set{tables: map[string]*Table{}, notes: notes}
	for system, of := range parts {
		s.tables[system] = tableOf(of)
	}
	if len(s.tables) == 0 {
		return nil, nothing(notes)
	}
	return s, nil
}

// nothing is the error for a directory without a file that can be read.
func nothing(notes []string) error {
	text := "no code system is recognized in the directory; unpack the releases there: " + strings.Join(wanted(), ", ")
	if len(notes) > 0 {
		text += "; left aside: " + strings.Join(notes, "; ")
	}
	return errors.New(text)
}

// file is a file that is recognized.
type file struct {
	path string
	kind *kind
}

// find returns the files that are recognized, in order of their paths, and remarks about some that are not.
func find(tree fs.FS) (found []file, notes []string, err error) {
	seen := 0
	err = fs.WalkDir(tree, ".", func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return unreadable(at, err)
		}
		if seen++; seen > entriesMost {
			return fmt.Errorf("more than %d files: name the directory of the releases alone", entriesMost)
		}
		base := path.Base(at)
		if entry.IsDir() {
			if at != "." && (strings.HasPrefix(base, ".") || base == "__MACOSX") {
				return fs.SkipDir
			}
			return nil
		}
		k, note := kindOf(base)
		if note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
		if k == nil {
			return nil
		}
		if info, err := fs.Stat(tree, at); err != nil || !info.Mode().IsRegular() {
			return unreadable(at, err)
		}
		found = append(found, file{at, k})
		return nil
	})
	return found, notes, err
}

// unreadable says that something cannot be read, and not where the directory is.
func unreadable(at string, err error) error {
	why := "it is no file"
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		why = pathError.Err.Error()
	}
	if at == "." {
		return fmt.Errorf("the directory cannot be read: %s", why)
	}
	return fmt.Errorf("%s: it cannot be read: %s", at, why)
}

// readFile reads one file into a part for each system it has codes of.
func readFile(ctx context.Context, tree fs.FS, f file, name string) (*reading, error) {
	opened, err := tree.Open(f.path)
	if err != nil {
		return nil, unreadable(".", err)
	}
	defer opened.Close()
	sum := sha256.New()
	r := &reading{ctx: ctx, in: io.TeeReader(opened, sum), place: path.Join(name, f.path), parts: map[string]*part{}}
	if err := f.kind.read(r); err != nil {
		return nil, err
	}
	if len(r.order) == 0 && f.kind != archiveKind {
		return nil, errors.New("it has no codes; is it the whole file of the release?")
	}
	for _, p := range r.order {
		p.file, p.sum, p.whole = f.path, hex.EncodeToString(sum.Sum(nil)), f.kind.whole
		p.keys = settle(p.keys)
		p.version, p.order = f.kind.release(r)
	}
	return r, nil
}
