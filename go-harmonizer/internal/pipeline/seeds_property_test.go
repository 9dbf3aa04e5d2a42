package pipeline_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

// setting reads a number from the environment.
func setting(t testing.TB, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s is no number", name)
	}
	return n
}

// bySeed tests a property with some seeds, whose numbers stand in the names of the tests: PROPERTY_SEEDS asks for a longer campaign,
// PROPERTY_FIRST for one that begins elsewhere. PROPERTY_SEEDS=1 PROPERTY_FIRST=17 replays seed 17.
func bySeed(t *testing.T, otherwise uint64, property func(t *testing.T, seed uint64)) {
	t.Helper()
	first := setting(t, "PROPERTY_FIRST", 0)
	for seed := first; seed < first+setting(t, "PROPERTY_SEEDS", otherwise); seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { property(t, seed) })
	}
}
