"""The task of the sizes: 90 MB, 900 MB and 5 GB side by side, time and peak memory."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from contest import WORK, Contestant, measure, turns
from extract import extract, warm
from report import Chosen, Outcome, Series, load_average, loads, machine, spread
from services import NotAvailable, running

# The download over REST is read and counted but not kept: disk for the same bytes a third time is not the question.
PATHS = {
    "grpc": Contestant("grpc, clean + report", "ours_grpc", ("harmonizerd",), ("clean,report",)),
    "rest": Contestant("rest, everything", "ours_rest", ("harmonizerd", "gateway")),
}
# Upload, scratch and artifacts of one run, in bytes for each byte of the file, with some air.
ROOM = 7
MIB = 1 << 20
NOTE = """\
Each size has services of its own. Over gRPC the client writes clean records and report to the disk; over REST the \
gateway keeps the upload and all five artifacts durably, and the download of the clean file is counted, not kept. The \
last column of time is the seconds of a byte against those of the smallest file. The bar of the harmonizer's memory is \
256 MiB and 24 bytes for each record (a 128-bit key and its place in the table that finds duplicates)."""


@dataclass
class Measured:
    """All runs of one size over one path."""

    times: int
    path: str
    rows: int
    size_bytes: int
    series: Series

    @property
    def seconds_a_byte(self) -> float:
        return median(self.series.seconds) / self.size_bytes

    @property
    def bar_bytes(self) -> int:
        """What the harmonizer may hold."""
        return 256 * MIB + 24 * self.rows


def run(chosen: Chosen) -> Outcome:
    """Measure them. Errors: NotAvailable, ContestantFailed."""
    load, disk, found = [load_average()], disk_speed(WORK), list[Measured]()
    for times in chosen.times:
        found += one_size(chosen, times)
    load.append(load_average())
    return Outcome(section(found, chosen.command, disk, load), facts(found))


def one_size(chosen: Chosen, times: int) -> list[Measured]:
    """Measure one size; the larger, the fewer runs. A file past the second size is removed again."""
    rows = chosen.rows * times
    source = extract(WORK, chosen.rows, times)
    size_bytes = warm(source)
    if shutil.disk_usage(WORK).free < ROOM * size_bytes:
        raise NotAvailable(
            f"{ROOM * size_bytes / 1e9:.0f} GB of disk are needed for the file of {size_bytes / 1e9:.1f}"
        )
    place = chosen.times.index(times)
    runs = (chosen.runs, min(chosen.runs, 2))[place] if place < 2 else 1
    print(f"{size_bytes / 1e6:,.0f} MB", flush=True)
    found = {path: Measured(times, path, rows, size_bytes, Series(who.shown)) for path, who in PATHS.items()}
    with running({"harmonizerd", "gateway"}) as services:
        for number in range(runs):
            for path in turns(PATHS, number):
                series, target = found[path].series, Path(os.devnull if path == "rest" else WORK / "size.csv")
                measure(PATHS[path], source, target, services, series)
                print(
                    f"{size_bytes / 1e6:.0f} MB run {number + 1}/{runs} {path}: {series.seconds[-1]:.2f} s", flush=True
                )
    (WORK / "size.csv").unlink(missing_ok=True)
    if place > 1:
        source.unlink()
    return list(found.values())


def facts(found: list[Measured]) -> dict[str, float]:
    """By path and size: rows, bytes, seconds, and the largest peak of each service."""
    told: dict[str, float] = {}
    for one in found:
        name = f"sizes.{one.path}.{one.times}"
        told |= {
            f"{name}.rows": one.rows,
            f"{name}.bytes": one.size_bytes,
            f"{name}.seconds": median(one.series.seconds),
        }
        for process in PATHS[one.path].through:
            told[f"{name}.{process}"] = one.series.peak_bytes(process)
    return told


def disk_speed(folder: Path, size_bytes: int = 512 * MIB) -> float:
    """Bytes a second that reach the disk: what bounds a file that no memory holds."""
    probe, block = folder / "disk-speed", os.urandom(MIB)
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with probe.open("wb", buffering=0) as file:
        for _ in range(size_bytes // MIB):
            file.write(block)
        os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    probe.unlink()
    return size_bytes / seconds


def table(found: list[Measured]) -> str:
    lines = [
        "| MB | rows | path | runs | median s | min s | max s | CPU s | MB/s | a byte | harmonizerd MiB | of "
        "| gateway MiB | client MiB |",
        "|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        base = next(other for other in found if other.path == one.path)
        series, gateway = one.series, ""
        if "gateway" in PATHS[one.path].through:
            gateway = f"{series.peak_bytes('gateway') / MIB:.0f}"
        lines.append(
            f"| {one.size_bytes / 1e6:,.0f} | {one.rows:,} | {series.name} | {len(series.seconds)} | "
            f"{spread(series.seconds)} | {series.cpu_seconds:.1f} | {1e-6 / one.seconds_a_byte:.1f} | "
            f"{one.seconds_a_byte / base.seconds_a_byte:.2f} | {series.peak_bytes('harmonizerd') / MIB:.0f} | "
            f"{one.bar_bytes / MIB:.0f} | {gateway} | {series.peak_bytes('client') / MIB:.0f} |"
        )
    return "\n".join(lines)


def section(found: list[Measured], command: str, disk: float, load: list[str]) -> str:
    """The whole section."""
    parts = [
        f"## {', '.join(f'{one.size_bytes / 1e6:,.0f} MB' for one in found if one.path == 'grpc')} side by side",
        f"`{command}`\n\nOn {machine()}; {loads(load)}; {found[0].series.version}. "
        f"The disk takes {disk / 1e6:.0f} MB/s.",
        NOTE,
        table(found),
    ]
    return "\n\n".join(parts)
