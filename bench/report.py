"""What is asked for, what is measured of a contestant, and what all results say of the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from quality import Quality


@dataclass(frozen=True)
class Chosen:
    """What the command line asks for."""

    command: str
    runs: int
    rows: int
    patients: int
    times: tuple[int, ...]  # sizes of the large files, in laboratory files
    jobs: int
    only: frozenset[str]  # contestants; none means all

    def takes(self, name: str) -> bool:
        """Whether this contestant is measured."""
        return not self.only or name in self.only

    def tell(self, series: Series, number: int, runs: int = 0) -> None:
        """Say on the screen what the last run of a contestant took."""
        print(f"run {number + 1}/{runs or self.runs} {series.name}: {series.seconds[-1]:.2f} s", flush=True)


@dataclass(frozen=True)
class Outcome:
    """A task's section of the page, and the numbers that the bars are judged by."""

    section: str
    facts: dict[str, float]


@dataclass
class Series:
    """All runs of one contestant."""

    name: str
    version: str = ""
    seconds: list[float] = field(default_factory=list)
    training: list[float] = field(default_factory=list)  # seconds of each run spent on estimating, where told
    cpu: list[dict[str, float]] = field(default_factory=list)  # seconds of each run, by process
    peaks: list[dict[str, int]] = field(default_factory=list)
    records: int = 0
    digest: str = ""
    quality: dict[str, list[Quality]] = field(default_factory=dict)  # by the kind of population

    @property
    def memory(self) -> str:
        """Largest peak of each process over all runs, in MiB."""
        names = sorted({name for peak in self.peaks for name in peak})
        return ", ".join(f"{name} {max(peak[name] for peak in self.peaks) / 2**20:.0f}" for name in names)

    @property
    def times(self) -> str:
        """The cells of median, least and most seconds, and of CPU seconds."""
        return f"{spread(self.seconds)} | {self.cpu_seconds:.2f}"

    @property
    def cpu_seconds(self) -> float:
        """Median of what all processes used together."""
        return median(sum(run.values()) for run in self.cpu)

    @property
    def cpu_split(self) -> str:
        """Median CPU seconds of each process, where there are several."""
        if len(self.cpu[0]) < 2:
            return ""
        return ", ".join(f"{name} {median(run[name] for run in self.cpu):.2f}" for name in sorted(self.cpu[0]))

    def peak_bytes(self, process: str) -> int:
        """The largest peak of a process over all runs."""
        return max(peak[process] for peak in self.peaks)


def how(command: str, runs: int, load: list[str]) -> str:
    """How it was measured; `load` is the load average before and after."""
    return (
        f"`{command}`\n\n{runs} run{'s' if runs > 1 else ''} of each, in turn, another one first each time, on one "
        f"machine: {machine()}. Seconds are wall time inside a process of its own, from after its imports to the last "
        "file closed; no service is restarted between runs, and what a run wrote is on the disk before the next. "
        "CPU seconds are the median of what all processes of the contestant used; they say more than wall time where "
        "others use the machine too "
        f"({loads(load)}). Peak memory is the largest resident size of each process (the services' counted anew for "
        "each run)."
    )


def machine() -> str:
    """The machine and what all of this runs in."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{cpu()}, {os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def loads(load: list[str]) -> str:
    """The load average before and after."""
    return f"load average {load[0]} before, {load[-1]} after"


def load_average() -> str:
    """Of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def spread(values: Sequence[float], places: int = 2) -> str:
    """The cells of median, least and most."""
    return " | ".join(f"{value:.{places}f}" for value in (median(values), min(values), max(values)))


def cpu() -> str:
    """The processor's name where the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()
