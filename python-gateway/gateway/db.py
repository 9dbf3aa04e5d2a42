"""The database: where it is, how a transaction begins and ends, how its tables come to be.

Not one transaction a request: bodies stream for minutes, and SQLite has one writer. Services open short ones.
"""

import errno
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from google.protobuf import json_format
from google.protobuf.message import Message
from psycopg.errors import DiskFull
from sqlalchemy import DateTime, Dialect, MetaData, Text, TypeDecorator, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from gateway import dsn, postgres
from gateway.errors import DatabaseUnavailable, StorageFull

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_SECONDS = 10.0
"""Time for which a statement waits for another process that has SQLite's lock."""

_PACKAGE = Path(__file__).resolve().parent


class Base(DeclarativeBase):
    """Every table's base. Constraints are named, so that a migration can name them."""

    metadata = MetaData(naming_convention=_NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """A time with zone UTC, also where the database keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ProtoJson(TypeDecorator[Message]):
    """A message of the contract, kept as its JSON with the names of the proto, so that a person can read the table."""

    impl = Text
    cache_ok = True

    def __init__(self, message: type[Message]) -> None:
        super().__init__()
        self.message = message

    def process_bind_param(self, value: Message | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json_format.MessageToJson(value, preserving_proto_field_name=True, indent=None, ensure_ascii=False)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Message | None:
        return None if value is None else json_format.Parse(value, self.message(), ignore_unknown_fields=True)


class Database:
    """Reads run side by side; writes run one after the other where the database (SQLite) has one writer.

    Two pools, also where one would do: who writes may have to read, and must not wait for other writers who do too.
    secure: SQLite overwrites removed rows with zeros; docs/operations.md says what that does not reach.
    """

    def __init__(self, url: str, pool: int = 10, seconds: float = 30.0, secure: bool = False) -> None:
        self.url = dsn.normal(url)
        self.is_postgres = dsn.is_postgres(url)
        self._secure, self._refused = secure and not self.is_postgres, False
        # Each reading is one statement, consistent by itself: it needs no transaction, and so nothing to roll back.
        if self.is_postgres:
            alone = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
            self._reader = postgres.engine(self.url, pool, seconds, **alone)
            self._writer = postgres.engine(self.url, pool, seconds)
        else:
            self._reader = _sqlite(self.url, secure, pool_size=8, pool_reset_on_return=None)
            self._writer = _sqlite(self.url, secure, pool_size=1)
            event.listen(self._writer.sync_engine, "begin", _begin_immediate)
        self._read = async_sessionmaker(self._reader, expire_on_commit=False, autoflush=False)
        self._write = async_sessionmaker(self._writer, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for one query; nothing written in it stays. Raises DatabaseUnavailable."""
        with _told_apart():
            async with self._read() as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises DatabaseUnavailable, behind which nobody knows whether it was committed; StorageFull.
        """
        try:
            with _told_apart():
                async with self._write.begin() as session:
                    yield session
        except (DatabaseUnavailable, StorageFull):
            self._refused = True
            raise
        self._refused = False

    async def ping(self) -> None:
        """Raises DatabaseUnavailable, StorageFull. A database that took no write lately is asked for one."""
        with _told_apart():
            async with self._reader.connect() as connection:
                await connection.execute(text("SELECT 1"))
        if self._refused:
            async with self.write() as session:
                await session.execute(text("SELECT 1"))

    async def scrub(self) -> None:
        """Empties SQLite's write-ahead log, where deletion is to be secure: removed rows stand in it as they were.

        Who reads at this moment may be in the way, or the database gone; then the next call does it.
        """
        if not self._secure:
            return
        with suppress(DatabaseUnavailable), _told_apart():
            async with self._reader.connect() as connection:
                (await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).all()

    async def close(self) -> None:
        """Closes every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


@contextmanager
def _told_apart() -> Iterator[None]:
    """Makes errors of ours of a database that is gone, busy or full. Others are about the statement, and a bug."""
    try:
        yield
    except DBAPIError as error:
        if _is_full(error.orig):
            raise StorageFull(_FULL) from None
        if error.connection_invalidated or _is_gone(error.orig):
            raise DatabaseUnavailable from None
        raise
    except sqlite3.OperationalError as error:  # Of BEGIN, which goes to the driver itself.
        if _is_full(error):
            raise StorageFull(_FULL) from None
        if _is_gone(error):
            raise DatabaseUnavailable from None
        raise
    except (PoolTimeout, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise StorageFull(_FULL) from None
        raise DatabaseUnavailable from None


def _is_full(error: BaseException | None) -> bool:
    return isinstance(error, DiskFull) or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL


def _is_gone(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in _SQLITE_GONE
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


_FULL = "no space is left for the database: an administrator has to free or add some; then try again"
_SQLITE_GONE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def _sqlite(url: str, secure: bool, **pool: Any) -> AsyncEngine:
    # Parameters are hidden because an error's text would show them: file names, options.
    engine = create_async_engine(url, hide_parameters=True, max_overflow=0, pool_timeout=60, **pool)
    event.listen(engine.sync_engine, "connect", partial(_prepare, secure))
    return engine


def _prepare(secure: bool, connection: Any, _: Any) -> None:
    # The driver must not begin transactions by itself; a write that starts as a read can fail halfway.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: a committed job survives a power cut. WAL: readers do not wait for the writer.
    pragmas = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000:.0f}"]
    if secure:
        pragmas += ["secure_delete=ON", "temp_store=MEMORY"]
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # Straight to the driver: through a cursor of SQLAlchemy's it takes three hops to its thread instead of one.
    driver: Any = connection.connection.dbapi_connection
    driver.run_async(lambda inner: inner.execute("BEGIN IMMEDIATE"))


def alembic_config(url: str) -> Config:
    """Alembic's settings, with the URL of a blocking driver."""
    config = Config()
    beside = _PACKAGE / "migrations"  # A wheel carries them inside the package, the repository beside it.
    config.set_main_option("script_location", str(beside if beside.is_dir() else _PACKAGE.parent / "migrations"))
    config.attributes["url"] = dsn.blocking(url)
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Brings the tables up to the revision. Blocks; run it in a thread inside a loop. Raises DatabaseUnavailable."""
    with _told_apart():
        command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Takes the tables back to the revision. Blocks."""
    command.downgrade(alembic_config(url), revision)
