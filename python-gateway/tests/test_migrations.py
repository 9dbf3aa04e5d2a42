"""The tables: made by the migrations alone, up and down with rows in them on both databases, as the models say."""

import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, pool
from sqlalchemy.exc import IntegrityError

from gateway import db, dsn, idempotency
from gateway.db import Base
from gateway.errors import DatabaseUnavailable
from gateway.jobs import models as jobs
from gateway.uploads import models as uploads

TABLES = {"uploads", "upload_parts", "jobs", "job_uploads", "job_events", "artifacts", "idempotency_keys"}
QUEUE = {"procrastinate_jobs", "procrastinate_events", "procrastinate_workers", "procrastinate_periodic_defers"}
REVISIONS = ("0001", "0002", "0003", "0004", "0005")

both = pytest.mark.both_databases


class Tables:
    """A database at any revision."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.on_postgres = dsn.is_postgres(url)
        self._engine = create_engine(dsn.normal(url), poolclass=pool.NullPool)

    def up(self, revision: str = "head") -> None:
        db.migrate(self.url, revision)

    def down(self, revision: str) -> None:
        db.downgrade(self.url, revision)

    def names(self) -> set[str]:
        return set(inspect(self._engine).get_table_names()) - {"alembic_version"}

    def rows(self, query: str) -> list[tuple]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def change(self, script: str) -> None:
        """All of the statements, or none."""
        with self._engine.begin() as connection:
            if not self.on_postgres:
                connection.connection.driver_connection.execute("pragma foreign_keys = on")
            for statement in filter(str.strip, script.split(";")):
                connection.exec_driver_sql(statement)

    def everything(self) -> dict[str, list[dict]]:
        """Every row of ours by column: an order of columns is not for a migration to keep."""
        with self._engine.connect() as connection:
            return {
                name: [dict(row._mapping) for row in connection.exec_driver_sql(f"select * from {name} order by 1, 2")]
                for name in sorted(self.names() - QUEUE)
            }

    def sound(self) -> bool:
        """Whether every reference leads somewhere. PostgreSQL lets no other be."""
        return self.on_postgres or self.rows("pragma foreign_key_check") == []


@pytest.fixture
def made(backend: str, tmp_path, request) -> Iterator[Tables]:
    """A database without any table."""
    if backend == "sqlite":
        yield Tables(f"sqlite:///{tmp_path / 'x.db'}")
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    yield Tables(server.url(name))
    server.drop(name)


@both
def test_models_and_migrations_agree(made):
    models = (uploads.Upload, uploads.UploadPart, jobs.Job, jobs.JobUpload, jobs.Event, jobs.Artifact)
    assert {m.__tablename__ for m in (*models, idempotency.IdempotencyKey)} == TABLES
    made.up()
    assert made.names() == (TABLES | QUEUE if made.on_postgres else TABLES)
    ours = {"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name in TABLES}
    with made._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=ours), Base.metadata) == []
    command.check(db.alembic_config(made.url))  # And there is one line of revisions.


@both
async def test_down_and_up_again_with_the_rows_of_a_gateway(running, make_settings):
    async with running() as gw:
        job = await gw.done()
    made = Tables(make_settings().effective_database_url)
    assert made.names() == (TABLES | QUEUE if made.on_postgres else TABLES)
    before = made.everything()
    made.up()
    made.down("0003")
    made.up()
    assert made.everything() == before
    async with running() as gw:
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json() == job
    made.down("base")
    assert made.names() == set()
    async with running() as gw:
        assert (await gw.http.get("/api/v1/jobs")).json()["jobs"] == []
        assert (await gw.done())["status"] == "completed"


# --- Every revision, with what 0001 holds ---

AT_0001 = """
insert into uploads values ('u1', 'a.csv', 3, 3, 's1', true, 'b1', true, '2026-01-01 00:00:00'),
                           ('u2', 'b.csv', 4, 4, 's2', true, 'b2', false, '2026-01-01 00:00:00'),
                           ('u3', 'c.csv', 9, 0, '', false, '', false, '2026-01-03 00:00:00');
insert into jobs values ('j1', 'completed', 'harmonize', '{}', 'csv', 'u1', 'a.csv', 3, 's1', '2026-01-01 00:00:00',
                         null, null, 1, 2, null, null, null, '', '', ''),
                        ('j2', 'queued', 'clean', '{}', 'csv', 'u2', 'b.csv', 4, 's2', '2026-01-02 00:00:00', null,
                         null, 0, 1, null, null, null, '', '', '');
insert into job_events values ('j1', 1, 'created', '2026-01-01 00:00:00', 'queued', 0, null, null, '', '', ''),
                              ('j2', 1, 'created', '2026-01-02 00:00:00', 'queued', 0, null, null, '', '', '');
insert into artifacts values ('j1', 'clean.csv', 0, 'clean', 3, 's', 'text/csv', 'x'),
                             ('j1', 'operation-outcome.json', 1, 'other', 2, 's', 'application/json', 'y');
insert into idempotency_keys values ('jobs', 'k', 'f', 'j1', '2026-01-01 00:00:00')
"""


@both
def test_up_and_down_and_up_again_carries_every_row(made):
    seen: dict[str, dict] = {}
    for revision in REVISIONS:
        made.up(revision)
        if revision == "0001":
            made.change(AT_0001)
        seen[revision] = made.everything()
        assert made.sound()
    assert {name: len(rows) for name, rows in seen["0004"].items()} == {
        "artifacts": 2, "idempotency_keys": 1, "job_events": 2, "job_uploads": 2, "jobs": 2, "upload_parts": 2,
        "uploads": 3,
    }  # fmt: skip
    for revision in reversed(REVISIONS[:-1]):
        made.down(revision)
        assert made.everything() == seen[revision], revision
        assert made.sound()
    for revision in REVISIONS[1:]:
        made.up(revision)
        assert made.everything() == seen[revision], revision
    made.down("base")
    assert made.names() == set()


@both
def test_0002_carries_every_file_and_kind(made):
    made.up("0001")
    made.change(AT_0001)
    made.up("0002")
    links = "select job_id, position, upload_id from job_uploads order by 1, 2"
    assert made.rows(links) == [("j1", 0, "u1"), ("j2", 0, "u2")]
    assert made.rows("select name, kind from artifacts order by position") == [
        ("clean.csv", "clean"), ("operation-outcome.json", "operation_outcome"),
    ]  # fmt: skip
    made.down("0001")
    assert made.rows("select id, upload_id, status from jobs order by 1") == [
        ("j1", "u1", "completed"), ("j2", "u2", "queued"),
    ]  # fmt: skip


@both
def test_0002_goes_back_with_jobs_of_several_files(made):
    made.up("0001")
    made.change(AT_0001)
    made.up("0002")
    made.change("update uploads set with_job = true; insert into job_uploads values ('j1', 1, 'u2'), ('j2', 1, 'u1')")
    with pytest.raises(RuntimeError, match="are live"):
        made.down("0001")
    assert len(made.rows("select * from job_uploads")) == 4, "a refused downgrade changes nothing"
    made.change("delete from jobs where id = 'j2'")
    made.down("0001")
    assert made.rows("select id, upload_id from jobs") == [("j1", "u1")]
    # A job of 0001 removes one upload with itself; the other is nobody's, and stays until somebody removes it.
    assert made.rows("select id, with_job from uploads order by 1") == [("u1", True), ("u2", False), ("u3", False)]
    assert made.sound()


@both
def test_0002_keeps_the_keys_that_hold_uploads(made):
    for revision in ("0001", "0002"):
        made.up(revision)
        if revision == "0001":
            made.change(AT_0001)
        with pytest.raises(IntegrityError):
            made.change("delete from uploads where id = 'u1'")
    made.change("delete from artifacts; delete from job_events where job_id = 'j1'; delete from jobs where id = 'j1'")
    made.change("delete from uploads where id = 'u1'")
    assert made.rows("select job_id from job_uploads") == [("j2",)]
    made.down("0001")
    with pytest.raises(IntegrityError):
        made.change("delete from uploads where id = 'u2'")


@both
def test_0003_refuses_to_lose_parts(made):
    made.up("0001")
    made.change(AT_0001)
    made.up("0003")
    parts = "select upload_id, start, size_bytes, blob_key from upload_parts order by 1, 2"
    assert made.rows(parts) == [("u1", 0, 3, "b1"), ("u2", 0, 4, "b2")]
    made.change("insert into upload_parts values ('u1', 3, 2, 'b1b')")
    before = made.everything()
    with pytest.raises(RuntimeError, match="several parts"):
        made.down("0002")
    assert made.everything() == before
    made.change("delete from upload_parts where start > 0")
    made.down("0002")
    assert made.rows("select id, blob_key from uploads order by 1") == [("u1", "b1"), ("u2", "b2"), ("u3", "")]


# --- 0004: PostgreSQL ---

OBJECTS = """
select 'table ' || relname from pg_class where relnamespace = 'public'::regnamespace union all
select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace union all
select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace union all
select 'trigger ' || tgname from pg_trigger where not tgisinternal order by 1
"""


@pytest.fixture
def bare(postgres) -> Iterator[Tables]:
    name = postgres.create()
    yield Tables(postgres.url(name))
    postgres.drop(name)


def test_0004_takes_back_exactly_what_it_made(bare):
    bare.up("0003")
    before = bare.rows(OBJECTS)
    bare.up("0004")
    assert len(bare.rows(OBJECTS)) > len(before) + 30
    bare.down("0003")
    assert bare.rows(OBJECTS) == before


def test_0004_goes_back_while_rows_are_in_the_queue(bare):
    bare.up()
    bare.change("insert into procrastinate_jobs (queue_name, task_name, lock) values ('jobs', 'run', 'j1')")
    bare.down("0003")
    bare.up()
    assert bare.rows("select count(*) from procrastinate_jobs") == [(0,)]


WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
LOCK = 0x6861726D
"""Of migrations/env.py."""


def test_of_two_who_migrate_at_once_one_does(bare):
    migrate = [sys.executable, "-c", "import sys; from gateway import db; db.migrate(sys.argv[1])", bare.url]
    with psycopg.connect(bare.url, autocommit=True) as first:
        first.execute("select pg_advisory_lock(%s)", [LOCK])
        both_of_them = [subprocess.Popen(migrate, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        end = time.monotonic() + 60
        while bare.rows(WAITING) != [(2,)] and time.monotonic() < end:
            time.sleep(0.05)
        assert bare.names() == set()
        first.execute("select pg_advisory_unlock(%s)", [LOCK])
    for process in both_of_them:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert bare.rows("select version_num from alembic_version") == [(REVISIONS[-1],)]


def test_a_database_that_is_not_there_is_told_without_its_password(capfd):
    url = "postgresql://someone:canary-word@127.0.0.1:1/x"
    with pytest.raises(DatabaseUnavailable) as caught:
        db.migrate(url)
    assert "canary-word" not in str(caught.value) + capfd.readouterr().err
    assert caught.value.__suppress_context__
