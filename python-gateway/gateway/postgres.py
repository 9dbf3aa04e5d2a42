"""Connections to PostgreSQL: how many, how long one may wait, and what becomes of one whose server is silent."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import DiskFull
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

T = TypeVar("T")

LOCK_SECONDS = 10
POOL_SECONDS = 10

LIBPQ: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "harmonizer",
    # A peer that vanished without a word is noticed within about 20 s.
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


# What is answered as accepted is on disk, also where the server's default would answer sooner.
_DURABLE = "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"


def is_full(error: BaseException | None) -> bool:
    """Whether the server says that there is no room."""
    return isinstance(error, DiskFull)


def is_gone(error: BaseException | None) -> bool:
    """Whether the server is not there, does not answer, or lets go of us."""
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


class Connection(psycopg.AsyncConnection[Any]):
    """A connection that is cut when the server does not answer for so long.

    The server's own timeouts need the server; a peer that takes bytes and says nothing would hold its caller for ever.
    """

    seconds = 30.0

    async def wait(self, gen: PQGen[T], *more: Any, **named: Any) -> T:
        """Every exchange with the server comes through here."""
        watch = asyncio.get_running_loop().call_later(self.seconds, self.cut)
        try:
            return await super().wait(gen, *more, **named)
        finally:
            watch.cancel()

    def cut(self) -> None:
        """Ends the socket below: who waits for it gets an error now."""
        with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.fileno())) as below:
            below.shutdown(socket.SHUT_RDWR)


class Postgres:
    """Two pools of connections: who writes may have to read, and must not wait for other writers who do too."""

    def __init__(self, url: str, size: int, seconds: float) -> None:
        # Each reading is one statement, consistent by itself: it needs no transaction, and so nothing to roll back.
        self._reader = engine(url, size, seconds, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
        self._writer = engine(url, size, seconds)
        self._read = async_sessionmaker(self._reader, expire_on_commit=False, autoflush=False)
        self._write = async_sessionmaker(self._writer, expire_on_commit=False, autoflush=False)

    async def read(self, work: Callable[[Session], T]) -> T:
        """What the work finds."""
        async with self._read() as session:
            return await session.run_sync(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """What the work finds, once what it has written is on disk. What it raises undoes what it did."""
        async with self._write.begin() as session:
            return await session.run_sync(work)

    async def close(self) -> None:
        """Closes every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


def engine(url: str, size: int, seconds: float, **more: Any) -> AsyncEngine:
    """A pool of so many connections; no statement on one of them takes longer than so many seconds.

    url: with the driver, see gateway.dsn. A server that is gone is an error at once, or after its connect_timeout.
    """

    async def connect(*args: Any, **kwargs: Any) -> Connection:
        connection = await Connection.connect(*args, **kwargs)
        connection.seconds = seconds
        try:
            await connection.execute(_DURABLE)
            await connection.commit()
        except BaseException:
            await connection.close()
            raise
        return connection

    given, bound = make_url(url).query, int(seconds * 1000)
    options = f"-c statement_timeout={bound} -c idle_in_transaction_session_timeout={bound}"
    wanted = {**LIBPQ, "options": f"{options} -c lock_timeout={LOCK_SECONDS * 1000}"}
    return create_async_engine(
        url,
        hide_parameters=True,  # An error's text would show them: file names, options.
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "async_creator_fn": connect,
            **{name: value for name, value in wanted.items() if name not in given},
        },
        **more,
    )
