"""JobsClient against a server that breaks off, speaks nonsense, or is not our gateway."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import harmonizer_client as hc
from harmonizer_client import JobsClient
from harmonizer_client.sse import objects

EVENT = {"type": "progress", "time": "t", "status": "processing", "progress": None, "summary": None, "error": None}

CUT = b"(cut)"
"""Behind a body: the connection ends before the body does."""


class Script(BaseHTTPRequestHandler):
    """Answers each request with the next (status, content type, body) of its server."""

    def do_GET(self) -> None:
        if self.path.endswith("/status"):
            self.answer(200, "application/json", json.dumps({"status": self.server.state}).encode())  # type: ignore[attr-defined]
            return
        self.server.seen.append(self.headers.get("Last-Event-ID"))  # type: ignore[attr-defined]
        answers = self.server.answers  # type: ignore[attr-defined]
        self.answer(*(answers.pop(0) if len(answers) > 1 else answers[0]))

    def answer(self, status: int, kind: str, body: bytes) -> None:
        """Answer and end the connection."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Retry-After", "7")
        if body.endswith(CUT):
            body = body.removesuffix(CUT)
            self.send_header("Content-Length", str(len(body) + 1))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Script)
    server.answers, server.seen, server.state = [], [], "processing"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def jobs(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobsClient]:
    monkeypatch.setattr("harmonizer_client.jobs.RECONNECT_SECONDS", 0.01)
    with JobsClient(f"http://127.0.0.1:{server.server_port}/") as client:
        yield client


def stream(*ids: int, last: str = "progress") -> tuple[int, str, bytes]:
    frames = b": heartbeat\nid: 0\n\n"
    for number in ids:
        event = EVENT | {"id": number, "type": last if number == ids[-1] else "progress"}
        frames += f"id: {number}\nevent: x\ndata: {json.dumps(event)}\n\n".encode()
    return 200, "text/event-stream", frames


def test_a_broken_watch_is_taken_up_again(jobs: JobsClient, server: ThreadingHTTPServer) -> None:
    busy = (503, "application/problem+json", b'{"code": "SERVICE_UNAVAILABLE", "detail": "draining"}')
    server.answers = [stream(1, 2), busy, stream(), stream(3, 4, last="completed")]  # type: ignore[attr-defined]
    assert [event.id for event in jobs.watch("x")] == [1, 2, 3, 4]
    assert server.seen == ["0", "2", "2", "2"]  # type: ignore[attr-defined]


def test_a_watch_that_only_breaks_gives_up(jobs: JobsClient, server: ThreadingHTTPServer) -> None:
    server.answers = [(200, "text/event-stream", b"")]  # type: ignore[attr-defined]
    with pytest.raises(hc.ServiceUnavailable, match="before the job's end"):
        list(jobs.watch("x"))
    assert len(server.seen) == 6  # type: ignore[attr-defined]


def test_a_silent_job_is_watched_as_long_as_it_takes(jobs: JobsClient, server: ThreadingHTTPServer) -> None:
    server.answers = [*[stream()] * 9, stream(1, last="completed")]  # type: ignore[attr-defined]
    assert [event.id for event in jobs.watch("x")] == [1]


def test_a_job_that_is_tried_again_is_watched_on(jobs: JobsClient, server: ThreadingHTTPServer) -> None:
    failed, again = stream(1, 2, last="failed")[2], stream(3, last="retried")[2]
    server.answers = [  # type: ignore[attr-defined]
        (200, "text/event-stream", failed + again),
        stream(4, 5, last="completed"),
    ]
    types = ["progress", "failed", "retried", "progress", "completed"]
    assert [event.type for event in jobs.watch("x")] == types
    assert server.seen == ["0", "3"]  # type: ignore[attr-defined]


def test_nothing_behind_the_last_event_is_no_failure(jobs: JobsClient, server: ThreadingHTTPServer) -> None:
    server.state, server.answers = "completed", [stream()]  # type: ignore[attr-defined]
    assert list(jobs.watch("x", after=7)) == []
    assert server.seen == ["7", "7"]  # type: ignore[attr-defined]


def test_an_event_between_the_two_looks_is_told(jobs: JobsClient, server: ThreadingHTTPServer) -> None:
    server.state = "completed"  # type: ignore[attr-defined]
    server.answers = [stream(), stream(8, last="retried"), stream(9, last="completed")]  # type: ignore[attr-defined]
    assert [event.id for event in jobs.watch("x", after=7)] == [8, 9]


def test_a_job_that_is_removed_behind_its_end_has_ended(jobs: JobsClient, server: ThreadingHTTPServer) -> None:
    cut = (200, "text/event-stream", stream(1, last="completed")[2] + CUT)
    gone = (404, "application/problem+json", b'{"code": "JOB_NOT_FOUND", "detail": "no such job"}')
    server.answers = [cut, gone]  # type: ignore[attr-defined]
    assert [event.id for event in jobs.watch("x")] == [1]
    assert server.seen == ["0", "1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (404, b'{"code": "JOB_NOT_FOUND", "detail": "no such job"}', hc.NotFound, "JOB_NOT_FOUND"),
        (409, b'{"code": "JOB_NOT_COMPLETED", "detail": "not yet"}', hc.Conflict, "JOB_NOT_COMPLETED"),
        (413, b'{"code": "FILE_TOO_LARGE", "detail": "too large"}', hc.LimitExceeded, "FILE_TOO_LARGE"),
        (422, b'{"code": "UNSUPPORTED_FORMAT", "reason": "NOT_TEXT", "detail": "a PDF"}', hc.InputRefused, "NOT_TEXT"),
        (422, b'{"code": "VALIDATION_ERROR", "reason": "UNKNOWN_OPTION"}', hc.InvalidOption, "UNKNOWN_OPTION"),
        (429, b'{"code": "RATE_LIMIT_EXCEEDED", "detail": "full"}', hc.ServiceUnavailable, "RATE_LIMIT_EXCEEDED"),
        (500, b'{"code": "INTERNAL_ERROR", "detail": "internal error"}', hc.InternalError, "INTERNAL_ERROR"),
        (501, b'{"code": "NOT_IMPLEMENTED"}', hc.Unimplemented, "NOT_IMPLEMENTED"),
        (502, b"<html>Bad Gateway</html>", hc.ServiceUnavailable, ""),
        (403, b"[]", hc.HarmonizerError, ""),
        (418, b"", hc.InternalError, ""),
    ],
)  # fmt: skip
def test_problems_are_typed(jobs, server, status: int, body: bytes, kind: type, reason: str) -> None:
    server.answers = [(status, "application/problem+json", body)]
    with pytest.raises(kind) as caught:
        jobs.get("x")
    assert type(caught.value) is kind
    assert caught.value.reason == reason
    assert caught.value.metadata.get("retry_after", "7") == "7"


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b"{}"])
def test_what_is_no_gateway_has_no_version(jobs, server, body: bytes) -> None:
    server.answers = [(200, "application/json", body)]
    with pytest.raises(hc.InternalError, match="is no gateway"):
        jobs.version()


def test_events_are_read_as_the_standard_says() -> None:
    lines = [
        "data:{",
        'data: "a": 1}',
        "",
        ": comment",
        "",
        "id: 3",
        "",
        'data: {"b": 2}',
        "event: x",
        "",
        'data: {"c"',
    ]
    assert list(objects(lines)) == [{"a": 1}, None, None, {"b": 2}]
