//go:build !race

package match

// slowness is how much longer things may take than on an idle machine.
const slowness = 2
