"""The task of large files at the gateway, measured by bytes.py: the section that tells it."""

from __future__ import annotations

from http.client import HTTPException
from statistics import median

import labs
from bytes import IN_FLIGHT, SUBMITTED, Refused, ask, cancel_s, first_progress_s, laboratory, put, submit_100mb
from report import Chosen, Outcome, load_average, loads, machine, spread
from services import NotAvailable, Services, running

MIB = 1 << 20
PARTS = ("gateway", "harmonizerd")
SHOWN = {
    "raw_put_s": "submit 100 MB: raw PUT, then a job over it, s",
    "multipart_s": "submit 100 MB: file and job in one form, s",
    "raw_put_cpu_s": "CPU of the gateway for the PUT, s",
    "multipart_cpu_s": "CPU of the gateway for the form, s",
    "first_progress_s": "from asking for a job to its first progress event, s",
    "cancel_s": "from the wish to cancel to the end of the job, s",
}


def run(chosen: Chosen) -> Outcome:
    """Measure it. Errors: NotAvailable."""
    size = IN_FLIGHT if chosen.rows >= labs.ROWS else 2 * SUBMITTED
    load = [load_average()]
    with running(set(PARTS)) as services:
        services.forget_peaks(PARTS)
        try:
            found = measured(services, chosen.runs, size)
        except (TimeoutError, Refused, HTTPException, ConnectionError) as error:
            raise NotAvailable(f"large files: {error}") from error
        peaks = services.peaks(PARTS)
    load.append(load_average())
    facts = {f"bytes.{name}": median(values) for name, values in found.items()}
    return Outcome(section(found, peaks, size, chosen.command, load), facts)


def measured(services: Services, runs: int, size: int) -> dict[str, list[float]]:
    """Every run of each; one upload of this size is the file of all jobs that are watched or cancelled."""
    submissions = [submit_100mb(services) for _ in range(runs)]
    found = {name: [run[name] for run in submissions] for name in submissions[0]}
    upload = put(services.rest, laboratory(size), size)
    found["first_progress_s"] = [first_progress_s(services, upload) for _ in range(runs)]
    found["cancel_s"] = [cancel_s(services, upload, size) for _ in range(runs)]
    ask(services.rest, "DELETE", f"/api/v1/uploads/{upload}", 204)
    return found


def section(found: dict[str, list[float]], peaks: dict[str, int], size: int, command: str, load: list[str]) -> str:
    """The whole section."""
    lines = ["| what | median | min | max |", "|---|--:|--:|--:|"]
    lines += [f"| {shown} | {spread(found[name], 3)} |" for name, shown in SHOWN.items()]
    memory = ", ".join(f"{name} {peak / MIB:.0f} MiB" for name, peak in peaks.items())
    return "\n\n".join(
        [
            "## Large files at the gateway",
            f"`{command}`\n\n{len(found['cancel_s'])} runs of each on {machine()}, the client on the same cores; "
            f"{loads(load)}. A submission is answered when bytes and row are on the disk. Progress and cancelling are "
            f"of jobs over {size / 1e9:g} GB that were uploaded before; a tenth of it or more is with the harmonizer "
            f"when the job is cancelled. Peak memory over all of it: {memory}.",
            "\n".join(lines),
        ]
    )
