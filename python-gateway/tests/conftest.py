"""Fixtures: settings over a temporary directory, a fake harmonizer, a running gateway, an embedded PostgreSQL.

Tests that are marked both_databases run twice: over SQLite, where the gateway runs the jobs, and over PostgreSQL, where
a worker does.
"""

import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import fake_harmonizer
from postgres import Postgres
from running_gateway import Running, run_gateway

from gateway.db import migrate
from gateway.settings import Settings

TEMPLATE, DATABASE = "migrated", "test"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: runs over SQLite and over PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("backend", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server for all tests of this process."""
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    try:
        server.start()
        migrate(server.url(server.create(name=TEMPLATE)))
        yield server
    finally:
        server.stop()


@pytest.fixture
def database(postgres: Postgres) -> str:
    """The URL of a database with all tables and no rows, and nobody else in it."""
    if not postgres.emptied(DATABASE):
        postgres.drop(DATABASE)
        postgres.create(TEMPLATE, DATABASE)
    return postgres.url(DATABASE)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """Which database the test runs over."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
async def fake() -> AsyncIterator[fake_harmonizer.Fake]:
    fake = fake_harmonizer.Fake()
    server, fake.port = await fake_harmonizer.serve(fake)
    yield fake
    await server.stop(None)


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables, to be copied: making them takes half of a gateway's start."""
    path = tmp_path_factory.mktemp("tables") / "gateway.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def make_settings(
    tmp_path: Path, fake, tables: Path, backend: str, request: pytest.FixtureRequest
) -> Callable[..., Settings]:
    url = request.getfixturevalue("database") if backend == "postgres" else ""
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copy(tables, tmp_path / "data")

    def make(**changes: Any) -> Settings:
        values: dict[str, Any] = {
            "data_dir": tmp_path / "data",
            "rest_port": 0,
            "grpc_port": 0,
            "engine_address": f"127.0.0.1:{fake.port}",
            "patience_seconds": 1.0,
            "backoff_seconds": 0.05,
            "progress_interval_seconds": 0.05,
            "drain_seconds": 1.0,
            "workers": 2,
            "database_url": url,
            "worker_heartbeat_seconds": 0.5,
            "worker_stalled_seconds": 2.0,
        }
        return Settings(**{**values, **changes})

    return make


@pytest.fixture
def running(make_settings) -> Callable[..., AbstractAsyncContextManager[Running]]:
    """Starts a gateway with changed settings, over the same data directory each time."""
    return lambda **changes: run_gateway(make_settings(**changes))


@pytest.fixture
async def gw(running) -> AsyncIterator[Running]:
    """A gateway with the usual settings."""
    async with running() as up:
        yield up
