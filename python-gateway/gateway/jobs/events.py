"""A job's events as a stream of server-sent events, and as log lines."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi.responses import StreamingResponse

from gateway.answers import dump, time_text
from gateway.errors import ValidationFailed
from gateway.jobs.models import Event
from gateway.jobs.schemas import event_json
from gateway.jobs.service import JobService

Bytes = AsyncIterator[bytes]

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_LEVELS = {"failed": "error", "cancelling": "warning", "cancelled": "warning"}


def last_event_id(header: str) -> int:
    """The event that the caller has; 0 where the header is empty. Raises ValidationFailed."""
    if not header:
        return 0
    if not (header.isascii() and header.isdigit() and len(header) <= 18):
        error = {"field": "Last-Event-ID", "message": "must be the id of an event"}
        raise ValidationFailed("Last-Event-ID must be the id of an event", "INVALID_LAST_EVENT_ID", [error])
    return int(header)


def stream(jobs: JobService, job_id: str, after: int, heartbeat_seconds: float) -> StreamingResponse:
    """The answer that goes on until the terminal event."""
    return StreamingResponse(
        _frames(jobs, job_id, after, heartbeat_seconds), media_type="text/event-stream", headers=_HEADERS
    )


async def _frames(jobs: JobService, job_id: str, after: int, heartbeat_seconds: float) -> AsyncIterator[str]:
    async with aclosing(jobs.watch(job_id, after, heartbeat_seconds)) as events:
        async for event in events:
            yield ": heartbeat\n\n" if event is None else frame(event)


def frame(event: Event) -> str:
    """One event as the wire has it."""
    return f"id: {event.id}\nevent: {event.type}\ndata: {dump(event_json(event))}\n\n"


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
