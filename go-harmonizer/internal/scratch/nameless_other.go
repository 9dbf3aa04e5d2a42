//go:build !linux

package scratch

import "os"

// nameless makes a file and takes its name away.
func nameless(dir string) (*os.File, error) { return unnamed(dir) }
