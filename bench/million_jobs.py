"""Job lists over a million finished jobs: milliseconds of each way to ask for a page, on SQLite.

Usage: python bench/million_jobs.py [--jobs 1000000]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from gateway.db import Database, migrate
from gateway.jobs import repository
from gateway.jobs.repository import JobFilter

JOBS, PAGE, TIMES = 1_000_000, 50, 5
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)

# One job a second, each with its file; nine of ten harmonized, one of a hundred failed, three alive.
_FILL = """
with recursive n(i) as (select 1 union all select i + 1 from n where i < :jobs)
insert into {table} select {columns} from n
"""
_ID = "printf('%08x-0000-7000-8000-000000000000', i)"
_TIME = "strftime('%Y-%m-%d %H:%M:%f000', 1735689600 + i, 'unixepoch')"
_TABLES = {
    "uploads (id, file_name, size_bytes, received_bytes, sha256, complete, with_job, create_time)": (
        f"{_ID}, 'labs.csv', 20000, 20000, '', 1, 1, {_TIME}"
    ),
    "jobs (id, status, operation, options, output_format, file_name, input_bytes, input_sha256, create_time,"
    " start_time, end_time, attempt, last_event_id, error_code, error_reason, error_message)": (
        f"{_ID}, case when i <= 3 then 'queued' when i % 100 then 'completed' else 'failed' end, "
        "case when i % 10 then 'harmonize' else 'clean' end, "
        f"'{{}}', 'csv', 'labs.csv', 20000, '', {_TIME}, {_TIME}, {_TIME}, 1, 3, '', '', ''"
    ),
    "job_uploads (job_id, position, upload_id)": f"{_ID}, 0, {_ID}",
}


async def fill(db: Database, jobs: int) -> None:
    """So many jobs, as quickly as the database can."""
    for table, columns in _TABLES.items():
        statement = text(_FILL.format(table=table, columns=columns))
        await db.write(lambda session, statement=statement: session.execute(statement, {"jobs": jobs}))


async def milliseconds(ask: Callable[[], Awaitable[object]]) -> float:
    """The best of some times: what the disk's cache does not have is not what is asked here."""
    best = float("inf")
    for _ in range(TIMES):
        began = time.perf_counter()
        await ask()
        best = min(best, time.perf_counter() - began)
    return best * 1000


async def run(url: str, jobs: int) -> None:
    """Fills and asks."""
    db = Database(url)
    began = time.perf_counter()
    await fill(db, jobs)
    print(f"{jobs:,} jobs written in {time.perf_counter() - began:.0f} s\n\n{'ms':>8}  what")
    middle = BEGAN + timedelta(seconds=jobs // 2)
    behind = (middle, f"{jobs // 2:08x}-0000-7000-8000-000000000000")
    for what, which, after in (
        ("newest", JobFilter(), None),
        ("oldest", JobFilter(ascending=True), None),
        ("page in the middle", JobFilter(), behind),
        ("page in the middle, ascending", JobFilter(ascending=True), behind),
        ("status with few jobs", JobFilter(status="queued"), None),
        ("status with none", JobFilter(status="cancelled"), None),
        ("operation with none", JobFilter(operation="validate"), None),
        ("operation and status with none", JobFilter(status="cancelled", operation="clean"), None),
        ("failed and cleaned, in the middle", JobFilter(status="failed", operation="clean"), behind),
        ("created after", JobFilter(created_after=middle), None),
        ("created before, completed", JobFilter(status="completed", created_before=middle), None),
    ):
        took = await milliseconds(lambda which=which, after=after: db.read(repository.page, which, after, PAGE))
        print(f"{took:8.2f}  {what}")
    for what, work, args in (
        ("jobs that are live", repository.live, ()),
        ("room in the queue", repository.waiting, (1000,)),
        ("jobs to be removed by age", repository.ended, (BEGAN, 200)),
    ):
        print(f"{await milliseconds(lambda work=work, args=args: db.read(work, *args)):8.2f}  {what}")
    await db.close()


def main() -> None:
    """Measures over so many jobs as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=JOBS, help="finished jobs (default: %(default)s)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        url = f"sqlite:///{Path(directory) / 'gateway.db'}"
        migrate(url)
        asyncio.run(run(url, chosen.jobs))


if __name__ == "__main__":
    main()
