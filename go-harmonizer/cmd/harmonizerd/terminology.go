package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

const terminologySetting = "HARMONIZERD_TERMINOLOGY"

// loadTerminology reads the releases in a directory and logs what they are; none for no directory.
func loadTerminology(ctx context.Context, dir string) (*terminology.Set, error) {
	if dir == "" {
		return nil, nil
	}
	codes, err := terminology.Load(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", terminologySetting, err)
	}
	all := codes.Manifest()
	for _, system := range slices.Sorted(maps.Keys(all)) {
		slog.Info("terminology", "system", system, "version", all[system].Version, "codes", all[system].Count,
			"inactive", all[system].Inactive, "files", len(all[system].Files))
	}
	for _, note := range codes.Notes() {
		slog.Info("terminology", "left_aside", note)
	}
	return codes, nil
}
