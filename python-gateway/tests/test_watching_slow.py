"""Readers that do not read, over real sockets: cut off in time, and nothing is piled up for them."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from running_gateway import Running, until
from sqlalchemy import text
from sqlalchemy.orm import Session
from test_watching import Author
from watch_readers import log_of, rpc, sse, ws
from watch_validator import Connection, End, assert_valid
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from gateway.jobs import repository
from gateway.jobs.models import Event
from gateway.jobs.repository import Log
from gateway.jobs.states import COMPLETE, PROGRESS
from gateway.jobs.watch import Watcher
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub
from harmonizer.v1.record_pb2 import STAGE_READING, Progress

STALL_SECONDS = 0.4
CUT_SECONDS = 15
"""Long for a cut, as the machine may be busy."""
EVENTS = 3000
EVENT_BYTES = 300
"""What an event is at least, on any wire."""


class Spy:
    """Counts what is read from the database for watchers, and which watches go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read, self.running = 0, 0
        read, watch = Watcher._read, Watcher.watch

        async def counted(watcher: Watcher, job_id: str, after: int) -> Log | None:
            log = await read(watcher, job_id, after)
            self.read += len(log.events) if log else 0
            return log

        async def followed(*args: object) -> AsyncIterator[Event | None]:
            self.running += 1
            try:
                async for event in watch(*args):
                    yield event
            finally:
                self.running -= 1

        monkeypatch.setattr(Watcher, "_read", counted)
        monkeypatch.setattr(Watcher, "watch", followed)


@pytest.fixture
async def long(request, running, fake) -> AsyncIterator[tuple[Running, str]]:
    """A gateway with little patience, and a job with many events that has not ended."""
    fake.hold = asyncio.Event()
    async with running(workers=1, watch_stall_seconds=getattr(request, "param", STALL_SECONDS)) as gw:
        await gw.state((await gw.submit())["id"], "processing")
        job_id = (await gw.submit())["id"]
        author = Author(gw, job_id, random.Random(1))
        await author.attempt(bursts=0)
        await author.write(PROGRESS, progress=Progress(stage=STAGE_READING, percent=1.5, records_read=12345))
        await repeat_last(gw, job_id, EVENTS)
        await author.write(COMPLETE)
        yield gw, job_id
        fake.hold.set()


async def repeat_last(gw: Running, job_id: str, times: int) -> None:
    """Writes the last event so many times again, as quickly as the database can."""
    columns = [column.name for column in Event.__table__.columns if column.name not in ("job_id", "id")]

    def write(session: Session) -> None:
        job = repository.get(session, job_id)
        names, values = ", ".join(columns), {"job": job_id, "last": job.last_event_id, "times": times}
        session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :times) "
                f"INSERT INTO job_events (job_id, id, {names}) "
                f"SELECT job_id, id + n.i, {names} FROM job_events, n WHERE job_id = :job AND id = :last"
            ),
            values,
        )
        job.last_event_id += times

    await gw.gateway.db.write(write)


def deaf(gw: Running, request: Callable[[str], bytes]) -> socket.socket:
    """A socket with a small window that asks and then does not read."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((gw.http.base_url.host, gw.http.base_url.port))
    sock.sendall(request(f"{gw.http.base_url.host}:{gw.http.base_url.port}"))
    return sock


def sse_request(job_id: str) -> Callable[[str], bytes]:
    return lambda host: f"GET /api/v1/jobs/{job_id}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def socket_request(job_id: str) -> Callable[[str], bytes]:
    def request(host: str) -> bytes:
        protocol = ClientProtocol(parse_uri(f"ws://{host}/api/v1/jobs/{job_id}/events"))
        protocol.send_request(protocol.connect())
        return b"".join(protocol.data_to_send())

    return request


REQUESTS = {"sse": sse_request, "ws": socket_request}


@pytest.mark.parametrize("front", REQUESTS)
async def test_a_reader_that_does_not_read_is_cut_off(long, front, monkeypatch):
    gw, job_id = long
    spy, connections = Spy(monkeypatch), gw.server.server_state.connections
    before = set(connections)
    with deaf(gw, REQUESTS[front](job_id)) as sock:
        await until(lambda: spy.running == 1)
        await until(lambda: spy.running == 0, CUT_SECONDS)
        # The kernel's buffers, the transport's, one reading: what was asked for stays far below what there is.
        assert 0 < spy.read * EVENT_BYTES < 200_000 < EVENTS * EVENT_BYTES
        # Also the connection itself goes, though nobody took what it held.
        await until(lambda: connections <= before, CUT_SECONDS)
        sock.setblocking(False)
        assert sock.recv(100).startswith(b"HTTP/1.1 ")
    assert (await gw.http.get(f"/api/v1/jobs/{job_id}")).status_code == 200


async def test_a_socket_that_reads_again_learns_why_it_was_closed(long, monkeypatch):
    gw, job_id = long
    spy = Spy(monkeypatch)
    with deaf(gw, socket_request(job_id)) as sock:
        await until(lambda: spy.running == 1)
        await until(lambda: spy.running == 0, CUT_SECONDS)
        sock.setblocking(False)
        data = b""
        while piece := await asyncio.get_running_loop().sock_recv(sock, 65536):
            data += piece
    assert data.endswith((1008).to_bytes(2) + b"SLOW_READER")


async def test_a_call_that_is_not_read_is_ended(long, monkeypatch):
    gw, job_id = long
    spy, log = Spy(monkeypatch), await log_of(gw.http, job_id)
    # A reader with the window that HTTP/2 begins with; the library would widen it and keep what is not asked for.
    options = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16384)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gw.gateway.rpc.port}", options=options) as channel:
        call = JobServiceStub(channel).WatchJob(pb.WatchJobRequest(job_id=job_id))
        await until(lambda: spy.running == 1)
        await until(lambda: spy.running == 0, CUT_SECONDS)
        assert 0 < spy.read < EVENTS / 2
        first = Connection(0, end=End.LEFT)
        with suppress(grpc.aio.AioRpcError):
            async for response in call:
                first.got.append(log[response.event.id - 1])
        info = error_details_pb2.ErrorInfo()
        assert (await rpc_status.aio.from_call(call)).details[0].Unpack(info)
        assert (await call.code(), info.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "SLOW_READER")
        assert first.events
        assert_valid([first, await rpc(channel)(job_id, first.position, None)], log)


@pytest.mark.parametrize("long", [1.0], indirect=True, ids=["1 s"])
@pytest.mark.parametrize("front", [sse, ws])
async def test_a_reader_that_reads_slowly_is_not_cut_off(long, front, monkeypatch):
    gw, job_id = long
    # 40 kB/s: more than there must be read in time, less than what the buffers hold.
    monkeypatch.setattr("watch_readers.PIECE_BYTES", 800)
    monkeypatch.setattr("watch_readers.PAUSE_SECONDS", 0.02)
    async with asyncio.timeout(60):
        connection = await front(str(gw.http.base_url).rstrip("/"))(job_id, EVENTS - 300, None)
    assert connection.end is End.OVER
    assert_valid([connection], await log_of(gw.http, job_id))
