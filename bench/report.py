"""What is measured of a contestant, and what all results say of the machine."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from quality import Quality


@dataclass
class Series:
    """All runs of one contestant."""

    name: str
    version: str = ""
    seconds: list[float] = field(default_factory=list)
    training: list[float] = field(default_factory=list)  # seconds of each run spent on estimating, where told
    cpu_seconds: list[float] = field(default_factory=list)
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
        cells = [median(self.seconds), min(self.seconds), max(self.seconds), median(self.cpu_seconds)]
        return " | ".join(f"{cell:.2f}" for cell in cells)


def how(command: str, runs: int, load: list[str]) -> str:
    """How it was measured; `load` is the load average before and after."""
    return (
        f"`{command}`\n\n{runs} run{'s' if runs > 1 else ''} of each, in turn, on one machine: {cpu()}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}. "
        "Seconds are wall time inside a process of its own, from after its imports to the last file closed; no service "
        "is restarted between runs. CPU seconds are the median of what all processes of the contestant used; they say "
        f"more than wall time where others use the machine too (load average {load[0]} before, {load[1]} after). "
        "Peak memory is the largest resident size of each process (the services' counted anew for each run)."
    )


def cpu() -> str:
    """The processor's name where the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()
