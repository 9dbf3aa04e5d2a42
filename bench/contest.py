"""Who takes part in which task, and one run of one of them in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from report import Series
from services import ROOT, Services

WORK = ROOT / "out" / "bench"
Name = TypeVar("Name")


class ContestantFailed(Exception):
    """A contestant ended with an error; its own words are on the screen."""


@dataclass(frozen=True)
class Contestant:
    """A script of bench/contestants, the services it goes through, and what it is told beyond input and output."""

    shown: str
    script: str
    through: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


LABS = {
    "grpc": Contestant("ours, grpc", "ours_grpc", ("harmonizerd",)),
    "lean": Contestant("ours, grpc, clean + report", "ours_grpc", ("harmonizerd",), ("clean,report",)),
    "rest": Contestant("ours, rest", "ours_rest", ("harmonizerd", "gateway")),
    "duckdb": Contestant("duckdb", "duckdb_labs"),
    "polars": Contestant("polars", "polars_labs"),
    "pandas": Contestant("pandas", "pandas_labs"),
}
MATCHING = {
    "auto": Contestant("ours, auto", "ours_match", ("harmonizerd",), ("auto",)),
    "fixed": Contestant("ours, fixed", "ours_match", ("harmonizerd",), ("fixed",)),
    "splink": Contestant("splink", "splink_match"),
}


def needed(contestants: Iterable[Contestant]) -> set[str]:
    """The services that they go through."""
    return {service for contestant in contestants for service in contestant.through}


def turns(names: Iterable[Name], number: int) -> list[Name]:
    """The order of this run: each run another one begins, so that nobody always has the machine fresh or worn."""
    order = list(names)
    first = number % len(order)
    return order[first:] + order[:first]


def measure(contestant: Contestant, source: Path, target: Path, services: Services, series: Series) -> None:
    """One run, added to the series; the target is what the contestant wrote. Errors: ContestantFailed."""
    if target.is_file():  # A device, as for those who count without keeping, is left alone.
        target.unlink()
    environment = {**os.environ, "BENCH_ENGINE": services.engine, "BENCH_REST": services.rest}
    through = contestant.through
    os.sync()  # Nobody pays for what the one before left to be written.
    services.forget_peaks(through)
    busy = {name: services.cpu_seconds([name]) for name in through}
    script = ROOT / "bench" / "contestants" / f"{contestant.script}.py"
    command = [sys.executable, str(script), str(source), str(target), *contestant.more]
    child = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False)
    if child.returncode:
        raise ContestantFailed(contestant.shown)
    told = json.loads(child.stdout.splitlines()[-1])
    own = "client" if through else contestant.script.partition("_")[0]
    used = {name: services.cpu_seconds([name]) - busy[name] for name in through}
    series.version = told["version"]
    series.seconds.append(told["seconds"])
    series.training.append(told.get("training_seconds", 0.0))
    series.cpu.append({own: told["cpu_seconds"]} | used)
    series.peaks.append({own: told["peak_bytes"]} | services.peaks(through))
