"""A job's events as messages of a WebSocket: one JSON text each, and a code that says why it was closed."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass

from fastapi import WebSocket, WebSocketDisconnect

from gateway import wire
from gateway.answers import dump
from gateway.errors import GatewayError, SlowReader, Unavailable
from gateway.jobs.events import position
from gateway.jobs.schemas import event_json
from gateway.jobs.service import JobService
from gateway.jobs.watch import Pace

PROBLEM = 4000
"""Added to the status of a problem it makes the code that the socket is closed with."""


@dataclass(frozen=True)
class Close:
    """Why the gateway closes a socket."""

    code: int
    reason: str = ""


OVER, UNASKED = Close(1000), Close(1003, "NOTHING_EXPECTED")


class SocketWatch:
    """One watch by WebSocket: accepted, told, closed.

    Accepted in any case: browsers cannot see why a handshake failed.
    """

    def __init__(self, socket: WebSocket, jobs: JobService, pace: Pace) -> None:
        self._socket, self._jobs, self._pace = socket, jobs, pace
        self._connection = wire.connection(socket.scope)

    async def run(self, job_id: str) -> None:
        """Ends when the log does, when the client goes or says anything, and when the gateway stops."""
        await self._socket.accept()
        self._connection.narrow()
        hearing, telling = asyncio.create_task(self._hear()), asyncio.create_task(self._tell(job_id))
        try:
            done, _ = await asyncio.wait((hearing, telling), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (hearing, telling):
                task.cancel()
            await asyncio.gather(hearing, telling, return_exceptions=True)
        await self._close((telling if telling in done else hearing).result())

    async def _close(self, close: Close | None) -> None:
        if close is not None:
            # It may be closed already, or not read even this.
            with suppress(SlowReader, WebSocketDisconnect, RuntimeError):
                await self._pace.hand(self._socket.close(close.code, close.reason))
        self._connection.let_go(self._pace.stall_seconds)

    async def _hear(self) -> Close | None:
        """Waits for what the client has to say, which is nothing."""
        message = await self._socket.receive()
        return None if message["type"] == "websocket.disconnect" else UNASKED

    async def _tell(self, job_id: str) -> Close | None:
        try:
            await self._events(job_id)
        except WebSocketDisconnect:
            return None
        except SlowReader as error:
            self._connection.cut(error.code)
            return None
        except Unavailable as error:
            return Close(1001, error.reason)
        except GatewayError as error:
            return Close(PROBLEM + error.status, error.reason)
        return OVER

    async def _events(self, job_id: str) -> None:
        after = position(self._socket)
        await self._jobs.check_watch(job_id, after)
        async with aclosing(self._jobs.watch(job_id, after, self._pace.heartbeat_seconds)) as events:
            async for event in events:
                after = event.id if event else after
                told = event_json(event) if event else {"type": "bookmark", "id": after}
                await self._pace.hand(self._socket.send_text(dump(told)))
