"""Measure what grows with what, one thing at a time, and keep it in bench/curves.json for plots.py.

Usage: python bench/scale.py [--quick] [--curve rows]

Each point has a harmonizer of its own, so that no point begins with the memory of another. The file goes to it over
gRPC from this process, which takes all artifacts and writes them to the disk. A point that takes less than three
seconds is the median of three.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from statistics import median

import labs
import shapes
import small_jobs
from contest import LABS, WORK, measure
from extract import extract, warm
from harmonizer_client import Client
from report import Series, load_average, machine
from services import ROOT, NotAvailable, Services, running

CURVES = ROOT / "bench" / "curves.json"
# Rows, and how often so many: the files of the bench are used again.
SIZES = [(rows, 1) for rows in (10_000, 30_000, 120_000, 400_000, labs.ROWS)] + [(labs.ROWS, 3), (labs.ROWS, 10)]
SHORT_SECONDS, TRIES = 3.0, 3
Point = dict[str, float]


class Scale:
    """How large the points are: at full size, or small enough to see whether it all works."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick

    def of(self, full: int) -> int:
        """A number of rows, jobs or cells; a quick run takes a hundredth."""
        return max(1, full // 100) if self.quick else full

    # --- The curves: each yields its points. ---

    def rows(self) -> Iterator[Point]:
        """Laboratory files, 10,000 rows to 12 million."""
        for rows, times in SIZES:
            source = extract(WORK, self.of(rows), times)
            yield {"x": self.of(rows) * times} | through_grpc(source)

    def columns(self) -> Iterator[Point]:
        """The same number of cells, 8 million, in 8 columns to 2,000."""
        for columns in (8, 20, 50, 200, 500, 2_000):
            rows = self.of(8_000_000) // columns
            yield {"x": columns, "rows": rows} | of_shape(shapes.wide, columns, rows)

    def distinct(self) -> Iterator[Point]:
        """Ten million rows with 10 different moments to as many as rows."""
        rows = self.of(10_000_000)
        for values in (10, 1_000, 100_000, 1_000_000, 3_000_000, 10_000_000):
            yield {"x": min(values, rows), "rows": rows} | of_shape(shapes.distinct, values, rows)

    def issues(self) -> Iterator[Point]:
        """A million rows with nothing to say about them, to eight issues each."""
        rows = self.of(1_000_000)
        for changes in range(len(shapes.CHANGES) + 1):
            point = of_shape(shapes.issues, changes, rows)
            yield {"x": point["issues"] / rows, "rows": rows} | point

    def workers(self) -> Iterator[Point]:
        """The laboratory file with one worker, two and four, on as many cores as there are."""
        source = extract(WORK, self.of(labs.ROWS))
        for workers in (1, 2, 4):
            settings = {"HARMONIZERD_WORKERS": str(workers), "GOMAXPROCS": str(workers)}
            yield {"x": workers} | through_grpc(source, settings)

    def large(self) -> Iterator[Point]:
        """So many laboratory files at once, from as many clients."""
        source = extract(WORK, self.of(labs.ROWS))
        for at_once in (1, 2, 5):
            yield {"x": at_once} | together(source, at_once)

    def small(self) -> Iterator[Point]:
        """Small jobs through REST, so many at once."""
        for at_once in (1, 5, 20, 100):
            with running({"harmonizerd", "gateway"}) as services:
                parts = ("harmonizerd", "gateway")
                services.forget_peaks(parts)
                found = small_jobs.measure(services, max(self.of(1_000), 2 * at_once), at_once)
                yield {"x": at_once} | found | {f"{part}_bytes": peak for part, peak in services.peaks(parts).items()}

    def rest(self) -> Iterator[Point]:
        """The laboratory file through REST, and what each process takes for it."""
        for times in (1, 3):
            yield {"x": self.of(labs.ROWS) * times} | through_rest(extract(WORK, self.of(labs.ROWS), times))

    def tiny(self) -> Iterator[Point]:
        """A million rows of one column of one to three bytes."""
        rows = self.of(1_000_000)
        yield {"x": rows} | of_shape(shapes.tiny, rows)


NAMES = ("rows", "columns", "distinct", "issues", "workers", "large", "small", "rest", "tiny")


def of_shape(make: Callable[..., None], *how: int) -> Point:
    """A file that is there for one point only."""
    with tempfile.TemporaryDirectory(prefix="shape-", dir=WORK) as directory:
        source = Path(directory) / "labs.csv"
        make(source, *how)
        return through_grpc(source)


def through_grpc(source: Path, settings: dict[str, str] | None = None) -> Point:
    """Seconds, CPU seconds and memory of one file, with a harmonizer of its own."""
    size_bytes, tries = warm(source), list[Point]()
    while not tries or (len(tries) < TRIES and tries[0]["seconds"] < SHORT_SECONDS):
        with running({"harmonizerd"}, settings) as services, Client(services.engine) as client:
            client.harmonize(few_rows(), records=False, file_name="labs.csv").wait()
            tries.append(once(client, services, source))
    middle = sorted(tries, key=lambda point: point["seconds"])[len(tries) // 2]
    return middle | {"bytes": size_bytes, "tries": len(tries)}


def few_rows() -> bytes:
    """A few rows, so that tables which are made at the first use are there."""
    return (labs.HEADER + "".join(labs.lines(50))).encode()


def once(client: Client, services: Services, source: Path) -> Point:
    """One run over the file."""
    parts = ("harmonizerd",)
    services.forget_peaks(parts)
    start, own, busy = time.perf_counter(), time.process_time(), services.cpu_seconds(parts)
    with tempfile.TemporaryDirectory(prefix="run-", dir=WORK) as directory:
        run = client.harmonize(source, records=False, out_dir=Path(directory) / "out")
        summary = run.wait()
        seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "cpu_seconds": services.cpu_seconds(parts) - busy,
        "client_cpu_seconds": time.process_time() - own,
        "peak_bytes": services.peaks(parts)["harmonizerd"],
        "records": summary.accounting.read,
        "issues": summary.errors + summary.warnings + summary.informations,
        "out_bytes": sum(artifact.size_bytes for artifact in summary.artifacts),
    }


def through_rest(source: Path) -> Point:
    """One job: upload, events, download."""
    size_bytes, series = warm(source), Series("rest")
    with running({"harmonizerd", "gateway"}) as services:
        measure(LABS["rest"], source, WORK / "rest.csv", services, series)
    (WORK / "rest.csv").unlink()
    used = {f"{process}_cpu_seconds": seconds for process, seconds in series.cpu[0].items()}
    peaks = {f"{process}_bytes": peak for process, peak in series.peaks[0].items()}
    return {"seconds": series.seconds[0], "bytes": size_bytes} | used | peaks


def together(source: Path, at_once: int) -> Point:
    """Clients of their own, all at the same moment: seconds until the last has ended, and of each."""
    warm(source)
    with running({"harmonizerd"}) as services, ThreadPoolExecutor(at_once) as callers:
        found = [Series(str(number)) for number in range(at_once)]
        start, busy = time.perf_counter(), services.cpu_seconds(["harmonizerd"])
        targets = [WORK / f"together-{number}.csv" for number in range(at_once)]
        pairs = zip(targets, found, strict=True)
        for call in [callers.submit(measure, LABS["grpc"], source, path, services, one) for path, one in pairs]:
            call.result()
        seconds = time.perf_counter() - start
        peak = services.peaks(["harmonizerd"])["harmonizerd"]
        busy = services.cpu_seconds(["harmonizerd"]) - busy
    for target in targets:
        target.unlink()
    each = [one.seconds[0] for one in found]
    return {
        "seconds": seconds,
        "cpu_seconds": busy,
        "peak_bytes": peak,
        "first_seconds": min(each),
        "last_seconds": max(each),
        "middle_seconds": median(each),
        "bytes": source.stat().st_size * at_once,
    }


def kept(quick: bool) -> dict[str, object]:
    """What an earlier run of the same size left, so that one curve can be measured again."""
    if CURVES.exists() and (old := json.loads(CURVES.read_text("utf-8")))["quick"] == quick:
        return dict(old["curves"])
    return {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the size: whether it works, not how fast")
    parser.add_argument("--curve", choices=NAMES, action="append", help="what to measure (default: all)")
    chosen = parser.parse_args()
    scale, curves, load = Scale(chosen.quick), kept(chosen.quick), load_average()
    for name in chosen.curve or NAMES:
        curves[name] = list(shown(name, getattr(scale, name)()))
        keep(curves, chosen.quick, [load, load_average()])  # Each at once: the next may fail.
    print(f"written to {CURVES.relative_to(ROOT)}")
    return 0


def keep(curves: dict[str, object], quick: bool, load: list[str]) -> None:
    """Write what there is so far; `load` is the load average before and after."""
    told = {
        "quick": quick,
        "machine": machine(),
        "cores": os.cpu_count(),
        "day": date.today().isoformat(),
        "load": load,
        "curves": curves,
    }
    CURVES.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def shown(name: str, points: Iterable[Point]) -> Iterator[Point]:
    for point in points:
        print(f"{name} {point['x']:,.6g}: {point['seconds']:.2f} s", flush=True)
        yield {key: round(value, 6) for key, value in point.items()}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotAvailable as error:
        sys.exit(f"scale: {error}")
