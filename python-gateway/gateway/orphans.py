"""Stored bytes that no row names: what a process left that ended, or lost its database, between bytes and row."""

import logging
import re
import time
from collections.abc import Callable, Iterable

from gateway.blobs import BlobStore
from gateway.db import Database
from gateway.jobs import repository as jobs
from gateway.uploads import repository as uploads

log = logging.getLogger("gateway.upkeep")

# How many are remembered between two looks. What is beyond waits for the look after these are gone.
MOST = 100_000

_OF_ATTEMPT = re.compile(r"a-(?P<job>[0-9a-f-]{36})-(?P<attempt>\d+)-\d+")


class Orphans:
    """Finds and removes them, beside other processes that write bytes before rows.

    One is removed when two looks a grace time apart see that no row names it and nobody writes it. Time is that of the
    clock that nobody sets. What an attempt has written that still has its job is no orphan, however old.
    """

    def __init__(
        self, db: Database, blobs: BlobStore, grace_seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._db, self._blobs, self._grace, self._monotonic = db, blobs, grace_seconds, monotonic
        self._since: dict[str, float] = {}

    async def look(self) -> int:
        """Looks once; returns how many were removed. Raises DatabaseUnavailable, StorageUnavailable."""
        seen: dict[str, float] = {}
        removed = 0
        async for page in self._blobs.pages():
            began = self._monotonic()
            nobodys = await self._nobodys(page)
            due = [key for key in nobodys if key in self._since and began - self._since[key] >= self._grace]
            await self._blobs.delete(due)
            removed += len(due)
            ended = self._monotonic()
            for key in nobodys.difference(due):
                if len(seen) < MOST:
                    seen[key] = self._since.get(key, ended)
        self._since = seen
        return removed

    async def sweep(self) -> int:
        """Removes all of them now. Only for a store in which nobody else can be writing."""
        removed = 0
        async for page in self._blobs.pages():
            nobodys = await self._nobodys(page)
            await self._blobs.delete(nobodys)
            removed += len(nobodys)
        return removed

    async def _nobodys(self, page: Iterable[str]) -> set[str]:
        """Those of the keys that no row names, no attempt will name, and no writer has open."""
        keys = set(page)
        written = {key: (found["job"], int(found["attempt"])) for key in keys if (found := _OF_ATTEMPT.fullmatch(key))}
        job_ids = {job_id for job_id, _ in written.values()}
        # In this order: an attempt that ends between the questions has its artifacts named when the second is asked.
        working = await self._db.read(jobs.worked_on, job_ids) if job_ids else set()
        named = await self._db.read(jobs.artifact_keys, job_ids) if job_ids else set()
        named |= await self._db.read(uploads.named, keys.difference(written))
        nobodys = {key for key in keys.difference(named) if written.get(key) not in working}
        return nobodys.difference(await self._blobs.written(nobodys)) if nobodys else nobodys
