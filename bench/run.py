"""Measure this project, DuckDB, Polars and pandas on the same generated laboratory file, in one run on one machine.

Usage: python bench/run.py [--runs 5] [--rows 1200000] [--only duckdb,polars,pandas]

Writes bench/RESULTS.md when everything was measured at least five times at full size, else out/bench/RESULTS.md. The
file itself goes to out/bench/ and is made once; delete it to make it again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import labs
from report import Series, page
from services import ROOT, NotAvailable, Services, running

CONTESTANTS = {"grpc": "ours_grpc", "rest": "ours_rest"} | {
    name: f"{name}_labs" for name in ("duckdb", "polars", "pandas")
}
WORK = ROOT / "out" / "bench"
ENOUGH_RUNS = 5


class ContestantFailed(Exception):
    """A contestant ended with an error; its own words are on the screen."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=ENOUGH_RUNS, help="runs of each contestant")
    parser.add_argument("--rows", type=int, default=labs.ROWS, help="data rows of the file")
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="contestants, by comma")
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",")
    if unknown := set(chosen.only) - CONTESTANTS.keys():
        parser.error(f"unknown contestants: {', '.join(sorted(unknown))}; there are {', '.join(CONTESTANTS)}")
    if chosen.runs < 1 or chosen.rows < 1:
        parser.error("--runs and --rows start at 1")
    return chosen


def extract(rows: int) -> Path:
    """The generated file; the name carries the generator's fingerprint, so an old one is never taken for new."""
    print_ = hashlib.sha256(Path(labs.__file__).read_bytes()).hexdigest()[:8]
    path = WORK / f"labs-{rows}-{print_}.csv"
    if not path.exists():
        print(f"writing {path.relative_to(ROOT)}", flush=True)
        labs.write(path, rows)
    path.read_bytes()  # Everybody finds the file in the page cache.
    return path


def measure(name: str, source: Path, services: Services, series: Series) -> None:
    """One run in a process of its own, added to the series; rows are counted and compared after the first."""
    target = WORK / f"{name}.csv"
    target.unlink(missing_ok=True)
    script = ROOT / "bench" / "contestants" / f"{CONTESTANTS[name]}.py"
    environment = {**os.environ, "BENCH_ENGINE": services.engine, "BENCH_REST": services.rest}
    ours = name in ("grpc", "rest")
    if ours:
        services.forget_peaks()
    busy = services.cpu_seconds()
    child = subprocess.run(
        [sys.executable, str(script), str(source), str(target)], stdout=subprocess.PIPE, env=environment, check=False
    )
    if child.returncode:
        raise ContestantFailed(name)
    told = json.loads(child.stdout.splitlines()[-1])
    through = [service for service in services.pids if ours and (service != "gateway" or name == "rest")]
    series.version = told["version"]
    series.seconds.append(told["seconds"])
    series.cpu_seconds.append(told["cpu_seconds"] + services.cpu_seconds() - busy if ours else told["cpu_seconds"])
    peaks = services.peaks()
    series.peaks.append({"client" if ours else name: told["peak_bytes"]} | {what: peaks[what] for what in through})
    if len(series.seconds) == 1:
        series.records, digest = fingerprint(target)
        series.digest = "" if ours else digest
    target.unlink()


def fingerprint(path: Path) -> tuple[int, str]:
    """Number of records, and a digest that does not depend on their order."""
    count, total = -1, 0
    with path.open("rb") as file:
        for line in file:
            count += 1
            total += int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "big")
    return count, f"{total % 2**64:016x}"


def load_average() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def main() -> int:
    chosen = arguments()
    found = {name: Series(f"ours, {name}" if name in ("grpc", "rest") else name) for name in chosen.only}
    source = extract(chosen.rows)
    load = [load_average()]
    try:
        with running(set(chosen.only)) as services:
            for number in range(chosen.runs):
                for name, series in found.items():
                    measure(name, source, services, series)
                    print(f"run {number + 1}/{chosen.runs} {name}: {series.seconds[-1]:.2f} s", flush=True)
    except (NotAvailable, ContestantFailed) as error:
        print(f"bench: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    command = " ".join(["python", "bench/run.py", *sys.argv[1:]])
    text = page(list(found.values()), command, chosen.rows, source.stat().st_size, [*load, load_average()])
    complete = set(chosen.only) == set(CONTESTANTS) and chosen.runs >= ENOUGH_RUNS and chosen.rows >= labs.ROWS
    results = ROOT / "bench" / "RESULTS.md" if complete else WORK / "RESULTS.md"
    results.write_text(text, encoding="utf-8")
    print(f"\n{text}\nwritten to {results.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
