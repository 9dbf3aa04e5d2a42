"""SQLite in threads of its own: one that writes, some that read.

A transaction is one trip to a thread, not one a statement: trips cost more than the statements do, and the one writer
would spend its time between them. What wants to be written meanwhile is then written together, with one flush.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from gateway import dsn

T = TypeVar("T")

BUSY_SECONDS = 10.0
"""Time for which a statement waits for another process that has SQLite's lock."""
READERS = 2
"""A reading is short. More threads than cores only take turns at the interpreter, which costs more than they do."""
TOGETHER = 100
"""Most changes that are committed together."""


_GONE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def is_full(error: BaseException | None) -> bool:
    """Whether the driver says that there is no room."""
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL


def is_gone(error: BaseException | None) -> bool:
    """Whether the driver says that the file cannot be used now."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _GONE


@dataclass
class _Change:
    """What one caller wants written, and where it waits."""

    work: Callable[[Session], Any]
    done: asyncio.Future[Any]


class Sqlite:
    """A database file, for one event loop."""

    def __init__(self, url: str, secure: bool) -> None:
        # Each reading is one statement, consistent by itself: it needs no transaction, and so nothing to roll back.
        self._reader = _engine(url, secure, pool_size=READERS, pool_reset_on_return=None)
        self._writer = _engine(url, secure, pool_size=1)
        event.listen(self._writer, "begin", _begin_immediate)
        self._read_threads = ThreadPoolExecutor(READERS, "sqlite-read")
        self._write_thread = ThreadPoolExecutor(1, "sqlite-write")
        self._waiting: list[_Change] = []
        self._writing: asyncio.Task[None] | None = None

    async def read(self, work: Callable[[Session], T]) -> T:
        """What the work finds."""
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, _alone, self._reader, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """What the work finds, once what it has written is on disk. What it raises undoes what it did, and that alone.

        Who is cancelled does not know whether it was written.
        """
        change = _Change(work, asyncio.get_running_loop().create_future())
        self._waiting.append(change)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting(), name="sqlite-write")
        return await change.done  # type: ignore[no-any-return]

    async def _write_waiting(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            some, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            some = [change for change in some if not change.done.done()]
            works = [change.work for change in some]
            try:
                outcomes = await loop.run_in_executor(self._write_thread, _together, self._writer, works)
            except RuntimeError as error:  # Closed: nobody may wait for a thread that is gone.
                outcomes = [_Failed(error)] * len(works)
            for change, outcome in zip(some, outcomes, strict=True):
                _tell(change.done, outcome)

    async def close(self) -> None:
        """Waits for what is being written, and closes every connection."""
        if self._writing is not None:
            await asyncio.wait({self._writing})
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for threads, engine in ((self._read_threads, self._reader), (self._write_thread, self._writer)):
            threads.shutdown()
            engine.dispose()


@dataclass(frozen=True)
class _Failed:
    error: Exception


def _tell(done: asyncio.Future[Any], outcome: Any) -> None:
    if done.done():  # The caller was cancelled.
        return
    if isinstance(outcome, _Failed):
        done.set_exception(outcome.error)
    else:
        done.set_result(outcome)


def _alone(bind: Engine | Connection, work: Callable[[Session], T], **more: Any) -> T:
    # begin and not commit: a commit that fails is then rolled back, and leaves the connection fit for the next.
    with Session(bind, expire_on_commit=False, autoflush=False, **more) as session, session.begin():
        return work(session)


def _together(engine: Engine, works: Sequence[Callable[[Session], Any]]) -> list[Any]:
    """What each work returned or, as _Failed, raised. Where the commit fails, everybody is told so."""
    try:
        if len(works) == 1:
            return [_alone(engine, works[0])]
        with engine.begin() as connection:
            return [_beside(connection, work) for work in works]
    except Exception as error:
        return [_Failed(error)] * len(works)


def _beside(connection: Connection, work: Callable[[Session], Any]) -> Any:
    why: list[Exception] = []

    def noted(session: Session) -> Any:
        try:
            value = work(session)
            session.flush()
            return value
        except Exception as error:
            why.append(error)
            raise

    try:
        return _alone(connection, noted, join_transaction_mode="create_savepoint")
    except Exception as error:
        first = why[0] if why else error
        # SQLite itself has undone everything where it has no room or cannot read, and then there is no savepoint to go
        # back to either, which is not what anybody needs to hear.
        if not _driver(connection).in_transaction:
            raise first from None
        return _Failed(first)


def _engine(url: str, secure: bool, **pool: Any) -> Engine:
    # Parameters are hidden because an error's text would show them: file names, options.
    engine = create_engine(dsn.normal(url), hide_parameters=True, max_overflow=0, pool_timeout=60, **pool)
    event.listen(engine, "connect", partial(_prepare, secure))
    return engine


def _prepare(secure: bool, connection: Any, _: Any) -> None:
    # The driver must not begin transactions by itself; a write that starts as a read can fail halfway.
    connection.isolation_level = None
    # FULL: a committed job survives a power cut. WAL: readers do not wait for the writer.
    pragmas = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000:.0f}"]
    if secure:
        pragmas += ["secure_delete=ON", "temp_store=MEMORY"]
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    _driver(connection).execute("BEGIN IMMEDIATE")


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
