package scratch

import (
	"os"

	"golang.org/x/sys/unix"
)

// nameless makes a file that never has a name, where the file system can; a process that is killed then leaves not even an empty one.
func nameless(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return unnamed(dir)
	}
	return os.NewFile(uintptr(fd), "scratch"), nil
}
