"""From measurements to a table a reader can repeat."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

BEYOND = """\
The others are told what is in the file; this project is told nothing. In the measured time it also

- finds delimiter, encoding, entity and the meaning of each column,
- decides the date order of each shape of each column from evidence,
- reads the file twice, because those decisions come from the whole file and not from its first rows,
- applies the rest of the rule book: analyte identity, UCUM units, reference ranges, flags against ranges, plausibility,
- keeps source order, and its output has the same bytes for any number of workers,
- writes five files, not one: clean records, quarantine with raw lines, every issue, a quality report, a manifest,
- proves that records read = written + duplicates + quarantined (+ routed - created), with a SHA-256 of each file,
- works in another process, which takes the file as a stream and sends the results as one.

Over REST it moreover stores the upload and the artifacts durably, and keeps a job with its events.

The others do one thing it does not: they let go of the source order where that is faster.
"""


@dataclass
class Series:
    """All runs of one contestant."""

    name: str
    version: str = ""
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    peaks: list[dict[str, int]] = field(default_factory=list)
    records: int = 0
    digest: str = ""

    @property
    def memory(self) -> dict[str, int]:
        """Largest peak of each process over all runs, in bytes."""
        names = {name for peak in self.peaks for name in peak}
        return {name: max(peak.get(name, 0) for peak in self.peaks) for name in sorted(names)}


def table(found: list[Series], size_bytes: int) -> str:
    """Markdown; the last column says how many times the median of the first contestant that is."""
    base = median(found[0].seconds)
    lines = [
        "| contestant | version | median s | min s | max s | CPU s | MB/s | peak memory MiB | records out "
        f"| times {found[0].name} |",
        "|---|---|--:|--:|--:|--:|--:|---|--:|--:|",
    ]
    for series in found:
        middle = median(series.seconds)
        memory = ", ".join(f"{name} {peak / 2**20:.0f}" for name, peak in series.memory.items())
        speed = f"{size_bytes / 1e6 / middle:.1f}"
        lines.append(
            f"| {series.name} | {series.version} | {middle:.2f} | {min(series.seconds):.2f} | "
            f"{max(series.seconds):.2f} | {median(series.cpu_seconds):.2f} | {speed} | {memory} | {series.records} | "
            f"{middle / base:.2f} |"
        )
    return "\n".join(lines) + "\n"


def agreement(found: list[Series]) -> str:
    """Whether those that do the same task came to the same rows."""
    plain = [series for series in found if series.digest]
    if len(plain) < 2:
        return ""
    names = ", ".join(series.name for series in plain)
    same = len({series.digest for series in plain}) == 1
    return f"The rows written by {names} {'are the same' if same else 'DIFFER'}, whatever their order.\n"


def page(found: list[Series], command: str, rows: int, size_bytes: int, load: list[str]) -> str:
    """The whole results page; `load` is the load average before and after."""
    runs = len(found[0].seconds)
    heading = f"# Benchmark: {rows:,} laboratory rows, {size_bytes / 1e6:.1f} MB of messy CSV"
    how = (
        f"`{command}`\n\n{runs} runs of each, in turn, on one machine: {cpu()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}. Seconds are wall time inside a "
        "process of its own, from after its imports to the last file closed; no service is restarted between runs. "
        "CPU seconds are the median of what all processes of the contestant used; they say more than wall time where "
        f"others use the machine too (load average {load[0]} before, {load[1]} after). "
        "Peak memory is the largest resident size of each process (the services' counted anew for each run). "
        "The file is made by `bench/labs.py`; what every contestant has to do stands in `bench/contestants/task.py`."
    )
    parts = [heading, how, table(found, size_bytes), agreement(found)]
    if any(series.name.startswith("ours") for series in found):
        parts += ["## What ours does beyond that", BEYOND]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def cpu() -> str:
    """The processor's name where the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()
