"""The task of many small jobs through REST, measured by small_jobs.py: the section that tells it."""

from __future__ import annotations

from statistics import median

import small_jobs
from report import Chosen, Outcome, load_average, loads, machine, spread
from services import NotAvailable, Services, running

MIB = 1 << 20
PARTS = ("gateway", "harmonizerd")
SHOWN = {
    "jobs_per_second": "jobs a second",
    "submission_p50_ms": "submission, median, ms",
    "submission_p99_ms": "submission, 99 of 100, ms",
    "job_p50_ms": "job to the last byte of its result, median, ms",
    "job_p99_ms": "job to the last byte of its result, 99 of 100, ms",
    "gateway_cpu_ms_per_job": "CPU of the gateway, ms a job",
    "harmonizerd_cpu_ms_per_job": "CPU of harmonizerd, ms a job",
    "client_cpu_ms_per_job": "CPU of the load generator, ms a job",
}


def run(chosen: Chosen) -> Outcome:
    """Measure it. Errors: NotAvailable."""
    load, found = [load_average()], list[dict[str, float]]()
    with running(set(PARTS)) as services:
        services.forget_peaks(PARTS)
        for number in range(chosen.runs):
            found.append(once(services, chosen.jobs))
            print(f"run {number + 1}/{chosen.runs} small jobs: {found[-1]['jobs_per_second']:.1f} a second", flush=True)
        peaks = services.peaks(PARTS)
    load.append(load_average())
    return Outcome(section(found, peaks, chosen.command, load), facts(found))


def once(services: Services, jobs: int) -> dict[str, float]:
    """One run. Errors: NotAvailable where a job did not do what it should."""
    try:
        return small_jobs.measure(services, jobs)
    except ExceptionGroup as refused:
        raise NotAvailable(f"small jobs: {refused.exceptions[0]!r}") from refused


def facts(found: list[dict[str, float]]) -> dict[str, float]:
    """Medians of the runs."""
    return {f"small.{key}": median(run[key] for run in found) for key in SHOWN}


def section(found: list[dict[str, float]], peaks: dict[str, int], command: str, load: list[str]) -> str:
    """The whole section."""
    first = found[0]
    lines = ["| what | median | min | max |", "|---|--:|--:|--:|"]
    lines += [f"| {shown} | {spread([run[key] for run in found], 1)} |" for key, shown in SHOWN.items()]
    memory = ", ".join(f"{name} {peak / MIB:.0f} MiB" for name, peak in peaks.items())
    return "\n\n".join(
        [
            f"## {first['jobs']:,.0f} small jobs through REST, {first['at_once']:.0f} at once",
            f"`{command}`\n\n{len(found)} runs on {machine()}, the load generator on the same cores; {loads(load)}. "
            f"Each job is a laboratory file of {first['file_bytes'] / 1000:.0f} KB of its own in a multipart form, "
            "watched over its event stream to its end, and its result read. Jobs in SQLite, files and rows durable "
            f"before each answer. Peak memory over all runs: {memory}.",
            "\n".join(lines),
        ]
    )
