"""The tables: made by the migrations alone, up and down with rows in them, the same as the models say."""

import sqlite3

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
