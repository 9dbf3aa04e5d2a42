"""What one machine, ten and a hundred can carry: a calculation from what was measured here, with its assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Curves = Mapping[str, Sequence[Mapping[str, float]]]
MIB, GIB, DAY = 1 << 20, 1 << 30, 86_400
COUNTS = (1, 10, 100)


@dataclass(frozen=True)
class Machine:
    """What is assumed of each; the share is how much of its cores may be busy for long."""

    cores: int = 16
    memory_gib: int = 64
    network_bytes_s: float = 1.25e9
    share: float = 0.7
    # One PostgreSQL for all of them; a small job is so many commits, each of which waits for the disk.
    database_commits_s: float = 5_000
    commits_a_job: int = 8


@dataclass(frozen=True)
class Costs:
    """What was measured: CPU seconds, bytes and records."""

    cpu_a_byte: float
    out_a_byte: float
    bytes_a_row: float
    cpu_a_small_job: float
    peak_bytes: float  # of a harmonizer with the largest file


def costs(curves: Curves) -> Costs:
    """From the longest laboratory file, over REST as far as CPU goes, and from small jobs that fill the cores."""
    longest, rest = curves["rows"][-1], curves["rest"][-1]
    filled = max(curves["small"], key=lambda point: point["jobs_per_second"])
    return Costs(
        cpu_a_byte=(rest["harmonizerd_cpu_seconds"] + rest["gateway_cpu_seconds"]) / rest["bytes"],
        out_a_byte=longest["out_bytes"] / longest["bytes"],
        bytes_a_row=longest["bytes"] / longest["records"],
        cpu_a_small_job=(filled["gateway_cpu_ms_per_job"] + filled["harmonizerd_cpu_ms_per_job"]) / 1000,
        peak_bytes=longest["peak_bytes"],
    )


def bytes_a_second(cost: Costs, machine: Machine) -> tuple[float, str]:
    """Input bytes of large files that one machine carries, and what bounds it.

    Gateway, worker and harmonizer stand on it, callers and object store elsewhere. In come the upload, the same bytes
    from the store, and the artifacts on their way to the caller; out go the upload to the store, and the artifacts to
    the store and to the caller.
    """
    by_cores = machine.cores * machine.share / cost.cpu_a_byte
    by_network = machine.network_bytes_s * machine.share / max(2 + cost.out_a_byte, 1 + 2 * cost.out_a_byte)
    return min((by_cores, "cores"), (by_network, "network"))


def small_jobs_a_second(cost: Costs, machine: Machine, machines: int) -> tuple[float, str]:
    """Jobs of 20 KB, and what bounds them."""
    by_cores = machines * machine.cores * machine.share / cost.cpu_a_small_job
    by_database = machine.database_commits_s / machine.commits_a_job
    return min((by_cores, "cores"), (by_database, "the one database"))


def table(curves: Curves, machine: Machine) -> str:
    """Markdown: one machine, ten, a hundred."""
    cost = costs(curves)
    flow, bound = bytes_a_second(cost, machine)
    small = [small_jobs_a_second(cost, machine, count) for count in COUNTS]
    at_once = 0.8 * machine.memory_gib * GIB / cost.peak_bytes
    return "\n".join(
        [
            row("", [f"{count} machine{'s' if count > 1 else ''}" for count in COUNTS]),
            "|---|--:|--:|--:|",
            row("large files, MB a second", [f"{count * flow / 1e6:,.0f}" for count in COUNTS]),
            row("… million rows a day", [f"{count * flow / cost.bytes_a_row * DAY / 1e6:,.0f}" for count in COUNTS]),
            row("… bounded by", [bound] * len(COUNTS)),
            row("… what an object store has to take and to give, each, MB a second", store(cost, flow)),
            row("… of the largest size measured at once, by memory", [f"{count * at_once:,.0f}" for count in COUNTS]),
            row("files of 20 KB, jobs a second", [f"{number:,.0f}" for number, _ in small]),
            row("… bounded by", [by for _, by in small]),
        ]
    )


def store(cost: Costs, flow: float) -> list[str]:
    return [f"{count * flow * (1 + cost.out_a_byte) / 1e6:,.0f}" for count in COUNTS]


def row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def assumptions(curves: Curves, machine: Machine) -> str:
    """What goes into the calculation, measured and assumed."""
    cost = costs(curves)
    return (
        f"Measured: {cost.cpu_a_byte * 1e9:.1f} CPU seconds for a GB of input over REST (gateway and harmonizer), "
        f"{cost.out_a_byte:.1f} bytes of artifacts for each of input, {cost.cpu_a_small_job * 1000:.1f} ms of CPU for "
        f"a small job, {cost.peak_bytes / MIB:,.0f} MiB for the largest file. Assumed of each machine: {machine.cores} "
        f"cores as fast as those measured, of which {machine.share:.0%} may be busy for long; {machine.memory_gib} "
        f"GiB; {machine.network_bytes_s * 8 / 1e9:.0f} Gbit/s each way, as full. Assumed of the rest: work divides "
        "among machines and cores without loss, because jobs share nothing but the database and the store; every "
        f"artifact is fetched once; one PostgreSQL takes {machine.database_commits_s:,.0f} commits a second, and a "
        f"small job is {machine.commits_a_job} of them."
    )
