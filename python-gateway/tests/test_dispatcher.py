"""The contract of a dispatcher and its consumer: one suite over the queue in memory and the queue in PostgreSQL."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from running_gateway import until
from sqlalchemy.orm import Session

from gateway import dsn
from gateway.db import Database, migrate
from gateway.errors import DatabaseUnavailable
from gateway.ids import new_id, now
from gateway.jobs import repository, rescue
from gateway.jobs.consumer import ProcrastinateConsumer, Pulse
from gateway.jobs.dispatcher import Consumer, Dispatcher, LocalConsumer, LocalDispatcher
from gateway.jobs.models import Job
from gateway.jobs.queue import ProcrastinateDispatcher, Queue, Workers
from gateway.jobs.states import COMPLETE, HAND_BACK, LIVE
from gateway.metrics import Metrics
from harmonizer.v1.options_pb2 import Options

LIMIT, WORKERS = 3, 2
PULSE = Pulse(heartbeat_seconds=0.2, stalled_seconds=0.6, look_seconds=0.2, stuck_seconds=1.0)

both = pytest.mark.both_databases
rows = "select count(*) from procrastinate_jobs"


def a_job() -> Job:
    return Job(
        id=new_id(), status="queued", operation="harmonize", options=Options(), output_format="csv", file_name="a.csv",
        input_bytes=1, input_sha256="", create_time=now(), attempt=0, attempts_forgiven=0, last_event_id=1,
        error_code="", error_reason="", error_message="", reads=[],
    )  # fmt: skip


@dataclass
class Runs:
    """What a consumer has been asked to run, in place of the runner: it moves the job as that does."""

    db: Database
    dispatcher: Dispatcher
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    began: Counter[str] = field(default_factory=Counter)
    running: set[str] = field(default_factory=set)
    most: int = 0
    failing: int = 0
    """So many runs find no database."""

    async def run(self, job_id: str, stopping: asyncio.Event) -> None:
        if self.failing:
            self.failing -= 1
            raise DatabaseUnavailable
        job = await self.db.write(repository.begin, job_id, None, 20)
        if job is None:
            return
        self.began[job_id] += 1
        self.running.add(job_id)
        self.most = max(self.most, len(self.running))
        try:
            held, stop = asyncio.create_task(self.hold.wait()), asyncio.create_task(stopping.wait())
            await asyncio.wait({held, stop}, return_when=asyncio.FIRST_COMPLETED)
            held.cancel(), stop.cancel()
            await self.db.write(self._end, job_id, job.attempt, stopping.is_set())
        finally:
            self.running.discard(job_id)

    def _end(self, session: Session, job_id: str, attempt: int, hand_back: bool) -> None:
        repository.move(session, job_id, HAND_BACK if hand_back else COMPLETE, fence=attempt)
        if hand_back:
            self.dispatcher.enqueue(session, job_id)


@dataclass
class Place:
    """A database, a way to jobs in it, and one who works on them."""

    db: Database
    dispatcher: Dispatcher
    consumer: Consumer
    runs: Runs

    async def add(self, count: int = 1) -> list[str]:
        return [await self._add() for _ in range(count)]

    async def _add(self) -> str:
        job = a_job()
        await self.db.write(self.make, job)
        self.dispatcher.submitted(job.id)
        return job.id

    def make(self, session: Session, job: Job) -> None:
        repository.add(session, job)
        self.dispatcher.enqueue(session, job.id)

    async def status(self, job_id: str) -> str:
        found = await self.db.read(repository.state, job_id)
        assert found
        return found[0]

    async def ended(self, ids: list[str], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while {await self.status(job_id) for job_id in ids} & set(LIVE):  # noqa: ASYNC110 - it is what is waited for.
                await asyncio.sleep(0.02)


def a_place(url: str, pulse: Pulse = PULSE) -> Place:
    db, metrics = Database(url), Metrics()
    if dsn.is_postgres(url):
        queue = Queue(dsn.conninfo(url), 5.0)
        dispatcher: Dispatcher = ProcrastinateDispatcher(queue, db, LIMIT, metrics)
        runs = Runs(db, dispatcher)
        consumer: Consumer = ProcrastinateConsumer(queue, db, runs.run, WORKERS, pulse, metrics)
        return Place(db, dispatcher, consumer, runs)
    local = LocalDispatcher(LIMIT, metrics)
    runs = Runs(db, local)

    async def live() -> list[str]:
        return list(await db.read(repository.live))

    consumer = LocalConsumer(local, runs.run, live, WORKERS, pulse.look_seconds, pulse.stuck_seconds)
    return Place(db, local, consumer, runs)


@pytest.fixture
def url(backend, tmp_path, request) -> str:
    if backend == "postgres":
        return request.getfixturevalue("database")
    path = f"sqlite:///{tmp_path / 'x.db'}"
    migrate(path)
    return path


@asynccontextmanager
async def opened(url: str, pulse: Pulse = PULSE) -> AsyncIterator[Place]:
    place = a_place(url, pulse)
    try:
        yield place
    finally:
        place.runs.hold.set()
        await place.consumer.drain(1.0)
        await place.db.close()


@pytest.fixture
async def place(url) -> AsyncIterator[Place]:
    async with opened(url) as place:
        yield place


def asked(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


# --- Over both ---


@both
async def test_what_is_committed_runs_once(place):
    ids = await place.add(4)
    place.runs.hold.set()
    await place.consumer.start()
    await place.ended(ids)
    await asyncio.sleep(PULSE.look_seconds * 2)
    assert place.runs.began == Counter(ids)


@both
async def test_what_is_rolled_back_was_never_there(place, url):
    job = a_job()

    def half_done(session: Session) -> None:
        place.make(session, job)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await place.db.write(half_done)
    if place.db.is_postgres:
        assert asked(url, rows) == [(0,)]
    place.runs.hold.set()
    await place.consumer.start()
    ids = await place.add()
    await place.ended(ids)
    assert place.runs.began == Counter(ids)
    assert await place.db.read(repository.state, job.id) is None


@both
async def test_so_many_at_once_and_no_more(place):
    ids = await place.add(5)
    await place.consumer.start()
    await until(lambda: len(place.runs.running) == WORKERS, 20)
    await asyncio.sleep(0.3)
    assert len(place.runs.began) == WORKERS
    place.runs.hold.set()
    await place.ended(ids)
    assert place.runs.most == WORKERS


@both
async def test_room_is_for_those_who_wait(place):
    assert await place.dispatcher.has_room()
    ids = await place.add(LIMIT)
    assert not await place.dispatcher.has_room()
    place.runs.hold.set()
    await place.consumer.start()
    await place.ended(ids)
    assert await place.dispatcher.has_room()


@both
async def test_a_job_that_was_withdrawn_does_not_begin(place):
    first, second = await place.add(2)
    place.dispatcher.withdraw(first)
    withdrawn = repository.Transition("cancelled", ("queued",), "cancelled")
    assert await place.db.write(repository.move, first, withdrawn)
    place.runs.hold.set()
    await place.consumer.start()
    await place.ended([second])
    assert place.runs.began == Counter([second])


@both
async def test_who_drains_takes_nothing_and_hands_back_what_runs(place, url):
    running = await place.add(WORKERS)
    await place.consumer.start()
    await until(lambda: len(place.runs.running) == WORKERS, 20)
    waiting = await place.add()
    began = time.monotonic()
    await place.consumer.drain(0.3)
    assert time.monotonic() - began < 5
    assert not place.runs.running
    assert {await place.status(job_id) for job_id in (*running, *waiting)} == {"queued"}
    async with opened(url) as other:
        other.runs.hold.set()
        await other.consumer.start()
        await other.ended([*running, *waiting])
        assert other.runs.began == Counter([*running, *waiting])


@both
async def test_a_drain_waits_for_what_is_about_to_end(place):
    ids = await place.add()
    await place.consumer.start()
    await until(lambda: place.runs.running, 20)
    asyncio.get_running_loop().call_later(0.3, place.runs.hold.set)
    await place.consumer.drain(10)
    assert await place.status(ids[0]) == "completed"


@both
async def test_a_run_that_finds_no_database_is_run_again(place):
    place.runs.failing = 2
    place.runs.hold.set()
    ids = await place.add()
    await place.consumer.start()
    await place.ended(ids)
    assert place.runs.began == Counter(ids)


@both
async def test_a_consumer_with_nothing_to_do_is_not_stuck(place):
    await place.consumer.start()
    await asyncio.sleep(PULSE.stuck_seconds * 1.5)
    assert await place.consumer.stuck() == ""


# --- Over PostgreSQL ---


async def test_the_row_of_the_queue_is_there_with_the_job_and_not_before(database):
    async with opened(database) as place:
        job = a_job()

        def make(session: Session) -> None:
            place.make(session, job)
            session.flush()
            assert asked(database, "select id from jobs union all select lock from procrastinate_jobs") == []

        await place.db.write(make)
        assert asked(database, "select jobs.id, lock from jobs, procrastinate_jobs") == [(job.id, job.id)]


async def frozen(place: Place) -> None:
    """As if the process were gone: nothing of it speaks to the database any more, what it ran stays as it was."""
    consumer = place.consumer
    assert isinstance(consumer, ProcrastinateConsumer)
    tasks = [*consumer._tasks, *(run.task for run in consumer._running.values() if run.task)]
    worker = [task for task in asyncio.all_tasks() if task.get_name() in ("worker loop", "queue-worker")]
    consumer._queue.connector.patient = False
    if consumer._queue._pool is not None:
        await consumer._queue._pool.close(timeout=0.1)
    for task in (*worker, *tasks):
        task.cancel()
    await asyncio.wait({*worker, *tasks}, timeout=3)


async def test_jobs_of_a_dead_worker_are_rescued(database):
    async with opened(database) as dead, opened(database) as other:
        ids = await dead.add(WORKERS)
        await dead.consumer.start()
        await until(lambda: len(dead.runs.running) == WORKERS, 20)
        await frozen(dead)
        other.runs.hold.set()
        await other.consumer.start()
        await other.ended(ids)
        assert set(other.runs.began) == set(ids)
    assert asked(database, rows) == [(0,)]
    assert asked(database, "select count(*) from procrastinate_workers") == [(0,)]


async def test_a_busy_worker_is_left_alone(database):
    """Rescue is for the dead: a run that takes many times the bound is not taken away."""
    async with opened(database) as one, opened(database) as other:
        ids = await one.add()
        await one.consumer.start()
        await until(lambda: one.runs.running, 20)
        await other.consumer.start()
        await asyncio.sleep(PULSE.stalled_seconds * 4)
        one.runs.hold.set()
        await one.ended(ids)
        assert (one.runs.began, other.runs.began) == (Counter(ids), Counter())


async def test_a_job_that_the_queue_forgot_is_found(database):
    async with opened(database) as place:
        ids = await place.add(2)
        asked(database, "delete from procrastinate_jobs returning id")
        place.runs.hold.set()
        await place.consumer.start()
        await place.ended(ids)
        assert place.runs.began == Counter(ids)


async def test_many_who_look_at_once_put_a_forgotten_job_back_once(database):
    async with opened(database) as place:
        [job_id] = await place.add()
        asked(database, "delete from procrastinate_jobs returning id")

        def look(session: Session) -> None:
            rescue.one_at_a_time(session)
            for found in rescue.forgotten(session):
                place.dispatcher.enqueue(session, found)

        await asyncio.gather(*(place.db.write(look) for _ in range(8)))
        assert asked(database, "select lock, status from procrastinate_jobs") == [(job_id, "todo")]


async def test_many_who_rescue_at_once_give_a_row_back_once(database):
    async with opened(database) as place:
        await place.add(3)
        asked(database, "update procrastinate_jobs set status = 'doing' returning id")

        assert sum(await asyncio.gather(*(place.db.write(rescue.stalled, 1.0) for _ in range(8)))) == 3
        assert asked(database, "select status, attempts from procrastinate_jobs") == [("todo", 1)] * 3


async def test_two_rows_of_one_job_are_never_worked_on_side_by_side(database):
    async with opened(database) as place:
        [job_id] = await place.add()
        await place.db.write(place.dispatcher.enqueue, job_id)
        await place.consumer.start()
        await until(lambda: place.runs.running, 20)
        await asyncio.sleep(0.5)
        assert place.runs.began == Counter([job_id])
        assert asked(database, "select status from procrastinate_jobs order by id") == [("doing",), ("todo",)]


async def test_a_zombie_cannot_end_the_row_that_another_worker_has(database):
    async with opened(database) as zombie, opened(database) as other:
        ids = await zombie.add(WORKERS)  # So many that it asks for no more.
        await zombie.consumer.start()
        await until(lambda: len(zombie.runs.running) == WORKERS, 20)
        asked(database, "update procrastinate_jobs set worker_id = null returning id")
        await other.consumer.start()
        await until(lambda: len(other.runs.running) == WORKERS, 20)
        theirs = asked(database, "select id, status, worker_id from procrastinate_jobs order by id")
        zombie.runs.hold.set()
        await until(lambda: not zombie.runs.running, 20)
        await asyncio.sleep(0.3)
        assert asked(database, "select id, status, worker_id from procrastinate_jobs order by id") == theirs
        other.runs.hold.set()
        await other.ended(ids)
        assert set(other.runs.began) == set(ids)


async def test_nobody_at_work_is_told(database):
    workers = Workers(Database(database), 0.3, PULSE.stalled_seconds)
    async with opened(database) as place:
        assert await workers.stuck() == ""
        ids = await place.add()
        assert await workers.stuck() == "", "it has not waited for long"
        await asyncio.sleep(0.4)
        assert "start `harmonizer worker`" in await workers.stuck()
        place.runs.hold.set()
        await place.consumer.start()
        await place.ended(ids)
        assert await workers.stuck() == ""
    await workers._db.close()


async def test_a_worker_that_cannot_ask_says_so_and_begins_anew(database):
    async with opened(database) as place:
        await place.consumer.start()
        manager, fetch = place.consumer._queue.app.job_manager, place.consumer._queue.app.job_manager.fetch_job

        async def never(**_: object) -> None:
            await asyncio.Event().wait()

        manager.fetch_job = never
        await asyncio.sleep(2.2)  # One question may be under way.
        async with asyncio.timeout(10):
            while not await place.consumer.stuck():  # noqa: ASYNC110 - nothing tells of it.
                await asyncio.sleep(0.1)
        manager.fetch_job = fetch
        assert "does not ask" in await place.consumer.stuck()
