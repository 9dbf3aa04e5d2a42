"""This project over REST: upload, job, events until it is done, download. Standard library only."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from task import measure

BOUNDARY = "bench-boundary-7d1f0c"
BLOCK = 1 << 20
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="operation"\r\n\r\nharmonize\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="labs.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


class Refused(Exception):
    """The gateway answered with another status than the contract says."""


def body(source: Path) -> Iterator[bytes]:
    yield HEAD
    with source.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
    yield TAIL


def ask(method: str, path: str, status: int, **more: object) -> tuple[HTTPConnection, HTTPResponse]:
    """Send one request on a connection of its own; the caller closes it."""
    connection = HTTPConnection(urlsplit(os.environ["BENCH_REST"]).netloc, timeout=600)
    connection.request(method, path, **more)  # type: ignore[arg-type]
    response = connection.getresponse()
    if response.status != status:
        raise Refused(f"{method} {path.split('?')[0]}: {response.status} {response.read(2000).decode()}")
    return connection, response


def submit(source: Path) -> str:
    """Create a job by multipart, as the first example of the README does, and return its id."""
    size = len(HEAD) + source.stat().st_size + len(TAIL)
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(size)}
    connection, response = ask("POST", "/api/v1/jobs", 201, body=body(source), headers=headers)
    with closing(connection):
        return str(json.load(response)["id"])


def watch(job: str) -> None:
    """Read the event stream to its end, which comes after the terminal event."""
    connection, response = ask("GET", f"/api/v1/jobs/{job}/events", 200)
    with closing(connection):
        while response.readline():
            pass
    connection, response = ask("GET", f"/api/v1/jobs/{job}/status", 200)
    with closing(connection):
        status = json.load(response)["status"]
    if status != "completed":
        raise Refused(f"the job ended as {status}")


def work(source: str, target: str) -> None:
    job = submit(Path(source))
    watch(job)
    connection, response = ask("GET", f"/api/v1/jobs/{job}/result", 200)
    with closing(connection), Path(target).open("wb") as file:
        shutil.copyfileobj(response, file, BLOCK)


if __name__ == "__main__":
    measure(f"harmonizer {version('harmonizer')}", work)
