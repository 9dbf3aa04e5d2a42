"""The database: where it is, how a transaction begins and ends, how its tables come to be.

Not one transaction a request: bodies stream for minutes, and SQLite has one writer. Services ask for short ones.
"""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message
from sqlalchemy import DateTime, Dialect, MetaData, Text, TypeDecorator, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session

from gateway import dsn, sqlite
from gateway.errors import DatabaseUnavailable, StorageFull

if TYPE_CHECKING:
    from alembic.config import Config

    from gateway.postgres import Postgres

T = TypeVar("T")
P = ParamSpec("P")

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
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
        self.message: Any = message

    def process_bind_param(self, value: Message | None, dialect: Dialect) -> str | None:
        return None if value is None else _rendered(self.message, value.SerializeToString(deterministic=True))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Message | None:
        return None if value is None else self.message.FromString(_parsed(self.message, value))


# A job's own texts are read again and again by those who watch it, and stand in its events too.
@lru_cache(maxsize=1024)
def _rendered(kind: Any, data: bytes) -> str:
    message = kind.FromString(data)
    text = json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None, ensure_ascii=False)
    _remember(kind, text, data)
    return text


# What was written here is soon read back, and need not be parsed.
_DATA_OF: dict[tuple[Any, str], bytes] = {}
_MOST_DATA = 1024


def _parsed(kind: Any, text: str) -> bytes:
    if (known := _DATA_OF.get((kind, text))) is not None:
        return known
    message: Message = json_format.Parse(text, kind(), ignore_unknown_fields=True)
    data = message.SerializeToString(deterministic=True)
    _remember(kind, text, data)
    return data


def _remember(kind: Any, text: str, data: bytes) -> None:
    if len(_DATA_OF) >= _MOST_DATA:
        _DATA_OF.clear()
    _DATA_OF[kind, text] = data


class Database:
    """Reads run side by side; writes run one after the other where the database (SQLite) has one writer.

    What is to be read or written is a function of a session and whatever else it is called with. It must do nothing
    else: over SQLite it runs in another thread.
    secure: SQLite overwrites removed rows with zeros; docs/operations.md says what that does not reach.
    """

    def __init__(self, url: str, pool: int = 10, seconds: float = 30.0, secure: bool = False) -> None:
        self.url = dsn.normal(url)
        self.is_postgres = dsn.is_postgres(url)
        self._secure, self._refused = secure and not self.is_postgres, False
        self._under: Postgres | sqlite.Sqlite
        if self.is_postgres:
            self._under = _kind(url).Postgres(self.url, pool, seconds)
        else:
            self._under = sqlite.Sqlite(self.url, secure)

    async def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What one query finds; nothing written stays. Raises DatabaseUnavailable."""
        with _told_apart(self.url):
            return await self._under.read(lambda session: work(session, *args, **kwargs))

    async def write(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction: committed when the work returns, rolled back when it raises.

        Raises DatabaseUnavailable, behind which nobody knows whether it was committed; StorageFull.
        """
        try:
            with _told_apart(self.url):
                value = await self._under.write(lambda session: work(session, *args, **kwargs))
        except (DatabaseUnavailable, StorageFull):
            self._refused = True
            raise
        self._refused = False
        return value

    async def ping(self) -> None:
        """Raises DatabaseUnavailable, StorageFull. A database that took no write lately is asked for one."""
        await self.read(_ask)
        if self._refused:
            await self.write(_ask)

    async def scrub(self) -> None:
        """Empties SQLite's write-ahead log, where deletion is to be secure: removed rows stand in it as they were.

        Who reads at this moment may be in the way, or the database gone; then the next call does it.
        """
        if self._secure:
            with suppress(DatabaseUnavailable):
                await self.read(_ask, "PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Closes every connection."""
        await self._under.close()


def _ask(session: Session, what: str = "SELECT 1") -> None:
    session.execute(text(what)).all()


def _kind(url: str) -> Any:
    """The module of the kind of database. PostgreSQL's is loaded where it is used: it takes a while."""
    if not dsn.is_postgres(url):
        return sqlite
    from gateway import postgres

    return postgres


@contextmanager
def _told_apart(url: str) -> Iterator[None]:
    """Makes errors of ours of a database that is gone, busy or full. Others are about the statement, and a bug."""
    try:
        yield
    except DBAPIError as error:
        if _kind(url).is_full(error.orig):
            raise StorageFull(_FULL) from None
        if error.connection_invalidated or _kind(url).is_gone(error.orig):
            raise DatabaseUnavailable from None
        raise
    except sqlite3.OperationalError as error:  # Of BEGIN, which goes to the driver itself.
        if sqlite.is_full(error):
            raise StorageFull(_FULL) from None
        if sqlite.is_gone(error):
            raise DatabaseUnavailable from None
        raise
    except (PoolTimeout, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise StorageFull(_FULL) from None
        raise DatabaseUnavailable from None


_FULL = "no space is left for the database: an administrator has to free or add some; then try again"


def migrations() -> Path:
    """Their directory: a wheel carries them inside the package, the repository beside it."""
    beside = _PACKAGE / "migrations"
    return beside if beside.is_dir() else _PACKAGE.parent / "migrations"


def alembic_config(url: str) -> "Config":
    """Alembic's settings, with the URL."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.attributes["url"] = make_url(dsn.normal(url))
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Brings the tables up to the revision. Blocks; run it in a thread inside a loop. Raises DatabaseUnavailable."""
    if revision == "head" and _is_migrated(url):
        return
    from alembic import command

    with _told_apart(url):
        command.upgrade(alembic_config(url), revision)


def _is_migrated(url: str) -> bool:
    """Whether a file of SQLite has the newest tables for sure: then Alembic, which takes a second, is not loaded."""
    path = Path(make_url(dsn.normal(url)).database or "")
    if dsn.is_postgres(url) or not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("select version_num from alembic_version").fetchall() == [(newest(),)]
    except sqlite3.Error:
        return False


def newest() -> str:
    """The newest revision: the files of migrations begin with their number."""
    return max(path.name for path in (migrations() / "versions").glob("[0-9]*_*.py")).partition("_")[0]


def downgrade(url: str, revision: str) -> None:
    """Takes the tables back to the revision. Blocks."""
    from alembic import command

    command.downgrade(alembic_config(url), revision)
