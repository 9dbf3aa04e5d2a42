"""Large files at the gateway: how long a submission takes, a first sign of progress, and the end of a cancelled job.

Usage: python bench/bytes.py [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import string
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from itertools import chain
from statistics import median
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import labs
from extract import PATIENT, blocks, extract
from services import ROOT, Services, running

WORK = ROOT / "out" / "bench"
SUBMITTED, IN_FLIGHT = 100_000_000, 1_000_000_000
BLOCK = 1 << 20
RUNS = 5
BOUNDARY = b"------------------------bytes"
LETTERS = string.ascii_uppercase.encode()
NO_HEADERS: Mapping[str, str] = {}
WAIT_SECONDS, LOOK_SECONDS = 60.0, 0.005
ENDED = ("completed", "failed", "cancelled")

Found = dict[str, Any]


class Refused(Exception):
    """The gateway answered with another status than the contract says, or a job went another way."""


def measure(services: Services, runs: int = RUNS) -> dict[str, float]:
    """Medians in seconds, against services that run already; needs both. Errors: Refused."""
    submissions = [submit_100mb(services) for _ in range(runs)]
    facts = {name: median(found[name] for found in submissions) for name in submissions[0]}
    upload = put(services.rest, laboratory(IN_FLIGHT), IN_FLIGHT)
    try:
        facts["first_progress_s"] = median(first_progress_s(services, upload) for _ in range(runs))
        facts["cancel_s"] = median(cancel_s(services, upload, IN_FLIGHT) for _ in range(runs))
    finally:
        ask(services.rest, "DELETE", f"/api/v1/uploads/{upload}", 204)
    return facts


def submit_100mb(services: Services) -> dict[str, float]:
    """Seconds from the first byte sent until a job over 100 MB is accepted, and the gateway's CPU seconds for it.

    raw_put: the file put as it is, then a job over it; multipart: file and job in one form. Errors: Refused.
    """
    file, facts = b"".join(laboratory(SUBMITTED)), dict[str, float]()
    for name, submit in (("raw_put", submit_raw), ("multipart", submit_form)):
        busy, began = services.cpu_seconds(["gateway"]), time.perf_counter()
        job = submit(services.rest, file)
        facts[f"{name}_s"] = time.perf_counter() - began
        facts[f"{name}_cpu_s"] = services.cpu_seconds(["gateway"]) - busy
        remove(services.rest, job)
        print(f"submit 100 MB, {name}: {facts[f'{name}_s']:.3f} s", flush=True)
    return facts


def first_progress_s(services: Services, upload: str) -> float:
    """Seconds from asking for a job over the upload until its first progress event is read. Errors: Refused."""
    began = time.perf_counter()
    job = create(services.rest, upload)
    with closing(connect(services.rest)) as connection:
        answer = opened(connection, "GET", f"/api/v1/jobs/{job}/events", 200)
        while (line := answer.readline()) and line.strip() != b"event: progress":
            pass
    seconds = time.perf_counter() - began
    remove(services.rest, job)
    if not line:
        raise Refused("the job ended without progress")
    print(f"first progress: {seconds:.3f} s", flush=True)
    return seconds


def cancel_s(services: Services, upload: str, size: int) -> float:
    """Seconds from the wish to cancel until the job has ended, a tenth of the upload or more being on its way.

    Errors: Refused, also where the job was over before.
    """
    job = create(services.rest, upload)
    until(services.rest, job, lambda found: (found["progress"] or {}).get("bytes_received", 0) > 0.1 * size)
    began = time.perf_counter()
    ask(services.rest, "POST", f"/api/v1/jobs/{job}:cancel", 200)
    found = until(services.rest, job, lambda found: found["status"] in ENDED)
    seconds = time.perf_counter() - began
    ask(services.rest, "DELETE", f"/api/v1/jobs/{job}", 204)
    if found["status"] != "cancelled":
        raise Refused(f"the job was {found['status']} before it was cancelled")
    print(f"cancel with {size / 1e9:g} GB in flight: {seconds:.3f} s", flush=True)
    return seconds


def laboratory(size: int) -> Iterator[bytes]:
    """So many bytes of a laboratory file. Its rows come again and again, each time as other patients'."""
    path, left = extract(WORK, labs.ROWS), size
    rows = (block.replace(PATIENT, b"%c%b" % (letter, PATIENT[1:])) for letter in LETTERS for block in blocks(path))
    for block in chain([labs.HEADER.encode()], rows):
        yield block[:left]
        left -= len(block[:left])
        if not left:
            return


def submit_raw(rest: str, file: bytes) -> str:
    """The file put as it is, which is the fast path, then a job over it. Returns the job's id."""
    return create(rest, put(rest, [file], len(file)))


def submit_form(rest: str, file: bytes) -> str:
    """File and job in one multipart form. Returns the job's id."""
    head = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="labs.csv"\r\n\r\n' % BOUNDARY
    body = [head, file, b"\r\n--%b--\r\n" % BOUNDARY]
    kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
    headers = {"Content-Type": kind, "Content-Length": str(sum(map(len, body)))}
    return str(ask(rest, "POST", "/api/v1/jobs", 201, body, headers)["id"])


def put(rest: str, body: Iterable[bytes], size: int) -> str:
    """An upload of these bytes. Returns its id."""
    headers = {"Content-Type": "text/csv", "Content-Length": str(size)}
    return str(ask(rest, "PUT", f"/api/v1/uploads/{uuid4()}?file_name=labs.csv", 201, body, headers)["id"])


def create(rest: str, upload: str) -> str:
    """A job over the upload. Returns its id."""
    wish = json.dumps({"upload_id": upload}).encode()
    return str(ask(rest, "POST", "/api/v1/jobs", 201, [wish], {"Content-Type": "application/json"})["id"])


def remove(rest: str, job: str) -> None:
    """Ends the job and removes it, with a file that came with it."""
    ask(rest, "POST", f"/api/v1/jobs/{job}:cancel", 200)
    until(rest, job, lambda found: found["status"] in ENDED)
    ask(rest, "DELETE", f"/api/v1/jobs/{job}", 204)


def until(rest: str, job: str, true: Callable[[Found], bool]) -> Found:
    """The job, as soon as it is so. Errors: Refused where that takes too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not true(found := ask(rest, "GET", f"/api/v1/jobs/{job}", 200)):
        if found["status"] in ENDED or time.monotonic() > deadline:
            raise Refused(f"the job is {found['status']}")
        time.sleep(LOOK_SECONDS)
    return found


def ask(
    rest: str, method: str, path: str, status: int, body: Iterable[bytes] = (), headers: Mapping[str, str] = NO_HEADERS
) -> Found:
    """Sends one request on a connection of its own; what the JSON of the answer says. Errors: Refused."""
    with closing(connect(rest)) as connection:
        answer = opened(connection, method, path, status, body, headers)
        return dict(json.loads(answer.read() or b"{}"))


def connect(rest: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(rest).netloc, timeout=WAIT_SECONDS, blocksize=BLOCK)


def opened(
    connection: HTTPConnection,
    method: str,
    path: str,
    status: int,
    body: Iterable[bytes] = (),
    headers: Mapping[str, str] = NO_HEADERS,
) -> HTTPResponse:
    """The answer, whose body is not read yet."""
    connection.request(method, path, body or None, dict(headers))
    answer = connection.getresponse()
    if answer.status != status:
        raise Refused(f"{method} {path.split('?')[0]}: {answer.status} {answer.read(2000).decode()}")
    return answer


def main() -> None:
    """Measures on services of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each (default: %(default)s)")
    chosen = parser.parse_args()
    with running({"harmonizerd", "gateway"}) as services:
        print(json.dumps(measure(services, chosen.runs), indent=2))


if __name__ == "__main__":
    main()
