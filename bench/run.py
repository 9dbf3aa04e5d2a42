"""Measure this project and others on the same generated files, in one run on one machine.

Tasks: labs (a messy laboratory file cleaned, with DuckDB, Polars, pandas), matching (patients matched, with Splink),
sizes (90 MB to 5 GB), small (many small jobs through REST), bytes (submissions, first progress, cancel).

Usage: python bench/run.py [--task labs] [--runs 5] [--only splink] [--quick]

Each task has its section in out/bench/RESULTS.md, below a table that says which bars are met. A run of everything, at
full size and at least five times, is bench/RESULTS.md afterwards. The files themselves go to out/bench/, made once.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable

import bars
import cleaning
import labs
import matching
import moving
import patients
import results
import sizes
import small
import small_jobs
from contest import LABS, MATCHING, WORK, ContestantFailed
from report import Chosen, Outcome
from services import ROOT, NotAvailable

TASKS: dict[str, Callable[[Chosen], Outcome]] = {
    "labs": cleaning.run,
    "sizes": sizes.run,
    "small": small.run,
    "bytes": moving.run,
    "matching": matching.run,
}
ENOUGH_RUNS = 5
# The large files, in files of 90 MB: 90 MB, 900 MB, 5 GB.
TIMES = (1, 10, 56)
FULL = Chosen("", ENOUGH_RUNS, labs.ROWS, patients.PATIENTS, TIMES, small_jobs.JOBS // 2, frozenset())
QUICK = Chosen("", 1, 20_000, 2_000, (1, 2, 12), 48, frozenset())


def arguments() -> tuple[list[str], Chosen]:
    """The tasks to run, and how."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--task", choices=(*TASKS, "all"), action="append", help="what to measure (default: all)")
    parser.add_argument("--quick", action="store_true", help="small files, one run: whether it works, not how fast")
    parser.add_argument("--runs", type=int, help="runs of each contestant")
    parser.add_argument("--rows", type=int, help="data rows of the laboratory file")
    parser.add_argument("--patients", type=int, help="records of patients to match")
    parser.add_argument("--only", default="", help=f"contestants, by comma: {', '.join(LABS | MATCHING)}")
    told = parser.parse_args()
    only = frozenset(told.only.split(",") if told.only else ())
    if unknown := only - (LABS | MATCHING).keys():
        parser.error(f"unknown contestants: {', '.join(sorted(unknown))}; there are {', '.join(LABS | MATCHING)}")
    if any(number is not None and number < 1 for number in (told.runs, told.rows, told.patients)):
        parser.error("--runs, --rows and --patients start at 1")
    base = QUICK if told.quick else FULL
    tasks = list(TASKS) if not told.task or "all" in told.task else told.task
    command = " ".join(["python", "bench/run.py", *sys.argv[1:]])
    runs, rows = told.runs or base.runs, told.rows or base.rows
    return tasks, Chosen(command, runs, rows, told.patients or base.patients, base.times, base.jobs, only)


def is_full(tasks: list[str], chosen: Chosen) -> bool:
    """Whether everything was measured, at full size, often enough."""
    whole = chosen.rows >= FULL.rows and chosen.patients >= FULL.patients and chosen.times == TIMES
    return whole and set(tasks) == TASKS.keys() and not chosen.only and chosen.runs >= ENOUGH_RUNS


def takes_part(task: str, chosen: Chosen) -> bool:
    """Whether the task has any of the contestants asked for; the last three are of ours alone."""
    contestants = {"labs": LABS, "matching": MATCHING}.get(task, {})
    return not chosen.only or bool(chosen.only & contestants.keys())


def main() -> int:
    """Run the tasks and write the page; the bars come first in it."""
    (tasks, chosen), failed = arguments(), list[str]()
    page, facts, sections = WORK / "RESULTS.md", dict[str, float](), dict[str, str]()
    for task in tasks:
        if not takes_part(task, chosen):
            continue
        print(f"--- {task} ---", flush=True)
        try:
            outcome = TASKS[task](chosen)
        except (NotAvailable, ContestantFailed) as error:
            # The other tasks are measured all the same; the bars of this one stay open.
            print(f"bench: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(task)
            continue
        facts |= outcome.facts
        sections[task] = outcome.section
        print(f"\n{outcome.section}\n", flush=True)
    full = is_full(tasks, chosen) and not failed
    verdicts = bars.section(facts, chosen.command, full)
    page.unlink(missing_ok=True)
    for name, text in {"bars": verdicts, **sections}.items():
        results.put(page, name, text)
    print(verdicts, flush=True)
    if full:
        page = shutil.copy(page, ROOT / "bench" / "RESULTS.md")
    print(f"written to {page.relative_to(ROOT)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
