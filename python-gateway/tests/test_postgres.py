"""PostgreSQL as a database: gone, silent, full of waiters; what it is called in errors and how long it takes."""

import asyncio
import time

import psycopg
import pytest
from postgres import PASSWORD
from running_gateway import until
from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.util.concurrency import await_
from stalling_relay import Relay

from gateway import dsn
from gateway.db import Database
from gateway.errors import DatabaseUnavailable
from gateway.jobs.bell import Bell
from gateway.jobs.notices import CHANNEL, Notices


async def ask(db: Database, statement: str = "select 1") -> None:
    await db.write(Session.execute, text(statement))


async def test_a_database_that_says_nothing_counts_as_gone_in_time(postgres, database):
    async with Relay(postgres.port) as relay:
        url = f"{database.replace(str(postgres.port), str(relay.port))}?connect_timeout=2"
        db = Database(url, pool=2, seconds=1.0)
        await ask(db)
        await db.ping()
        relay.stall()
        began = time.monotonic()
        for what in (ask(db), db.ping()):
            with pytest.raises(DatabaseUnavailable) as caught:
                await what
            assert PASSWORD not in repr(caught.value)
        assert time.monotonic() - began < 15
        relay.resume()
        await ask(db)
        await db.ping()
        await db.close()


async def test_statements_and_locks_are_bounded(database):
    db = Database(database, pool=2, seconds=1.0)
    with pytest.raises(DatabaseUnavailable):
        await ask(db, "select pg_sleep(20)")
    await ask(db)
    await db.close()


async def test_more_writers_than_connections_that_also_read_come_through(database):
    """Two pools: a writer that waits for a connection to read over would wait for other writers who do the same."""
    db = Database(database, pool=2, seconds=10.0)

    def write_and_read(session: Session) -> None:
        session.execute(text("select 1"))
        await_(db.read(Session.execute, text("select pg_sleep(0.01)")))

    async with asyncio.timeout(8):
        await asyncio.gather(*(db.write(write_and_read) for _ in range(20)))
    await db.close()


async def test_a_database_that_is_not_there_is_told_at_once():
    db = Database("postgresql://someone:canary@127.0.0.1:1/x")
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable) as caught:
        await db.ping()
    assert time.monotonic() - began < 5
    assert "canary" not in repr(caught.value)
    await db.close()


async def test_a_listener_comes_back_and_wakes_everybody(postgres, database):
    bell = Bell()
    async with Relay(postgres.port) as relay:
        notices = Notices(dsn.conninfo(database.replace(str(postgres.port), str(relay.port))), bell)
        notices.start()
        with bell.listen("a-job") as heard, psycopg.connect(database, autocommit=True) as speaker:
            await asyncio.wait_for(heard.wait(), 10)  # It listens.
            heard.clear()
            speaker.execute(f"notify {CHANNEL}, 'another-job'")
            speaker.execute(f"notify {CHANNEL}, 'a-job'")
            await asyncio.wait_for(heard.wait(), 10)
            heard.clear()
            others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            speaker.execute(f"{others} and datname = current_database()")
            await asyncio.wait_for(heard.wait(), 10)  # Of whatever it missed.
            heard.clear()
            speaker.execute(f"notify {CHANNEL}, 'a-job'")
            await asyncio.wait_for(heard.wait(), 10)
        await notices.close()
        await until(lambda: notices._task is not None and notices._task.done())


async def test_an_event_is_told_with_its_transaction_and_not_without(database):
    bell = Bell()
    notices = Notices(dsn.conninfo(database), bell)
    notices.start()
    event = "insert into job_events values ('j', 1, 'created', now(), 'queued', 0, null, null, '', '', '')"
    job = """insert into jobs (id, status, operation, options, output_format, file_name, input_bytes, input_sha256,
        create_time, attempt, last_event_id, error_code, error_reason, error_message)
        values ('j', 'queued', 'clean', '{}', 'csv', '', 0, '', now(), 0, 1, '', '', '')"""
    with bell.listen("j") as heard, psycopg.connect(database) as writer:
        await asyncio.wait_for(heard.wait(), 10)
        heard.clear()
        for end, told in ((writer.rollback, False), (writer.commit, True)):
            writer.execute(job)
            writer.execute(event)
            await asyncio.sleep(0.2)
            assert not heard.is_set()
            end()
            await asyncio.sleep(0 if told else 0.3)
            if told:
                await asyncio.wait_for(heard.wait(), 10)
            assert heard.is_set() == told
    await notices.close()


async def test_a_commit_is_on_disk_also_where_the_server_would_answer_sooner(database):
    with psycopg.connect(dsn.conninfo(database)) as connection:
        assert connection.execute("show synchronous_commit").fetchone() == ("off",), "as the tests' server is set"
    db = Database(database, pool=2, seconds=10.0)
    assert await db.write(Session.scalar, text("show synchronous_commit")) == "on"
    await db.close()
