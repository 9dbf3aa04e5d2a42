"""Hears, from PostgreSQL, of every job's new events, whichever process wrote them, and rings the bell of this one."""

import asyncio
import contextlib
import logging

import psycopg

from gateway.jobs.bell import Bell
from gateway.postgres import Connection

log = logging.getLogger("gateway.jobs")

CHANNEL = "harmonizer_jobs"
"""What the trigger on job_events tells, see revision 0004."""
SILENCE_SECONDS = 5.0
"""Silence after which the server is asked whether it is still there."""
ANSWER_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 5.0


class Notices:
    """One connection that listens. Nothing depends on it but speed: watchers look by themselves too, now and then."""

    def __init__(self, conninfo: str, bell: Bell) -> None:
        self._conninfo, self._bell = conninfo, bell
        self._task: asyncio.Task[None] | None = None
        self._pause = 0.0

    def start(self) -> None:
        """Begins to listen."""
        self._task = asyncio.create_task(self._listen(), name="notices")

    async def close(self) -> None:
        """Ends listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                await self._connected()
            except (psycopg.Error, OSError, TimeoutError):
                log.warning("cannot listen to the database", extra={"pause_seconds": self._pause})
            await asyncio.sleep(self._pause)
            self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2 + 0.1)

    async def _connected(self) -> None:
        connection = await Connection.connect(self._conninfo, autocommit=True)
        connection.seconds = SILENCE_SECONDS + ANSWER_SECONDS
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._pause = 0.0
            self._bell.ring_all()  # Of what happened meanwhile nobody was told.
            while True:
                async for notice in connection.notifies(timeout=SILENCE_SECONDS):
                    self._bell.ring(notice.payload)
                await connection.execute("SELECT 1")
        finally:
            connection.cut()  # So that closing has nobody to wait for.
            with contextlib.suppress(psycopg.Error):
                await connection.close()
