package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

const profileSetting = "HARMONIZERD_CPU_PROFILE"

// startProfile writes a CPU profile of this process to a file, which is whole when stop has returned. Without a name it does nothing.
func startProfile(name string) (stop func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("%s must name a file that can be made: %w", profileSetting, err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", profileSetting, err), file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
