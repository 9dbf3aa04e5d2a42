//go:build race

package match

// slowness is how much longer the race detector makes things take.
const slowness = 10
