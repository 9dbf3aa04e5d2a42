"""Jobs at a gateway: files are kept there, worked on in their turn, and fetched when they are done."""

import hashlib
import time
import uuid
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from google.protobuf.json_format import MessageToDict

from .artifacts import Artifact, ArtifactStore, DirectoryStore, MemoryStore
from .channel import is_loopback
from .errors import InternalError, NotFound, ServiceUnavailable
from .intake import Arrivals
from .job import ENDED, Job, JobEvent
from .mapping import MappingLike, with_mapping
from .options import OptionsLike
from .problem import check, unreachable
from .progress import ArtifactSummary
from .source import Sources, close_all, open_sources
from .spec import OPERATIONS, OUTPUT_FORMATS, number_of
from .sse import objects
from .upload import Line, send

API = "/api/v1"
# Longer than the gateway's heartbeat of 15 s, which keeps a silent watch open.
READ_SECONDS = 60.0
RECONNECTS = 5
RECONNECT_SECONDS = 0.5


class JobsClient:
    """A connection to one gateway, by REST. ``base_url`` is such as http://localhost:8080; ``headers`` go with every
    call.

    Errors of every method: ServiceUnavailable where nobody answers, NotFound, and what the method names.
    """

    def __init__(self, base_url: str = "http://localhost:8080", *, headers: Mapping[str, str] | None = None) -> None:
        self.base_url = (base_url if "://" in base_url else f"http://{base_url}").rstrip("/")
        timeout = httpx.Timeout(READ_SECONDS, connect=10.0)
        # What runs on this machine is not reached through a proxy.
        own = is_loopback(self.base_url.partition("://")[2])
        self._http = httpx.Client(base_url=self.base_url, headers=headers, timeout=timeout, trust_env=not own)

    def version(self) -> str:
        """Return the version of the gateway. Errors: InternalError where something else answers."""
        try:
            return str(self._call("GET", "/version").json()["version"])
        except (ValueError, KeyError, TypeError):
            raise InternalError(f"what answers at {self.base_url} is no gateway", reason="NO_GATEWAY") from None

    def submit(
        self,
        source: Sources,
        *,
        entity: str | None = None,
        operation: str = "harmonize",
        options: OptionsLike = None,
        mapping: MappingLike = None,
        output_format: str = "csv",
        file_name: str | None = None,
        idempotency_key: str = "",
    ) -> Job:
        """Send a file, or a list of them, and ask for one job over all; see Client.harmonize for the arguments. It goes
        on by itself where a connection breaks or the gateway restarts.

        ``idempotency_key`` makes a repeated request answer with the first one's job. Errors: InvalidOption,
        SourceError, LimitExceeded; ServiceUnavailable where the queue is full.
        """
        number_of("operation", operation, OPERATIONS)
        number_of("output_format", output_format, OUTPUT_FORMATS)
        wanted: dict[str, Any] = {
            "operation": operation,
            "output_format": output_format,
            "options": MessageToDict(with_mapping(mapping, options, entity), preserving_proto_field_name=True),
        }
        files = open_sources(source, file_name)
        line = Line(self._http, self.base_url)
        try:
            # All creates carry a key: the same bytes are then the same uploads, and these the same job.
            uploads = [send(line, file, _key(idempotency_key, n)) for n, file in enumerate(files)]
        finally:
            close_all(files)
        wanted["upload_ids"] = uploads
        key = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return Job.from_json(line.ask("POST", "/jobs", json=wanted, headers=key).json())

    def get(self, job_id: str) -> Job:
        """Return a job."""
        return Job.from_json(self._call("GET", f"/jobs/{_segment(job_id)}").json())

    def list(self, *, status: str | None = None, operation: str | None = None) -> Iterator[Job]:
        """Yield jobs, newest first, fetching pages as they are needed; a listing has no artifacts."""
        which = {"status": status, "operation": operation}
        query = {name: word for name, word in which.items() if word is not None}
        while True:
            page = self._call("GET", "/jobs", params=query).json()
            yield from (Job.from_json(job) for job in page["jobs"])
            if not page["next_page_token"]:
                return
            query["page_token"] = page["next_page_token"]

    def watch(self, job_id: str, *, after: int = 0) -> Iterator[JobEvent]:
        """Yield the events of a job from the one after ``after`` to the last; a broken connection is taken up
        again.

        A job that failed or was cancelled may be tried again: its end is where the gateway ends the events behind it.
        """
        failures, ended, over = 0, False, False
        while True:
            try:
                for event in self._events(job_id, after):
                    failures = 0  # Also by a heartbeat: a job may wait for hours, and a proxy cut every minute of them.
                    if event is not None:
                        after, ended, over = event.id, event.type in ENDED, False
                        yield event
                if ended or over:
                    return
                # Either the gateway stops, or ``after`` was the last; then one more look finds nothing behind it.
                over = self._status(job_id) in ENDED
            except NotFound:
                if ended:  # It was removed since its end came.
                    return
                raise
            except ServiceUnavailable:
                over = False
                if failures == RECONNECTS:
                    raise
            failures += 1
            if failures > RECONNECTS:
                raise ServiceUnavailable("the gateway ends the events before the job's end", reason="EVENTS_CUT")
            if not over:
                time.sleep(RECONNECT_SECONDS * failures)

    def wait(self, job_id: str) -> Job:
        """Return the job when it is completed. Errors: what it failed of, JobFailed where it was cancelled."""
        after = 0
        while True:
            for event in self.watch(job_id, after=after):
                after = event.id
            if (job := self.get(job_id)).ended:  # Else somebody had it tried again.
                return job.check()

    def cancel(self, job_id: str) -> Job:
        """Ask a live job to end; one that has ended stays as it is."""
        return Job.from_json(self._call("POST", f"/jobs/{_segment(job_id)}:cancel").json())

    def retry(self, job_id: str) -> Job:
        """Let a failed or cancelled job wait for its turn again; one that waits or runs stays as it is.

        Errors: Conflict where it is completed or still being cancelled, ServiceUnavailable where the queue is full.
        """
        return Job.from_json(self._call("POST", f"/jobs/{_segment(job_id)}:retry").json())

    def delete(self, job_id: str) -> None:
        """Remove an ended job with its artifacts; a live one is cancelled instead."""
        self._call("DELETE", f"/jobs/{_segment(job_id)}")

    def fetch(
        self,
        job: Job,
        out_dir: str | PathLike[str] | None = None,
        *,
        names: tuple[str, ...] | None = None,
        store: ArtifactStore | None = None,
    ) -> dict[str, Artifact]:
        """Download artifacts of a completed job, all or those named, into a directory (whole or not at all) or memory.

        Errors: what the job failed of, NotFound, ArtifactMismatch, OutputError.
        """
        wanted = self._wanted(job.check(), names)
        if store is None:
            store = DirectoryStore(Path(out_dir)) if out_dir is not None else MemoryStore()
        arrivals = Arrivals(store)
        try:
            for artifact in wanted:
                self._download(job, artifact, arrivals)
            return arrivals.commit(wanted)
        except BaseException:
            arrivals.abort()
            raise

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        """Close the client."""
        self.close()

    def _call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return check(self._http.request(method, API + path, **arguments))
        except httpx.TransportError as exc:
            raise unreachable(self.base_url, exc) from exc

    def _events(self, job_id: str, after: int) -> Iterator[JobEvent | None]:
        """Yield events; None for a heartbeat, whose bookmark is the last of them."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        try:
            with self._http.stream("GET", f"{API}/jobs/{_segment(job_id)}/events", headers=headers) as response:
                for found in objects(check(response).iter_lines()):
                    yield JobEvent.from_json(found) if found else None
        except httpx.TransportError as exc:
            raise unreachable(self.base_url, exc) from exc

    def _status(self, job_id: str) -> str:
        return str(self._call("GET", f"/jobs/{_segment(job_id)}/status").json()["status"])

    def _wanted(self, job: Job, names: tuple[str, ...] | None) -> tuple[ArtifactSummary, ...]:
        if names is None:
            return job.artifacts
        there = {artifact.name: artifact for artifact in job.artifacts}
        if missing := [name for name in names if name not in there]:
            raise NotFound(f"the job has no {missing[0]}; it has {', '.join(there)}", reason="ARTIFACT_NOT_FOUND")
        return tuple(there[name] for name in names)

    def _download(self, job: Job, artifact: ArtifactSummary, arrivals: Arrivals) -> None:
        path = f"{API}/jobs/{_segment(job.id)}/artifacts/{_segment(artifact.name)}"
        try:
            with self._http.stream("GET", path, headers={"Accept-Encoding": "identity"}) as response:
                for piece in check(response).iter_raw():
                    arrivals.add(artifact.kind, artifact.name, piece)
        except httpx.TransportError as exc:
            raise unreachable(self.base_url, exc) from exc


def _key(key: str, position: int) -> str:
    """Return the idempotency key of a file; that of a further one is made of it, as long as any key may be."""
    return hashlib.sha256(f"{position} {key}".encode()).hexdigest() if key and position else key


def _segment(text: str) -> str:
    """Return the text as one segment of a URL path, whatever it holds."""
    return quote(text, safe="")
