"""The tables: made by the migrations alone, up and down with rows in them, the same as the models say."""

import sqlite3

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, pool

from gateway import db, idempotency
from gateway.db import Base
from gateway.jobs import models as jobs
from gateway.uploads import models as uploads

TABLES = {"uploads", "jobs", "job_uploads", "job_events", "artifacts", "idempotency_keys"}


def tables(path) -> set[str]:
    with sqlite3.connect(path) as connection:
        found = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
    connection.close()
    return found - {"alembic_version"}


def test_models_and_migrations_agree(tmp_path):
    models = (uploads.Upload, jobs.Job, jobs.JobUpload, jobs.Event, jobs.Artifact, idempotency.IdempotencyKey)
    assert {m.__tablename__ for m in models} == TABLES
    url = f"sqlite:///{tmp_path / 'x.db'}"
    db.migrate(url)
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


async def test_down_and_up_again_with_rows(running, make_settings):
    async with running() as gw:
        job = await gw.done()
    settings = make_settings()
    path, url = settings.data_dir / "gateway.db", settings.effective_database_url
    assert tables(path) == TABLES
    db.migrate(url)
    async with running() as gw:
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json() == job
    db.downgrade(url, "base")
    assert tables(path) == set()
    db.migrate(url)
    assert tables(path) == TABLES
    async with running() as gw:
        assert (await gw.http.get("/api/v1/jobs")).json()["jobs"] == []
        assert (await gw.done())["status"] == "completed"


def test_there_is_one_line_of_revisions(tmp_path):
    config = db.alembic_config(f"sqlite:///{tmp_path / 'x.db'}")
    db.migrate(f"sqlite:///{tmp_path / 'x.db'}")
    command.check(config)


# --- 0002: what the rows of 0001 become, and what 0001 gets back ---

AT_0001 = """
insert into uploads values ('u1', 'a.csv', 3, 3, 's1', 1, 'b1', 1, '2026-01-01'),
                           ('u2', 'b.csv', 4, 4, 's2', 1, 'b2', 0, '2026-01-01');
insert into jobs values ('j1', 'completed', 'harmonize', '{}', 'csv', 'u1', 'a.csv', 3, 's1', '2026-01-01', null, null,
                         1, 2, null, null, null, '', '', ''),
                        ('j2', 'queued', 'clean', '{}', 'csv', 'u2', 'b.csv', 4, 's2', '2026-01-02', null, null, 0, 1,
                         null, null, null, '', '', '');
insert into job_events values ('j1', 1, 'created', '2026-01-01', 'queued', 0, null, null, '', '', '');
insert into artifacts values ('j1', 'clean.csv', 0, 'clean', 3, 's', 'text/csv', 'x'),
                             ('j1', 'operation-outcome.json', 1, 'other', 2, 's', 'application/json', 'y');
"""


def url_of(path) -> str:
    return f"sqlite:///{path}"


def rows(path, query: str) -> list[tuple]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def change(path, script: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript("pragma foreign_keys = on;" + script)
    connection.close()


def everything(path) -> dict[str, list[tuple]]:
    return {table: rows(path, f"select * from {table} order by 1, 2") for table in sorted(tables(path))}


def test_0002_carries_every_row_up_and_down_and_up(tmp_path):
    path = tmp_path / "x.db"
    db.migrate(url_of(path), "0001")
    change(path, AT_0001)
    before = everything(path)
    db.migrate(url_of(path), "0002")
    links = "select job_id, position, upload_id from job_uploads order by 1, 2"
    assert rows(path, links) == [("j1", 0, "u1"), ("j2", 0, "u2")]
    assert rows(path, "select name, kind from artifacts order by position") == [
        ("clean.csv", "clean"), ("operation-outcome.json", "operation_outcome"),
    ]  # fmt: skip
    assert rows(path, "pragma foreign_key_check") == []
    after = everything(path)
    db.downgrade(url_of(path), "0001")
    assert everything(path).keys() == before.keys()
    # The column stands last now, which no query minds.
    assert rows(path, "select id, upload_id, status from jobs order by 1") == [
        ("j1", "u1", "completed"), ("j2", "u2", "queued"),
    ]  # fmt: skip
    back = everything(path)
    del back["jobs"], before["jobs"]
    assert back == before
    db.migrate(url_of(path), "0002")
    assert everything(path) == after


def test_0002_goes_back_with_jobs_of_several_files(tmp_path):
    path = tmp_path / "x.db"
    db.migrate(url_of(path), "0001")
    change(path, AT_0001)
    db.migrate(url_of(path), "0002")
    change(path, "update uploads set with_job = 1; insert into job_uploads values ('j1', 1, 'u2'), ('j2', 1, 'u1')")
    with pytest.raises(RuntimeError, match="are live"):
        db.downgrade(url_of(path), "0001")
    assert len(rows(path, "select * from job_uploads")) == 4, "a refused downgrade changes nothing"
    change(path, "delete from jobs where id = 'j2'")
    db.downgrade(url_of(path), "0001")
    assert rows(path, "select id, upload_id from jobs") == [("j1", "u1")]
    # A job of 0001 removes one upload with itself; the other is nobody's, and stays until somebody removes it.
    assert rows(path, "select id, with_job from uploads order by 1") == [("u1", 1), ("u2", 0)]
    assert rows(path, "pragma foreign_key_check") == []


def test_0002_keeps_the_keys_that_hold_uploads(tmp_path):
    path = tmp_path / "x.db"
    for revision in ("0001", "0002"):
        db.migrate(url_of(path), revision)
        if revision == "0001":
            change(path, AT_0001)
        with pytest.raises(sqlite3.IntegrityError):
            change(path, "delete from uploads where id = 'u1'")
    change(path, "delete from jobs where id = 'j1'; delete from uploads where id = 'u1'")
    assert rows(path, "select job_id from job_uploads") == [("j2",)]
    db.downgrade(url_of(path), "0001")
    with pytest.raises(sqlite3.IntegrityError):
        change(path, "delete from uploads where id = 'u2'")
