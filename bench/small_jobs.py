"""Many small jobs through REST: each is submitted, watched to its end, and its result read; so many at once.

Usage: python bench/small_jobs.py [--jobs 1000] [--at-once 16]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import uvloop

import labs
from services import Services, running

FILE_BYTES = 20_000
JOBS, AT_ONCE = 1000, 16
# Connections are made, caches filled and code paths met before anything is counted.
WARM_UP = 64
BOUNDARY = "small-jobs"
PARTS = ("harmonizerd", "gateway")


class Refused(Exception):
    """The gateway answered with another status than the contract says, or a job did not complete."""


@dataclass
class Times:
    """Seconds of each submission, and of each job from submission to the last byte of its result."""

    submissions: list[float] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)


class Caller:
    """One who has one job at a time. HTTP/1.1 by hand: the generator shares the machine with what it measures."""

    def __init__(self, rest: str) -> None:
        self._host, self._port = urlsplit(rest).hostname or "", urlsplit(rest).port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def job(self, file: bytes, times: Times) -> None:
        """Submits the file, waits for the end, reads the result. Errors: Refused."""
        began = time.perf_counter()
        made = json.loads(await self._ask(f"POST /api/v1/jobs HTTP/1.1\r\n{_form_headers(file)}", file, 201))
        times.submissions.append(time.perf_counter() - began)
        await self._watched(f"/api/v1/jobs/{made['id']}")
        await self._ask(f"GET /api/v1/jobs/{made['id']}/result HTTP/1.1\r\n", b"", 200)
        times.jobs.append(time.perf_counter() - began)

    async def _watched(self, job: str) -> None:
        """The event stream has a connection of its own, which ends with it."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        writer.write(f"GET {job}/events HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        told = await reader.read(-1)
        writer.close()
        if b"\nevent: completed\n" not in told:
            raise Refused("a job did not complete")

    async def _ask(self, head: str, body: bytes, status: int) -> bytes:
        """The answer's body, over the one connection that is kept."""
        kept = self._streams is not None
        try:
            return await self._exchanged(head, body, status)
        except (ConnectionError, asyncio.IncompleteReadError):
            if not kept:  # One that idles is closed after a while, maybe just when it is used again.
                raise
            self.close()
            return await self._exchanged(head, body, status)

    async def _exchanged(self, head: str, body: bytes, status: int) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=1 << 20)
        reader, writer = self._streams
        writer.write(f"{head}Host: {self._host}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = answer.partition("\r\ncontent-length: ")[2].partition("\r\n")[0]
        answered = await reader.readexactly(int(length))
        if answer.split(" ", 2)[1] != str(status):
            raise Refused(f"{head.split(' ', 1)[0]}: {answer.split(' ', 2)[1]} {answered[:500].decode()}")
        return answered

    def close(self) -> None:
        """Ends the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _form_headers(form: bytes) -> str:
    return f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(form)}\r\n"


def forms(count: int) -> Iterator[bytes]:
    """So many multipart bodies, each with another piece of a laboratory file of about FILE_BYTES, header included."""
    rows, part = labs.lines(count * (FILE_BYTES // 70)), list[str]()
    for _ in range(count):
        part, size = [labs.HEADER], len(labs.HEADER)
        while size < FILE_BYTES and (row := next(rows, "")):
            part.append(row)
            size += len(row)
        yield _form("".join(part))


def _form(file: str) -> bytes:
    begin = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'
    text = f'{begin}operation"\r\n\r\nharmonize\r\n{begin}file"; filename="labs.csv"\r\n\r\n{file}\r\n'
    return f"{text}--{BOUNDARY}--\r\n".encode("ascii")


async def load(rest: str, bodies: list[bytes], at_once: int) -> Times:
    """Every body a job, so many at once. Errors: Refused."""
    left, times = iter(bodies), Times()

    async def call() -> None:
        caller = Caller(rest)
        try:
            for body in left:
                await caller.job(body, times)
        finally:
            caller.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(call())
    return times


def measure(services: Services, jobs: int = JOBS, at_once: int = AT_ONCE) -> dict[str, float]:
    """Runs the jobs against services that run already; needs both. Errors: Refused, in an ExceptionGroup."""
    bodies = list(forms(WARM_UP + jobs))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(load(services.rest, bodies[:WARM_UP], at_once))
        busy, own = {part: services.cpu_seconds([part]) for part in PARTS}, time.process_time()
        began = time.perf_counter()
        times = runner.run(load(services.rest, bodies[WARM_UP:], at_once))
        seconds = time.perf_counter() - began
    busy = {part: services.cpu_seconds([part]) - before for part, before in busy.items()}
    return {
        "jobs": jobs,
        "at_once": at_once,
        "file_bytes": sum(map(len, bodies)) // len(bodies),
        "seconds": seconds,
        "jobs_per_second": jobs / seconds,
        "submission_p50_ms": quantile(times.submissions, 0.5) * 1000,
        "submission_p99_ms": quantile(times.submissions, 0.99) * 1000,
        "job_p50_ms": quantile(times.jobs, 0.5) * 1000,
        "job_p99_ms": quantile(times.jobs, 0.99) * 1000,
        "gateway_cpu_ms_per_job": busy["gateway"] / jobs * 1000,
        "harmonizerd_cpu_ms_per_job": busy["harmonizerd"] / jobs * 1000,
        "client_cpu_ms_per_job": (time.process_time() - own) / jobs * 1000,
    }


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    return sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]


def main() -> None:
    """Measures what the command line says, on services of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=JOBS, help="jobs that count (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="jobs under way (default: %(default)s)")
    chosen = parser.parse_args()
    if min(chosen.jobs, chosen.at_once) < 1:
        parser.error("--jobs and --at-once start at 1")
    with running({"harmonizerd", "gateway"}) as services:
        print(json.dumps(measure(services, chosen.jobs, chosen.at_once), indent=2))


if __name__ == "__main__":
    main()
