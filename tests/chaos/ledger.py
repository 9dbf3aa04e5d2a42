"""What the database and the blob store of a stack hold, read past the gateway."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

Row = dict[str, Any]
TABLES = (
    "jobs",
    "job_events",
    "job_uploads",
    "artifacts",
    "uploads",
    "upload_parts",
    "idempotency_keys",
)


class Store(Protocol):
    """Blobs by key, as they are stored."""

    def keys(self) -> set[str]:
        """Of everything that is there."""

    def read(self, key: str) -> bytes:
        """The bytes. Raises FileNotFoundError."""


class Directory:
    """The blobs of the directory adapter."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keys(self) -> set[str]:
        return {path.name for path in self._root.rglob("*") if path.is_file()}

    def read(self, key: str) -> bytes:
        return (self._root / key).read_bytes()


class Ledger:
    """The rows and the blobs. Nothing here writes."""

    def __init__(self, url: str, store: Store) -> None:
        # A connection a question: the database is killed now and then, and SQLite's files are moved.
        self._engine, self.store = create_engine(url, poolclass=NullPool), store
        self.is_postgres = self._engine.dialect.name == "postgresql"

    def rows(self, query: str, **values: Any) -> list[Row]:
        """The rows that a query gives."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(query), values).mappings()]

    def jobs(self) -> dict[str, Row]:
        """Every job by its id."""
        return {row["id"]: row for row in self.rows("SELECT * FROM jobs")}

    def events(self) -> dict[str, list[Row]]:
        """The log of each job."""
        return self._by_job("SELECT * FROM job_events ORDER BY job_id, id")

    def artifacts(self) -> dict[str, list[Row]]:
        """The published artifacts of each job."""
        return self._by_job("SELECT * FROM artifacts ORDER BY job_id, position")

    def keys(self) -> dict[str, str]:
        """Job by idempotency key."""
        rows = self.rows("SELECT key, resource_id FROM idempotency_keys WHERE scope = 'jobs'")
        return {row["key"]: row["resource_id"] for row in rows}

    def named(self) -> set[str]:
        """Keys of all blobs that a row names."""
        rows = self.rows("SELECT blob_key FROM artifacts UNION SELECT blob_key FROM upload_parts")
        return {row["blob_key"] for row in rows} - {""}

    def orphans(self) -> set[str]:
        """Keys of blobs that no row names. The store is looked at first: bytes come before their row."""
        return self.store.keys() - self.named()

    def counts(self) -> dict[str, int]:
        """Rows of each table that has any, the queue's jobs among them."""
        counts = {table: self.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in TABLES}
        if self.is_postgres:
            counts["procrastinate_jobs"] = self.queued()
        return {table: n for table, n in counts.items() if n}

    def queued(self) -> int:
        """Rows of the queue, if there is one."""
        return self.rows("SELECT count(*) AS n FROM procrastinate_jobs")[0]["n"] if self.is_postgres else 0

    def digest(self, key: str) -> str:
        """SHA-256 of a blob; empty where it is gone."""
        try:
            return hashlib.sha256(self.store.read(key)).hexdigest()
        except FileNotFoundError:
            return ""

    def _by_job(self, query: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows(query):
            found[row["job_id"]].append(row)
        return found


def batches(items: Sequence[str], size: int = 100) -> Iterator[Sequence[str]]:
    """The items in groups."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
