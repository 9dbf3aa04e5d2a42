"""What a page shows of bench/curves.json: which quantities of which curve, as tables and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import capacity

MIB, MB = 1 << 20, 1e6
Point = Mapping[str, float]


@dataclass(frozen=True)
class Quantity:
    """A column of a table, and a line of a plot where it has a side: left or right."""

    label: str
    value: Callable[[Point], float]
    places: int = 1
    side: str = ""


def key(name: str, label: str, divisor: float = 1, places: int = 1, side: str = "") -> Quantity:
    """A quantity that a point has as it is."""
    return Quantity(label, lambda point: point[name] / divisor, places, side)


SECONDS = key("seconds", "seconds", places=2, side="left")
CPU = Quantity("CPU seconds", lambda point: point["cpu_seconds"] + point.get("client_cpu_seconds", 0), 2, "left")
PEAK = key("peak_bytes", "peak memory, MiB", MIB, 0, "right")
SPEED = Quantity("MB a second", lambda point: point["bytes"] / point["seconds"] / MB)
SIZE = key("bytes", "MB", MB)
OUT = key("out_bytes", "MB of artifacts", MB)
BAR = Quantity("256 MiB + 24 B a record", lambda point: 256 + 24 * point["records"] / MIB, 0, "right")


@dataclass(frozen=True)
class Curve:
    """What a curve is over, and what of its points is shown; `log` is the scale of x."""

    over: str
    quantities: Sequence[Quantity]
    log: bool = False
    left: str = "seconds"
    right: str = "MiB"


JOBS_S = key("jobs_per_second", "jobs a second", side="left")
SUBMISSION = key("submission_p99_ms", "submission, 99 of 100, ms", places=0, side="right")
SHOWN = {
    "rows": Curve("rows", [SIZE, SECONDS, CPU, SPEED, PEAK, BAR]),
    "columns": Curve("columns", [key("rows", "rows", places=0), SIZE, SECONDS, CPU, PEAK], log=True),
    "distinct": Curve("different moments", [SIZE, SECONDS, CPU, PEAK], log=True),
    "issues": Curve("issues a row", [SIZE, OUT, SECONDS, CPU, PEAK]),
    "workers": Curve("workers", [SECONDS, CPU, SPEED, PEAK]),
    "large": Curve(
        "files of 90 MB at once",
        [SECONDS, key("first_seconds", "first, s"), key("last_seconds", "last, s"), CPU, SPEED, PEAK],
    ),
    "small": Curve(
        "small jobs at once",
        [
            JOBS_S,
            key("submission_p50_ms", "submission, median, ms"),
            SUBMISSION,
            key("job_p50_ms", "job, median, ms", places=0),
            key("gateway_cpu_ms_per_job", "gateway CPU, ms a job"),
            key("harmonizerd_cpu_ms_per_job", "harmonizerd CPU, ms a job"),
            key("gateway_bytes", "gateway MiB", MIB, 0),
            key("harmonizerd_bytes", "harmonizerd MiB", MIB, 0),
        ],
        log=True,
        left="jobs a second",
        right="ms",
    ),
    "rest": Curve(
        "rows",
        [
            SIZE,
            key("seconds", "seconds", places=2),
            key("client_cpu_seconds", "client CPU s"),
            key("gateway_cpu_seconds", "gateway CPU s"),
            key("harmonizerd_cpu_seconds", "harmonizerd CPU s"),
            key("gateway_bytes", "gateway MiB", MIB, 0),
            key("harmonizerd_bytes", "harmonizerd MiB", MIB, 0),
        ],
    ),
    "tiny": Curve(
        "rows", [SIZE, key("seconds", "seconds", places=2), CPU, key("peak_bytes", "peak memory, MiB", MIB, 0)]
    ),
}


def table(curve: Curve, points: Sequence[Point]) -> str:
    """Markdown."""
    lines = [f"| {' | '.join([curve.over, *(one.label for one in curve.quantities)])} |"]
    lines.append("|" + "--:|" * (1 + len(curve.quantities)))
    for point in points:
        cells = [f"{round(point['x'], 1):,g}" if point["x"] < 1e6 else f"{point['x']:,.0f}"]
        cells += [f"{one.value(point):,.{one.places}f}" for one in curve.quantities]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def how(told: Mapping[str, object], load: Sequence[str]) -> str:
    """Where and when it was measured."""
    quick = "**A quick run at a hundredth of the size: it shows that the measuring works, nothing else.** "
    return (
        f"{quick if told['quick'] else ''}Measured by `make scale` on {told['machine']}, {told['day']}; load average "
        f"{load[0]} before, {load[1]} after."
    )


def blocks(told: dict) -> dict[str, str]:
    """The text of each pair of marks in the page."""
    curves, machine = told["curves"], capacity.Machine()
    text = {"machine": how(told, told["load"])}
    text |= {name: table(curve, curves[name]) for name, curve in SHOWN.items()}
    text["capacity"] = f"{capacity.table(curves, machine)}\n\n{capacity.assumptions(curves, machine)}"
    return text
