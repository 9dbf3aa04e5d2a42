"""How every contestant tells the bench that it is done."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping


def measure(version: str, work: Callable[[str, str], Mapping[str, object] | None]) -> None:
    """Run `work(input, output)` and print seconds, CPU seconds, peak memory in bytes and version as one JSON line.

    What `work` returns is told with it. The wall clock starts after the imports: nobody pays for loading a library.
    """
    source, target = sys.argv[1], sys.argv[2]
    start, busy = time.perf_counter(), time.process_time()
    told = work(source, target)
    seconds = time.perf_counter() - start
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu_seconds = time.process_time() - busy
    report = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": peak_kib * 1024, "version": version}
    print(json.dumps(report | dict(told or {})))
