package main

import (
	"fmt"
	"os"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
)

const keySetting = "HARMONIZERD_PSEUDONYM_KEY_FILE"

// loadKey reads the secret of pseudonyms; for no file it makes one that nobody knows.
func loadKey(path string) (deid.Key, error) {
	if path == "" {
		return deid.RandomKey(), nil
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		return deid.Key{}, fmt.Errorf("%s: cannot read the file", keySetting)
	}
	key, err := deid.NewKey(secret)
	if err != nil {
		return deid.Key{}, fmt.Errorf("%s: %w", keySetting, err)
	}
	return key, nil
}
