"""However an upload is cut, broken and restarted, its bytes are those that were sent."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.blobs import DirectoryBlobStore
from gateway.db import Database, migrate
from gateway.errors import Conflict, ValidationFailed
from gateway.metrics import Metrics
from gateway.uploads.limits import Limits
from gateway.uploads.reading import read
from gateway.uploads.service import UploadService


@dataclass(frozen=True)
class Step:
    """One request: how many bytes it brings, how it ends, what happens behind it."""

    size: int
    end: Literal["whole", "broken", "cancelled", "cut off"]
    then: Literal["", "restart", "wrong offset"]


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(0, 400),
        st.sampled_from(("whole", "broken", "cancelled", "cut off")),
        st.sampled_from(("", "restart", "wrong offset")),
    ),
    max_size=12,
)


class Place:
    """A data directory, and the service of a gateway over it that may start again."""

    def __init__(self, root: Path, part_bytes: int) -> None:
        self._url, self._root = f"sqlite:///{root / 'gateway.db'}", root
        self._limits = Limits(10_000, part_bytes, 1000)
        self.start()

    def start(self) -> None:
        """A new process knows what is stored, and nothing else."""
        self.db, self.blobs = Database(self._url), DirectoryBlobStore(self._root / "blobs")
        self.uploads = UploadService(self.db, self.blobs, Metrics(), self._limits)

    async def restart(self) -> None:
        await self.db.close()
        self.start()


async def body(data: bytes, step: Step) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 70):
        yield data[start : start + 70]
    if step.end == "broken":
        raise ConnectionResetError
    if step.end in ("cancelled", "cut off"):
        await asyncio.Event().wait()


async def request(place: Place, upload_id: str, data: bytes, step: Step) -> None:
    """One request from where the upload is; whoever sent the last one may still be at work."""
    offset = (await place.uploads.get(upload_id)).received_bytes
    mine = await place.uploads.take_over(upload_id, offset)
    writing = asyncio.create_task(place.uploads.append(mine, body(data[offset : offset + step.size], step)))
    if step.end == "cut off":
        # Nobody has noticed that its connection is dead: what it still has is refused once another takes over.
        await asyncio.sleep(0.005)
        await place.uploads.take_over(upload_id, (await place.uploads.get(upload_id)).received_bytes)
    if step.end in ("cancelled", "cut off"):
        await asyncio.sleep(0.002)
        writing.cancel()
    with suppress(ConnectionResetError, asyncio.CancelledError, Conflict):
        await writing


async def run(place: Place, data: bytes, steps: list[Step], known: bool, said: bool) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    upload, _ = await place.uploads.begin("a", len(data) if known else None, sha256 if said else "")
    safe = 0
    for step in steps:
        found = await place.uploads.get(upload.id)
        # What was safe once stays so.
        assert found.received_bytes >= safe
        safe = found.received_bytes
        if found.complete:
            break
        await request(place, upload.id, data, step)
        if step.then == "restart":
            await place.restart()
        if step.then == "wrong offset":
            with suppress(Conflict, ValidationFailed):
                await place.uploads.take_over(upload.id, found.received_bytes + 1)
    found = await place.uploads.get(upload.id)
    if not found.complete:
        mine = await place.uploads.take_over(upload.id, found.received_bytes, len(data))
        found = await place.uploads.append(mine, body(data[found.received_bytes :], Step(0, "whole", "")))
    assert (found.complete, found.size_bytes, found.sha256) == (True, len(data), sha256)
    _, parts = await place.uploads.whole(upload.id)
    assert b"".join([piece async for piece in read(place.blobs, parts)]) == data
    assert sorted(await place.blobs.keys()) == sorted(part.blob_key for part in parts)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables; copying it is a hundred times faster than making them."""
    path = tmp_path_factory.mktemp("template") / "gateway.db"
    migrate(f"sqlite:///{path}")
    return path


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=2000), STEPS, st.integers(50, 500), st.booleans(), st.booleans())
def test_the_bytes_are_those_that_were_sent(template, data, steps, part_bytes, known, said):
    async def example(root: Path) -> None:
        place = Place(root, part_bytes)
        try:
            await run(place, data, steps, known, said)
        finally:
            await place.db.close()

    with TemporaryDirectory() as directory:
        shutil.copy(template, directory)
        asyncio.run(example(Path(directory)))
