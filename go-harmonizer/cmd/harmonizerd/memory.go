package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The garbage that may lie about before it is collected: as much at least, and so much of what is in use. The collector's own choice is
// as much as is in use, which collects several times for each small job, and lets a stream that holds 100 MiB take 200. What streams
// keep in bulk is off the heap and not counted.
const (
	garbageLeast = 24 << 20
	garbageShare = 5 // a fifth
)

// cycle is found unreachable by each cycle of the collector, and then thrown away anew.
type cycle struct{ _ *int }

// paceCollector sets the collector's pace after each of its cycles, unless GOGC does. GOMEMLIMIT holds beside it.
func paceCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	set := 0
	var next func(*cycle)
	next = func(c *cycle) {
		metrics.Read(live)
		if percent := garbagePercent(live[0].Value.Uint64()); percent*10 < set*9 || percent*9 > set*10 {
			set = percent
			debug.SetGCPercent(set)
		}
		runtime.SetFinalizer(c, next)
	}
	runtime.SetFinalizer(&cycle{}, next)
	runtime.GC() // The first cycle sets the pace.
}

// garbagePercent is the garbage that may lie about beside what is in use, in percent of that.
func garbagePercent(live uint64) int {
	live = max(live, 1<<20)
	return int((garbageLeast + live/garbageShare) * 100 / live)
}
