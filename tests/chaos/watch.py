"""Follows a job's events over SSE, coming back after each cut, and says what it saw."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

ENDING = {"completed", "failed", "cancelled"}


@dataclass
class Trace:
    """The events of one connection, and the bookmark it began behind."""

    after: int
    events: list[dict[str, Any]] = field(default_factory=list)


async def follow(http: httpx.AsyncClient, job_id: str, traces: list[Trace], again: bool) -> None:
    """Reads to the terminal event, over as many connections as it takes. again: cancelled is not the end."""
    while True:
        after = traces[-1].events[-1]["id"] if traces and traces[-1].events else traces[-1].after if traces else 0
        traces.append(Trace(after))
        try:
            async for event in _events(http, job_id, after):
                traces[-1].events.append(event)
                if event["type"] in ENDING and not (again and event["type"] == "cancelled"):
                    return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)


async def _events(http: httpx.AsyncClient, job_id: str, after: int) -> AsyncIterator[dict[str, Any]]:
    headers = {"Last-Event-ID": str(after)} if after else {}
    async with http.stream("GET", f"/api/v1/jobs/{job_id}/events", headers=headers) as answer:
        if answer.status_code != 200:
            await answer.aread()
            return
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def flaws(traces: list[Trace], job_id: str) -> list[str]:
    """Where what the connections saw together is not one log: ordered, without gap or repeat."""
    found, last = [], 0
    for trace in traces:
        for event in trace.events:
            if event["id"] != last + 1:
                found.append(f"job {job_id}: a watcher saw event {event['id']} behind event {last}")
            last = event["id"]
    return found
