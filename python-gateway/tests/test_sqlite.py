"""SQLite in threads: what waits is written together, and each change stands or falls by itself."""

import asyncio
import shutil
import threading
from collections import Counter

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.sqlite import Sqlite, is_full

INSERT = text("insert into idempotency_keys values ('jobs', :key, '', '', '2026-01-01')")
KEYS = text("select key from idempotency_keys order by key")


@pytest.fixture
async def db(tables, tmp_path):
    shutil.copy(tables, tmp_path / "x.db")
    db = Sqlite(f"sqlite:///{tmp_path / 'x.db'}", secure=False)
    yield db
    await db.close()


class Busy:
    """A change that holds the writer until it is let go."""

    def __init__(self) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()

    def __call__(self, session: Session) -> None:
        session.execute(text("select 1"))  # Nothing begins without a statement.
        self.began.set()
        assert self.go_on.wait(20)


def add(key: str, broken: bool = False):
    def work(session: Session) -> str:
        session.execute(INSERT, {"key": key})
        if broken:
            raise ZeroDivisionError
        return key

    return work


async def keys(db: Sqlite) -> list[str]:
    return await db.read(lambda session: list(session.scalars(KEYS)))


async def test_what_waits_is_committed_together_and_each_for_itself(db):
    commits = Counter()
    event.listen(db._writer, "commit", lambda _: commits.update(["commit"]))
    busy = Busy()
    first = asyncio.create_task(db.write(busy))
    await asyncio.to_thread(busy.began.wait, 20)
    works = [add("a"), add("b", broken=True), add("a"), add("c"), add("gone")]
    waiting = [asyncio.create_task(db.write(work)) for work in works]
    await asyncio.sleep(0)
    waiting[-1].cancel()
    busy.go_on.set()
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [results[1], results[4]] == ["a", "c"]
    kinds = [type(result) for result in (results[2], results[3], results[5])]
    assert kinds == [ZeroDivisionError, IntegrityError, asyncio.CancelledError]
    assert (await keys(db), commits["commit"]) == (["a", "c"], 2)


async def test_where_the_commit_fails_everybody_is_told(db, monkeypatch):
    busy = Busy()
    first = asyncio.create_task(db.write(busy))
    await asyncio.to_thread(busy.began.wait, 20)
    waiting = [asyncio.create_task(db.write(add(key))) for key in "abc"]
    await asyncio.sleep(0)

    def refuse(_):
        raise OSError

    event.listen(db._writer, "commit", refuse)
    busy.go_on.set()
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [type(result) for result in results[1:]] == [OSError] * 3
    event.remove(db._writer, "commit", refuse)
    assert await keys(db) == []


async def test_the_loop_goes_on_while_the_writer_is_busy(db):
    busy = Busy()
    writing = asyncio.create_task(db.write(busy))
    await asyncio.to_thread(busy.began.wait, 20)
    assert await keys(db) == []
    busy.go_on.set()
    await writing


async def test_where_there_is_no_room_everybody_beside_is_told_so(db):
    def narrow(session: Session) -> None:
        pages = session.scalar(text("pragma page_count"))
        session.execute(text(f"pragma max_page_count = {pages + 2}"))

    await db.write(narrow)
    busy = Busy()
    first = asyncio.create_task(db.write(busy))
    await asyncio.to_thread(busy.began.wait, 20)
    waiting = [asyncio.create_task(db.write(add(key))) for key in ("a", "b" * 1_000_000, "c")]
    await asyncio.sleep(0)
    busy.go_on.set()
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [is_full(result.orig) for result in results[1:]] == [True] * 3
    assert await db.write(add("d")) == "d"
    assert await keys(db) == ["d"]


async def test_a_write_to_a_closed_database_is_told(db):
    await db.close()
    with pytest.raises(RuntimeError):
        await asyncio.wait_for(db.write(add("late")), 5)
