"""Watching: traces of real connections by every front end, cut at random, keep what the watch validator asks."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise

import grpc
import pytest
from fake_harmonizer import Refusal
from running_gateway import Running
from sqlalchemy.orm import Session
from watch_readers import Read, follow, log_of, rpc, sse, ws
from watch_validator import TERMINAL, Bookmark, Connection, End, Event, assert_valid

from gateway.jobs import repository
from gateway.jobs.models import Job
from gateway.jobs.states import BEGIN, COMPLETE, FAIL, HAND_BACK, PROGRESS, RETRY, STOP, STOPPED, Transition
from harmonizer.v1.record_pb2 import STAGE_READING, Progress

FRONTS = ("sse", "ws", "rpc")
MOST = {"sse": (1, 9000), "ws": (1, 9000), "rpc": (1, 25)}
"""What a reader takes before it breaks off: bytes, for gRPC messages."""


@asynccontextmanager
async def readers(gw: Running) -> AsyncIterator[Mapping[str, Read]]:
    """A reader of each front end."""
    base_url = str(gw.http.base_url).rstrip("/")
    async with gw.rpc() as channel:
        yield {"sse": sse(base_url), "ws": ws(base_url), "rpc": rpc(channel)}


class Author:
    """Writes a job's log through the one way that there is, while a worker that is busy leaves the job alone."""

    def __init__(self, gw: Running, job_id: str, chance: random.Random) -> None:
        self._gw, self._job_id, self._chance, self._attempt = gw, job_id, chance, 0

    async def write(self, transition: Transition, times: int = 1, **values) -> None:
        """So many events in one transaction."""

        def move(session: Session) -> None:
            for _ in range(times):
                fence = self._attempt if transition.fenced else None
                assert repository.move(session, self._job_id, transition, fence=fence, **values)
                session.flush()

        await self._gw.gateway.db.write(move)
        self._gw.gateway.bell.ring(self._job_id)

    async def attempt(self, *ends: Transition, bursts: int = 12) -> None:
        """One attempt: much progress, now one by one, now in bursts, with pauses; then these."""
        await self.write(BEGIN, attempt=Job.attempt + 1)
        self._attempt += 1
        for _ in range(bursts):
            progress = Progress(stage=STAGE_READING, percent=self._chance.uniform(0, 100), records_read=12345)
            await self.write(PROGRESS, self._chance.choice((1, 1, 1, 30)), progress=progress)
            await asyncio.sleep(self._chance.choice((0, 0, 0.005, 0.12)))
        for end in ends:
            await self.write(end)
            await asyncio.sleep(self._chance.choice((0, 0.05)))


@pytest.fixture
async def quiet(running, fake) -> AsyncIterator[Running]:
    """A gateway whose only worker is busy, with many heartbeats."""
    fake.hold = asyncio.Event()
    async with running(workers=1, heartbeat_seconds=0.03) as gw:
        await gw.state((await gw.submit())["id"], "processing")
        yield gw
        fake.hold.set()


@pytest.mark.parametrize("seed", [1, 2])
async def test_traces_of_every_front_end_under_random_cuts(quiet, seed):
    job_id, done, chance = (await quiet.submit())["id"], asyncio.Event(), random.Random(seed)
    author = Author(quiet, job_id, random.Random(seed))
    async with readers(quiet) as read, asyncio.timeout(60):
        watching = {
            (front, n): asyncio.create_task(
                follow(read[front], job_id, random.Random(f"{seed} {front} {n}"), done, MOST[front])
            )
            for front in FRONTS
            for n in range(2)
        }
        for ends in ((FAIL, RETRY), (HAND_BACK,), (STOP, STOPPED), (RETRY,), (COMPLETE,)):
            if ends != (RETRY,):
                await author.attempt(*ends, bursts=chance.randint(5, 15))
            else:
                await author.write(RETRY)
        done.set()
        traces = {name: await task for name, task in watching.items()}
    log = await log_of(quiet.http, job_id)
    assert [e.type for e in log if e.type in TERMINAL] == ["failed", "cancelled", "completed"]
    for trace in traces.values():
        assert_valid(trace, log, to_end=True)
    for front in FRONTS:  # The cuts cut, and bookmarks that stand alone were among what came.
        connections = [c for (name, _), trace in traces.items() if name == front for c in trace]
        assert sum(c.end is End.CUT for c in connections) >= 4
        assert any(lonely(c) for c in connections)


def lonely(connection: Connection) -> bool:
    """Whether a heartbeat came: two bookmarks in a row, as next to an event there is one at most."""
    got = connection.got
    return any(isinstance(a, Bookmark) and isinstance(b, Bookmark) for a, b in pairwise(got))


async def test_a_job_that_fails_and_is_tried_again(gw, fake):
    fake.hold = asyncio.Event()
    fake.refusals = [Refusal(grpc.StatusCode.INVALID_ARGUMENT, "NOT_TEXT")]
    job_id, done = (await gw.submit())["id"], asyncio.Event()
    async with readers(gw) as read, asyncio.timeout(30):
        watching = [
            asyncio.create_task(follow(read[front], job_id, random.Random(front), done, MOST[front]))
            for front in FRONTS
        ]
        assert (await gw.ended(job_id))["status"] == "failed"
        assert (await gw.http.post(f"/api/v1/jobs/{job_id}:retry")).status_code == 200
        await gw.state(job_id, "processing")
        fake.hold.set()
        await gw.state(job_id, "completed")
        done.set()
        log = [*await log_of(gw.http, job_id)]
        for task in watching:
            assert_valid(await task, log, to_end=True)
    assert [e.type for e in log if e.type != "progress"] == [
        "created", "started", "failed", "retried", "started", "completed",
    ]  # fmt: skip


@pytest.mark.parametrize("front", FRONTS)
async def test_every_position_can_be_gone_on_from(quiet, front):
    job_id = (await quiet.submit())["id"]
    author = Author(quiet, job_id, random.Random(3))
    await author.attempt(FAIL, RETRY, bursts=1)
    await author.attempt(COMPLETE, bursts=1)
    log = await log_of(quiet.http, job_id)
    async with readers(quiet) as read:
        for after in sorted({0, 1, *(event.id for event in log if event.type != "progress"), len(log)}):
            connection = await read[front](job_id, after, None)
            assert_valid([connection], log, to_end=True)
            assert (connection.events, connection.end) == (log[after:], End.OVER)


async def test_a_gateway_that_stops_lets_its_watchers_go_on_elsewhere(running, fake):
    fake.hold = asyncio.Event()
    traces: dict[str, list[Connection]] = {}
    async with running(drain_seconds=0.2) as gw:
        job_id = (await gw.submit())["id"]
        async with readers(gw) as read:
            tasks = {front: asyncio.create_task(read[front](job_id, 0, None)) for front in FRONTS}
            await asyncio.sleep(0.3)
            await gw.gateway.drain()
            gw.gateway.end_watches()
            async with asyncio.timeout(5):
                traces = {front: [await task] for front, task in tasks.items()}
    assert {front: trace[0].end for front, trace in traces.items()} == dict.fromkeys(FRONTS, End.LEFT)
    fake.hold.set()
    async with running() as gw, readers(gw) as read:
        for front, trace in traces.items():
            trace.append(await read[front](job_id, trace[0].position, None))
        log = await log_of(gw.http, job_id)
    for trace in traces.values():
        assert trace[0].events
        assert_valid(trace, log)
    assert log[-1] == Event(log[-1].id, "completed", log[-1].time)
