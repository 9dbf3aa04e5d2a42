"""Connections to PostgreSQL: how many, how long each may take, and what becomes of one whose server is silent."""

import asyncio
import contextlib
import os
import socket
from typing import Any

import psycopg
from sqlalchemy import event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 5
LOCK_SECONDS = 10
POOL_SECONDS = 10
# A connection that rested longer is asked whether it still lives, before it is trusted with a transaction.
RESTED_SECONDS = 1.0

# A peer that vanished without a word is noticed within about 20 s, also where we only listen.
LIBPQ: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "harmonizer",
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def engine(url: str, size: int, seconds: float, **more: Any) -> AsyncEngine:
    """A pool of so many connections, none of which is held for longer than so many seconds.

    url: with the driver, see gateway.dsn. A server that is gone answers with an error at once or in CONNECT_SECONDS.
    """
    limits = f"-c statement_timeout={int(seconds * 1000)} -c lock_timeout={LOCK_SECONDS * 1000}"
    given = make_url(url).query
    wanted = {**LIBPQ, "options": f"{limits} -c idle_in_transaction_session_timeout={int(seconds * 1000)}"}
    made = create_async_engine(
        url,
        hide_parameters=True,  # An error's text would show them: file names, options.
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        connect_args={name: value for name, value in wanted.items() if name not in given},
        **more,
    )
    _Watch(seconds).over(made)
    return made


class _Watch:
    """Cuts connections that are held for too long: a server that neither answers nor closes would hold its caller for
    ever, because the timeouts of the server need the server.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def over(self, made: AsyncEngine) -> None:
        """Watches every connection of the engine."""
        event.listen(made.sync_engine, "checkout", self._out)
        event.listen(made.sync_engine, "checkin", self._in)
        event.listen(made.sync_engine, "invalidate", lambda connection, record, _: self._in(connection, record))
        self._ping = made.sync_engine.dialect.do_ping

    def _out(self, connection: Any, record: Any, _: Any) -> None:
        loop = asyncio.get_running_loop()
        record.info["watch"] = loop.call_later(self._seconds, cut, record.driver_connection)
        if loop.time() - record.info.get("used", loop.time()) > RESTED_SECONDS:
            try:
                self._ping(connection)
            except psycopg.Error:
                self._in(connection, record)
                raise DisconnectionError from None  # The pool takes, or makes, another one.

    def _in(self, _: Any, record: Any) -> None:
        if watch := record.info.pop("watch", None):
            watch.cancel()
        with contextlib.suppress(RuntimeError):  # No loop: the pool is being thrown away.
            record.info["used"] = asyncio.get_running_loop().time()


def cut(connection: "psycopg.AsyncConnection[Any]") -> None:
    """Ends the socket below the connection: whoever waits for it gets its error now."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as below:
            below.shutdown(socket.SHUT_RDWR)
    except (OSError, psycopg.Error):  # It is closed already.
        pass
