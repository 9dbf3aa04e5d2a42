"""The shares of CPU time by package, as a table."""

from __future__ import annotations

import re
import sys
from collections import Counter

import small_jobs
import stacks
from report import machine
from services import ROOT

SHOWN = 14
OURS = {path.name for path in (ROOT / "go-harmonizer" / "internal").rglob("*") if path.is_dir()}
GRPC = {"grpc", "transport", "http2", "mem", "proto", "impl", "protowire"}
COLLECTING = tuple(
    f"runtime.{name}" for name in ("gcBgMarkWorker", "gcAssistAlloc", "gcDrain", "bgsweep", "bgscavenge")
)


def section(found: dict[str, Counter[str]], times: int, size_bytes: int, jobs: int) -> str:
    """The largest shares of each profile, side by side."""
    columns = {name: stacks.shares(one, package if "gateway" in name else go_package) for name, one in found.items()}
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for place in range(SHOWN):
        cells = (f"{told[place][0]} {told[place][1]:.0%}" if place < len(told) else "" for told in columns.values())
        lines.append(f"| {' | '.join(cells)} |")
    about = (
        f"`rest`: {times} jobs over a file of {size_bytes / 1e6:.0f} MB, one after the other; `small`: {jobs:,} jobs "
        f"of 20 KB, {small_jobs.AT_ONCE} at once. On {machine()}."
    )
    return "\n".join([about, "", *lines])


def go_package(frame: str) -> str:
    """Our package, gRPC, or the garbage collector."""
    name = frame.partition(".")[0]
    if frame.startswith(COLLECTING):
        return "garbage collection"
    return name if name in OURS else "gRPC" if name in GRPC else ""


def package(frame: str) -> str:
    """Our package or a library, of a frame that ends in (path:line); the standard library is charged to its callers."""
    parts = re.sub(r"\.\w+:\d+\)$", "", frame.rpartition("(")[2]).split("/")
    if frame.startswith("Runner.run (asyncio/"):
        return "event loop"  # uvloop has no frames of its own.
    if parts[0] == "gateway":
        return "/".join(parts[:2])
    return "" if parts[0] in sys.stdlib_module_names or parts[0].startswith("<") else parts[0]
