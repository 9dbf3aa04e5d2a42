"""Readers of watches over real connections, one a front end, each of which can be cut at any byte or message.

What arrives is taken as the standards say, whole frames only, as a browser would have it; see watch_validator for what
a trace is.
"""

import asyncio
import json
import random
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC
from typing import Any

import grpc
import h11
import httpx
from watch_validator import TERMINAL, Bookmark, Connection, End, Event
from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.uri import parse_uri

from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub

Read = Callable[[str, int, int | None], Awaitable[Connection]]
"""Watches a job behind an event. The number bounds what is taken before the reader breaks off: bytes, or messages."""
RECEIVE_BYTES = 4096
PIECE_BYTES, PAUSE_SECONDS = 65536, 0.0
ENDLESS, ENDLESS_BYTES = 5000, 2_000_000
"""More than any log here has: a watch that repeats itself for ever is broken off, and judged."""
_KINDS = {"attempt": "started", "completed:": "completed", "failed:": "failed"}


async def log_of(http: httpx.AsyncClient, job_id: str) -> list[Event]:
    """The log as /logs tells it: the same table, other code."""
    found: list[Event] = []
    while True:
        query = {"after_event_id": len(found), "page_size": 1000}
        lines = (await http.get(f"/api/v1/jobs/{job_id}/logs", params=query)).raise_for_status().json()["lines"]
        found += [Event(line["event_id"], _kind(line["message"]), line["time"]) for line in lines]
        if not lines:
            return found


def _kind(message: str) -> str:
    word = message.split(" ", 1)[0]
    return "progress" if word[0].isdigit() else _KINDS.get(word, word)


def event(told: Mapping[str, Any]) -> Event:
    """The event of a JSON object."""
    return Event(told["id"], told["type"], told["time"])


class SseLines:
    """Server-sent events as the HTML standard parses them: an id counts from the next empty line on, data or not."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._rest, self._id, self._data = connection, b"", "", []

    def take(self, data: bytes) -> None:
        """Takes the next bytes; events and bookmarks go to the connection."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line.decode())

    def _line(self, line: str) -> None:
        name, _, value = line.partition(":")
        if not line:
            self._blank()
        elif name == "id":
            self._id = value.removeprefix(" ")
        elif name == "data":
            self._data.append(value.removeprefix(" "))

    def _blank(self) -> None:
        if self._data:
            self._connection.got.append(event(json.loads("\n".join(self._data))))
            self._data = []
        if self._id:
            self._connection.got.append(Bookmark(int(self._id)))


class Wire:
    """A TCP connection whose reader takes so many bytes and then breaks off. None: takes all."""

    def __init__(self, address: tuple[str, int], most: int | None) -> None:
        self._address, self._left = address, most or ENDLESS_BYTES

    async def __aenter__(self) -> "Wire":
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, self._address)
            self._reader, self._writer = await asyncio.open_connection(sock=sock, limit=RECEIVE_BYTES)
        except BaseException:  # A network that breaks may do it here already.
            sock.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.transport.abort()

    def send(self, data: bytes) -> None:
        """Sends."""
        self._writer.write(data)

    async def pieces(self) -> "Any":
        """Yields bytes to the end of the connection or of what may be taken."""
        while self._left > 0:
            try:
                data = await self._reader.read(min(self._left, PIECE_BYTES))
                await asyncio.sleep(PAUSE_SECONDS)
            except ConnectionError:
                return
            if not data:
                return
            self._left -= len(data)
            yield data


def sse(base_url: str) -> Read:
    """Reads by server-sent events."""
    host, port = base_url.removeprefix("http://").split(":")

    async def read(job_id: str, after: int, most: int | None) -> Connection:
        connection = Connection(after)
        http, lines = h11.Connection(h11.CLIENT), SseLines(connection)
        headers = {"Host": f"{host}:{port}", "Accept": "text/event-stream"}
        headers |= {"Last-Event-ID": str(after)} if after else {}
        async with Wire((host, int(port)), most) as wire:
            path = f"/api/v1/jobs/{job_id}/events"
            wire.send(http.send(h11.Request(method="GET", target=path, headers=list(headers.items()))) or b"")
            wire.send(http.send(h11.EndOfMessage()) or b"")
            async for data in wire.pieces():
                http.receive_data(data)
                for part in _parts(http):
                    if isinstance(part, h11.Response):
                        assert part.status_code == 200, part.status_code
                    elif isinstance(part, h11.Data):
                        lines.take(bytes(part.data))
                    elif isinstance(part, h11.EndOfMessage):
                        # A stream has no word for why it ends: it is over where the last event says so.
                        over = not connection.events or connection.events[-1].type in TERMINAL
                        connection.end = End.OVER if over else End.LEFT
        return connection

    return read


def _parts(http: h11.Connection) -> Iterator[Any]:
    while (part := http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
        yield part
        if isinstance(part, h11.EndOfMessage):
            return


def ws(base_url: str) -> Read:
    """Reads by WebSocket."""
    host, port = base_url.removeprefix("http://").split(":")

    async def read(job_id: str, after: int, most: int | None) -> Connection:
        connection = Connection(after)
        uri = f"ws://{host}:{port}/api/v1/jobs/{job_id}/events?after_event_id={after}"
        protocol = ClientProtocol(parse_uri(uri))
        async with Wire((host, int(port)), most) as wire:
            protocol.send_request(protocol.connect())
            wire.send(b"".join(protocol.data_to_send()))
            async for data in wire.pieces():
                protocol.receive_data(data)
                for frame in protocol.events_received():
                    if isinstance(frame, Frame) and frame.opcode is Opcode.TEXT:
                        told = json.loads(bytes(frame.data))
                        connection.got.append(Bookmark(told["id"]) if told["type"] == "bookmark" else event(told))
                assert protocol.handshake_exc is None, protocol.handshake_exc
                wire.send(b"".join(protocol.data_to_send()))
        if protocol.close_rcvd:
            connection.end = End.OVER if protocol.close_rcvd.code == CloseCode.NORMAL_CLOSURE else End.LEFT
        return connection

    return read


def rpc(channel: grpc.aio.Channel) -> Read:
    """Reads by WatchJob."""
    stub = JobServiceStub(channel)

    async def read(job_id: str, after: int, most: int | None) -> Connection:
        connection = Connection(after)
        call = stub.WatchJob(pb.WatchJobRequest(job_id=job_id, after_event_id=after))
        try:
            async for response in call:
                if response.HasField("event"):
                    connection.got.append(_rpc_event(response.event))
                connection.got.append(Bookmark(response.bookmark))
                if len(connection.events) >= (most or ENDLESS):
                    call.cancel()
                    return connection
        except grpc.aio.AioRpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise
            connection.end = End.LEFT
            return connection
        connection.end = End.OVER
        return connection

    return read


def _rpc_event(told: pb.JobEvent) -> Event:
    time = told.time.ToDatetime(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Event(told.id, told.type, time)


async def follow(
    read: Read, job_id: str, chance: random.Random, done: asyncio.Event, most: tuple[int, int]
) -> list[Connection]:
    """Watches to the end that comes after `done`, breaking off at random; goes on where it was, or a little before."""
    connections: list[Connection] = []
    known = [0]
    while True:
        was_done = done.is_set()
        whole = chance.random() < (0.3 if was_done else 0.1)
        after = known[-1] if chance.random() < 0.8 else chance.choice(known[-5:])
        connection = await read(job_id, after, None if whole else chance.randint(*most))
        connections.append(connection)
        known += sorted({one.id for one in connection.got} - {0})
        if connection.end is End.OVER:
            if was_done:
                return connections
            await asyncio.sleep(0.02)  # Somebody will ask to try again.
