"""Measure this project and others on the same generated files, in one run on one machine.

Two tasks: a messy laboratory file cleaned (with DuckDB, Polars, pandas), and patients matched (with Splink).

Usage: python bench/run.py [--task labs|matching|all] [--runs 5] [--rows 1200000] [--patients 100000] [--only splink]

Each task has its section in bench/RESULTS.md, which is written when all its contestants were measured at least five
times at full size, else in out/bench/RESULTS.md. The files themselves go to out/bench/ and are made once.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

import labs
import labs_page
import matching_page
import patients
import quality
import results
from contest import LABS, MATCHING, WORK, ContestantFailed, measure, needed
from report import Series
from services import ROOT, NotAvailable, running

ENOUGH_RUNS = 5


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--task", choices=("labs", "matching", "all"), default="all", help="what to measure")
    parser.add_argument("--runs", type=int, default=ENOUGH_RUNS, help="runs of each contestant")
    parser.add_argument("--rows", type=int, default=labs.ROWS, help="data rows of the laboratory file")
    parser.add_argument("--patients", type=int, default=patients.PATIENTS, help="records of patients to match")
    parser.add_argument("--only", default="", help=f"contestants, by comma: {', '.join(LABS | MATCHING)}")
    chosen = parser.parse_args()
    there = (LABS if chosen.task != "matching" else {}) | (MATCHING if chosen.task != "labs" else {})
    chosen.only = chosen.only.split(",") if chosen.only else list(there)
    if unknown := set(chosen.only) - there.keys():
        parser.error(f"unknown contestants: {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    if min(chosen.runs, chosen.rows, chosen.patients) < 1:
        parser.error("--runs, --rows and --patients start at 1")
    return chosen


def clean(chosen: argparse.Namespace) -> str:
    """Measure the cleaning of the laboratory file and return its section of the results."""
    part = {name: who for name, who in LABS.items() if name in chosen.only}
    found = {name: Series(who.shown) for name, who in part.items()}
    source, load = extract(chosen.rows), [load_average()]
    with running(needed(list(part.values()))) as services:
        for number in range(chosen.runs):
            for name, series in found.items():
                target = WORK / f"{name}.csv"
                measure(part[name], source, target, services, series)
                tell(series, number, chosen.runs)
                if number == 0:
                    series.records, digest = fingerprint(target)
                    series.digest = "" if part[name].through else digest
                target.unlink()
    size_bytes = source.stat().st_size
    return labs_page.section(list(found.values()), command(), chosen.rows, size_bytes, [*load, load_average()])


def match(chosen: argparse.Namespace) -> str:
    """Measure the matching of patients and return its section of the results.

    Quality is judged in each run, and once more on a population in which nothing is made hard; that run is not timed.
    """
    part = {name: who for name, who in MATCHING.items() if name in chosen.only}
    found = {name: Series(who.shown) for name, who in part.items()}
    files = {kind: patients.write(WORK, chosen.patients, kind) for kind in ("mixed", "plain")}
    persons = {kind: patients.persons(truth) for kind, (_, truth) in files.items()}
    load = [load_average()]
    with running(needed(list(part.values()))) as services:
        for number in range(chosen.runs + 1):
            kind = "mixed" if number < chosen.runs else "plain"
            for name, series in found.items():
                target = WORK / f"{name}.{'ndjson' if part[name].through else 'csv'}"
                into = series if kind == "mixed" else Series(series.name)
                measure(part[name], files[kind][0], target, services, into)
                tell(into, number, chosen.runs)
                series.quality.setdefault(kind, []).append(quality.score(target, persons[kind]))
                target.unlink()
    size_bytes = files["mixed"][0].stat().st_size
    return matching_page.section(list(found.values()), command(), chosen.patients, size_bytes, [*load, load_average()])


def extract(rows: int) -> Path:
    """The generated file; the name carries the generator's fingerprint, so an old one is never taken for new."""
    print_ = hashlib.sha256(Path(labs.__file__).read_bytes()).hexdigest()[:8]
    path = WORK / f"labs-{rows}-{print_}.csv"
    if not path.exists():
        print(f"writing {path.relative_to(ROOT)}", flush=True)
        labs.write(path, rows)
    path.read_bytes()  # Everybody finds the file in the page cache.
    return path


def fingerprint(path: Path) -> tuple[int, str]:
    """Number of records, and a digest that does not depend on their order."""
    count, total = -1, 0
    with path.open("rb") as file:
        for line in file:
            count += 1
            total += int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "big")
    return count, f"{total % 2**64:016x}"


def tell(series: Series, number: int, runs: int) -> None:
    which = f"run {number + 1}/{runs}" if number < runs else "plain population"
    print(f"{which} {series.name}: {series.seconds[-1]:.2f} s", flush=True)


def load_average() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def command() -> str:
    return " ".join(["python", "bench/run.py", *sys.argv[1:]])


def is_full(task: str, chosen: argparse.Namespace) -> bool:
    """Whether all contestants of the task were measured often enough at full size."""
    if task == "labs":
        everybody, whole = LABS.keys(), chosen.rows >= labs.ROWS
    else:
        everybody, whole = MATCHING.keys(), chosen.patients >= patients.PATIENTS
    return whole and everybody <= set(chosen.only) and chosen.runs >= ENOUGH_RUNS


def main() -> int:
    chosen = arguments()
    for task, contestants, work in (("labs", LABS, clean), ("matching", MATCHING, match)):
        if not contestants.keys() & set(chosen.only):
            continue
        try:
            text = work(chosen)
        except (NotAvailable, ContestantFailed) as error:
            print(f"bench: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
        page = (ROOT / "bench" if is_full(task, chosen) else WORK) / "RESULTS.md"
        results.put(page, task, text)
        print(f"\n{text}\nwritten to {page.relative_to(ROOT)}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
