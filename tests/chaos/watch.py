"""Watches jobs by all three front ends, and holds what came to the watch validator of the gateway's own tests."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# This process starts others all the time, none of which goes on with its channels.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import grpc

sys.path.append(str(Path(__file__).parents[2] / "python-gateway" / "tests"))

import watch_readers
from tests.chaos.wishes import FRONT_ENDS
from watch_validator import Connection, Event, check

# Readers break off by themselves too: after so many bytes, or messages.
_MOST = {"sse": (300, 6000), "ws": (300, 6000), "rpc": (1, 12)}
_LATER = ("429", "503", "507")


class Watcher:
    """Reads of one round. Made in its loop; the stack closes what it opens."""

    def __init__(self, exits: AsyncExitStack, address: str, rpc_target: str, broken: list[str]) -> None:
        channel = grpc.aio.insecure_channel(rpc_target, options=[("grpc.max_reconnect_backoff_ms", 300)])
        exits.push_async_callback(channel.close)
        self._broken = broken
        reads = (watch_readers.sse(address), watch_readers.ws(address), watch_readers.rpc(channel))
        self._reads = dict(zip(FRONT_ENDS, reads, strict=True))

    async def follow(self, front_end: str, job_id: str, seed: str, done: asyncio.Event) -> list[Connection]:
        """The connections of one reader, to the end of the log that comes after done."""
        read = self._reads[front_end]

        async def again(job_id: str, after: int, most: int | None) -> Connection:
            try:
                return await read(job_id, after, most)
            except OSError:
                pass
            except AssertionError as refused:
                if not any(status in str(refused) for status in _LATER):
                    self._broken.append(f"job {job_id}: a watch by {front_end} was refused: {refused}")
            await asyncio.sleep(0.1)
            return Connection(after)

        return await watch_readers.follow(again, job_id, random.Random(f"watch {seed}"), done, _MOST[front_end])


def flaws(traces: Sequence[list[Connection]], events: Sequence[dict[str, Any]]) -> list[str]:
    """What the watch validator finds against the log as the database holds it."""
    log = [Event(row["id"], row["type"], _told(row["time"])) for row in events]
    return [f"{flaw.property}: {flaw.text}" for trace in traces for flaw in check(trace, log)]


def _told(time: datetime | str) -> str:
    parsed = datetime.fromisoformat(time) if isinstance(time, str) else time
    utc = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
