"""Database URLs: which are taken, and how each driver wants them. None of them is ever part of an error or a log."""

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = {
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",  # The form that was told to users before.
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
TAKEN = "must be postgresql://user:password@host/database or sqlite:///file"


def normal(url: str) -> str:
    """The URL with the driver that the gateway uses. Raises ValueError, which names no part of it."""
    try:
        parsed = make_url(url)
        return _text(parsed.set(drivername=_DRIVER[parsed.drivername]))
    except (ArgumentError, KeyError, ValueError):
        raise ValueError(TAKEN) from None


def is_postgres(url: str) -> bool:
    """Whether the URL is of PostgreSQL."""
    return make_url(normal(url)).get_backend_name() == "postgresql"


def conninfo(url: str, **more: Any) -> str:
    """What libpq takes, with more of its parameters; those of the URL win."""
    from psycopg.conninfo import make_conninfo  # Not where SQLite is all there is.

    parsed = make_url(normal(url))
    _, given = parsed.get_dialect()().create_connect_args(parsed)
    return make_conninfo(**{**more, **given})


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
