"""A job's events as a stream of server-sent events, and as log lines."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from gateway import wire
from gateway.answers import dump, time_text
from gateway.errors import JobNotFound, SlowReader, Unavailable, ValidationFailed
from gateway.http import BrokenStream
from gateway.jobs.models import Event
from gateway.jobs.schemas import event_json
from gateway.jobs.service import JobService
from gateway.jobs.watch import Pace

# A connection whose buffer was made small for a watch serves nothing else.
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Connection": "close"}
_LEVELS = {"failed": "error", "cancelling": "warning", "cancelled": "warning"}


def position(request: HTTPConnection) -> int:
    """The event that the caller has, from Last-Event-ID or else after_event_id; 0: none. Raises ValidationFailed."""
    name, text = "Last-Event-ID", request.headers.get("last-event-id", "")
    if not text:
        name, text = "after_event_id", request.query_params.get("after_event_id", "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        error = {"field": name, "message": "must be the id of an event"}
        raise ValidationFailed(f"{name} must be the id of an event", "INVALID_LAST_EVENT_ID", [error])
    return int(text)


class EventStream(StreamingResponse):
    """The answer that goes on until the terminal event. A reader that does not read is cut off."""

    media_type = "text/event-stream"

    def __init__(self, jobs: JobService, job_id: str, after: int, pace: Pace) -> None:
        self._pace, self._frames = pace, _frames(jobs, job_id, after, pace.heartbeat_seconds)
        super().__init__(self._frames, headers=_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = wire.connection(scope)
        connection.narrow()

        async def in_time(message: Message) -> None:
            try:
                await self._pace.hand(send(message))
            except SlowReader as error:
                connection.cut(error.code)
                raise BrokenStream from None

        # Left to the garbage collector, a watch that is cut off would be kept for as long as it likes.
        async with aclosing(self._frames):
            await super().__call__(scope, receive, in_time)
        connection.let_go(self._pace.stall_seconds)


async def _frames(jobs: JobService, job_id: str, after: int, heartbeat_seconds: float) -> AsyncGenerator[str, None]:
    async with aclosing(jobs.watch(job_id, after, heartbeat_seconds)) as events:
        try:
            async for event in events:
                after = event.id if event else after
                yield frame(event) if event else bookmark(after)
        except (Unavailable, JobNotFound):
            return  # The reader comes back with its position, and is then told so.


def frame(event: Event) -> str:
    """One event as the wire has it."""
    return f"id: {event.id}\nevent: {event.type}\ndata: {dump(event_json(event))}\n\n"


def bookmark(after: int) -> str:
    """A heartbeat as the wire has it: without data it is no event, but its id is kept as Last-Event-ID."""
    return f": heartbeat\nid: {after}\n\n"


def log_line(event: Event) -> dict[str, Any]:
    """The event as a line: what happened, in words and counts."""
    return {
        "event_id": event.id,
        "time": time_text(event.time),
        "level": _LEVELS.get(event.type, "info"),
        "message": _message(event),
    }


def log_text(line: dict[str, Any]) -> str:
    """The line as text."""
    return f"{line['time']} {line['level'].upper():<7} {line['message']}\n"


def _message(event: Event) -> str:
    match event.type:
        case "started":
            return f"attempt {event.attempt} started"
        case "progress" if event.progress:
            p = event.progress
            return f"{p.percent:.1f} % · {p.records_done} of {p.records_read} records · {p.bytes_received} bytes"
        case "completed" if event.summary:
            a = event.summary.accounting
            return (
                f"completed: {a.read} read = {a.written} written + {a.duplicates} duplicates + "
                f"{a.quarantined} quarantined + {a.routed} routed - {a.created} created"
            )
        case "failed":
            return f"failed: {event.error_code} {event.error_reason}: {event.error_message}"
        case other:
            return other
