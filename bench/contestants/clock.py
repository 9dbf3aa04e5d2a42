"""How every contestant tells the bench that it is done."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def measure(version: str, work: Callable[[str, str], Mapping[str, object] | None]) -> None:
    """Run `work(input, output)` and print seconds, CPU seconds, peak memory in bytes and version as one JSON line.

    What `work` returns is told with it. The wall clock starts after the imports: nobody pays for loading a library.
    """
    source, target = sys.argv[1], sys.argv[2]
    start, busy = time.perf_counter(), time.process_time()
    told = work(source, target)
    seconds = time.perf_counter() - start
    cpu_seconds = time.process_time() - busy
    report = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": peak_bytes(), "version": version}
    print(json.dumps(report | dict(told or {})))


def peak_bytes() -> int:
    """Peak resident memory of this program; Linux counts that of the parent into ru_maxrss, but not into VmHWM."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
