"""The bars of the project: what is wanted, what this run measured, met or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Facts = dict[str, float]
MIB = 1 << 20


@dataclass(frozen=True)
class Bar:
    """A number that is to be at least, or at most, its goal. A fact that was not measured is a KeyError."""

    what: str
    goal: float
    unit: str
    measured: Callable[[Facts], float]
    at_least: bool = False

    def row(self, facts: Facts) -> str:
        """The bar as a line of the table."""
        wanted = f"{'≥' if self.at_least else '≤'} {number(self.goal)} {self.unit}"
        try:
            value = self.measured(facts)
        except KeyError:
            return f"| {self.what} | {wanted} | not measured | |"
        met = value >= self.goal if self.at_least else value <= self.goal
        return f"| {self.what} | {wanted} | {number(value)} {self.unit} | {'met' if met else '**not met**'} |"


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def faster(what: str, ours: str, other: str, goal: float) -> Bar:
    return Bar(what, goal, "times as fast", lambda facts: facts[f"labs.{other}"] / facts[f"labs.{ours}"], at_least=True)


def at_most(what: str, fact: str, goal: float, unit: str, factor: float = 1) -> Bar:
    return Bar(what, goal, unit, lambda facts: facts[fact] * factor)


LABS = "90 MB labs, gRPC client to clean CSV on disk"
RACES = [("duckdb", "DuckDB", 4), ("polars", "Polars", 4), ("pandas", "pandas", 20)]


def all_bars(facts: Facts) -> list[Bar]:
    """Every bar; those of the sizes follow the sizes that were measured."""
    lean = "the same, asked for clean + report,"
    return [
        *(faster(f"{LABS}, against {shown}", "grpc", other, goal) for other, shown, goal in RACES),
        *(faster(f"{lean} against {shown}", "lean", other, goal) for other, shown, goal in RACES),
        faster("90 MB labs over REST, upload to result downloaded, against DuckDB", "rest", "duckdb", 3),
        *sizes(facts),
        Bar("small jobs through REST", 50, "a second", lambda facts: facts["small.jobs_per_second"], at_least=True),
        at_most("submission of one, 99 of 100, 16 at once", "small.submission_p99_ms", 100, "ms"),
        at_most("first progress event", "bytes.first_progress_s", 250, "ms", 1000),
        at_most("cancel to terminal", "bytes.cancel_s", 1, "s"),
        at_most("submit 100 MB, raw PUT", "bytes.raw_put_s", 2, "s"),
        at_most("submit 100 MB, multipart", "bytes.multipart_s", 2, "s"),
    ]


def sizes(facts: Facts) -> list[Bar]:
    """Memory of each size, and time of the larger against the smallest."""
    measured = sorted({int(name.split(".")[2]) for name in facts if name.startswith("sizes.")})
    if not measured:
        return [at_most("90 MB, 900 MB and 5 GB: memory of both, and a byte", "sizes", 1.15, "times one of 90 MB")]
    memory = [bar for times in measured for bar in memory_bars(facts, times)]
    return memory + [growth(facts, path, measured[0], times) for path in ("grpc", "rest") for times in measured[1:]]


def memory_bars(facts: Facts, times: int) -> list[Bar]:
    """256 MiB and 24 bytes a record for the harmonizer, whichever way the file came; 200 MiB for the gateway."""
    size, bound = shown(facts, times), 256 + 24 * facts[f"sizes.rest.{times}.rows"] / MIB
    peaks = [f"sizes.{path}.{times}.harmonizerd" for path in ("grpc", "rest")]
    return [
        Bar(f"harmonizer's memory, {size}", bound, "MiB", lambda facts: max(facts[peak] for peak in peaks) / MIB),
        at_most(f"gateway's memory, {size}", f"sizes.rest.{times}.gateway", 200, "MiB", 1 / MIB),
    ]


def growth(facts: Facts, path: str, smallest: int, times: int) -> Bar:
    """A byte of a large file may cost 15 % more than one of the smallest."""

    def byte(facts: Facts, times: int) -> float:
        return facts[f"sizes.{path}.{times}.seconds"] / facts[f"sizes.{path}.{times}.bytes"]

    what = f"a byte of {shown(facts, times)} over {path}"
    unit = f"times one of {shown(facts, smallest)}"
    return Bar(what, 1.15, unit, lambda facts: byte(facts, times) / byte(facts, smallest))


def shown(facts: Facts, times: int) -> str:
    return f"{facts[f'sizes.rest.{times}.bytes'] / 1e6:,.0f} MB"


SMALLER = """\
This run was smaller than the bars ask for: the verdicts are about other files, or about one run."""


def section(facts: Facts, command: str, full: bool) -> str:
    """The table of all bars, those that this run measured judged."""
    lines = ["| bar | wanted | measured | |", "|---|---|---|---|", *(bar.row(facts) for bar in all_bars(facts))]
    note = "" if full else f" {SMALLER}"
    return f"## The bars\n\n`{command}`, one run; the sections below say how.{note}\n\n" + "\n".join(lines)
