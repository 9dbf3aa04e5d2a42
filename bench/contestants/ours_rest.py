"""This project over REST: upload, job, events until it is done, download. Standard library only."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from clock import measure

BLOCK = 1 << 20


class Refused(Exception):
    """The gateway answered with another status than the contract says."""


def ask(method: str, path: str, status: int, **more: object) -> tuple[HTTPConnection, HTTPResponse]:
    """Send one request on a connection of its own; the caller closes it."""
    connection = HTTPConnection(urlsplit(os.environ["BENCH_REST"]).netloc, timeout=600, blocksize=BLOCK)
    connection.request(method, path, **more)  # type: ignore[arg-type]
    response = connection.getresponse()
    if response.status != status:
        raise Refused(f"{method} {path.split('?')[0]}: {response.status} {response.read(2000).decode()}")
    return connection, response


def submit(source: Path) -> str:
    """Upload by raw PUT, which is the fast path, create a job of it, and return the job's id."""
    upload = str(uuid4())
    headers = {"Content-Type": "text/csv", "Content-Length": str(source.stat().st_size)}
    with source.open("rb") as file:
        connection, _ = ask("PUT", f"/api/v1/uploads/{upload}?file_name=labs.csv", 201, body=file, headers=headers)
    connection.close()
    wish = json.dumps({"upload_id": upload, "operation": "harmonize"})
    connection, response = ask("POST", "/api/v1/jobs", 201, body=wish, headers={"Content-Type": "application/json"})
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
