"""Uploads in parts: who may write, what a break leaves, what is the whole."""

import asyncio
import hashlib

import pytest

from gateway.db import Database
from gateway.errors import Conflict, DatabaseUnavailable, FileTooLarge, UploadTakenOver, ValidationFailed
from gateway.uploads import repository
from gateway.uploads.reading import read
from gateway.uploads.service import UploadService

pytestmark = pytest.mark.both_databases

DATA = bytes(range(256)) * 40
SHA = hashlib.sha256(DATA).hexdigest()
CUT = 3000


class Source:
    """Bytes as a body brings them: so many at a time, until the test lets more through or breaks it."""

    def __init__(self, data: bytes, size: int = 700) -> None:
        self._pieces = [data[n : n + size] for n in range(0, len(data), size)]
        self.taken, self.go = asyncio.Event(), asyncio.Event()
        self.error: BaseException | None = None

    async def __aiter__(self):
        for piece in self._pieces:
            yield piece
        self.taken.set()
        await self.go.wait()
        if self.error:
            raise self.error


async def pieces(data: bytes, size: int = 700):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken(data: bytes):
    yield data
    raise ConnectionResetError


async def stored(gw, upload_id: str) -> bytes:
    parts = await gw.gateway.db.read(repository.parts, [upload_id])
    return b"".join([piece async for piece in read(gw.gateway.blobs, parts)])


async def lengths(gw, upload_id: str) -> list[int]:
    return [part.size_bytes for part in await gw.gateway.db.read(repository.parts, [upload_id])]


async def begin(gw, size: int | None = len(DATA), sha256: str = "") -> tuple[UploadService, str]:
    upload, _ = await gw.gateway.uploads.begin("a", size, sha256)
    return gw.gateway.uploads, upload.id


async def test_the_newer_writer_takes_over(gw):
    """The bytes of the older one, which it still has to name, appear nowhere."""
    uploads, upload_id = await begin(gw)
    dead, zombie = Source(b"z" * CUT), await uploads.take_over(upload_id, 0)
    writing = asyncio.create_task(uploads.append(zombie, aiter(dead)))
    await dead.taken.wait()
    upload = await uploads.take_over(upload_id, 0)
    assert upload.writer == zombie.writer + 1
    upload = await uploads.append(upload, pieces(DATA[:CUT]))
    dead.go.set()
    with pytest.raises(UploadTakenOver) as caught:
        await writing
    assert (caught.value.status, caught.value.reason, caught.value.grpc.name) == (409, "UPLOAD_TAKEN_OVER", "ABORTED")
    upload = await uploads.append(await uploads.take_over(upload_id, CUT), pieces(DATA[CUT:]))
    assert (upload.complete, upload.sha256, await stored(gw, upload_id)) == (True, SHA, DATA)
    assert len(await gw.gateway.blobs.keys()) == 2


async def test_two_writers_at_the_same_byte(gw):
    """Whoever took over last is the only one whose bytes count, in whatever order the two come to an end."""
    uploads, upload_id = await begin(gw)
    first = await uploads.take_over(upload_id, 0)
    second = await uploads.take_over(upload_id, 0)
    ended = await asyncio.gather(
        uploads.append(first, pieces(b"1" * len(DATA))), uploads.append(second, pieces(DATA)), return_exceptions=True
    )
    assert [type(result) for result in ended] == [UploadTakenOver, type(second)]
    assert (await uploads.get(upload_id)).sha256 == SHA
    assert len(await gw.gateway.blobs.keys()) == 1


async def test_each_byte_is_hashed_once(gw, monkeypatch):
    """By the hash of the whole upload, which goes on from part to part: the store makes none of its own."""
    monkeypatch.setattr("gateway.blobs.writer.hashlib", None)
    uploads, upload_id = await begin(gw)
    for start in (0, CUT):
        end = start + CUT if not start else len(DATA)
        upload = await uploads.append(await uploads.take_over(upload_id, start), pieces(DATA[start:end]))
    assert (upload.complete, upload.sha256) == (True, SHA)


async def test_a_break_keeps_what_came(gw):
    uploads, upload_id = await begin(gw)
    with pytest.raises(ConnectionResetError):
        await uploads.append(await uploads.take_over(upload_id, 0), broken(DATA[:CUT]))
    assert (await uploads.get(upload_id)).received_bytes == CUT
    source = Source(DATA[CUT : 2 * CUT])
    writing = asyncio.create_task(uploads.append(await uploads.take_over(upload_id, CUT), aiter(source)))
    await source.taken.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await stored(gw, upload_id) == DATA[: 2 * CUT]
    upload = await uploads.append(await uploads.take_over(upload_id, 2 * CUT), pieces(DATA[2 * CUT :]))
    assert (upload.sha256, await lengths(gw, upload_id)) == (SHA, [CUT, CUT, len(DATA) - 2 * CUT])


async def test_parts_are_cut_while_bytes_flow(running):
    async with running(upload_part_bytes=1000) as gw:
        uploads, upload_id = await begin(gw, None)
        source = Source(DATA)
        writing = asyncio.create_task(uploads.append(await uploads.take_over(upload_id, 0), aiter(source), ends=True))
        await source.taken.wait()
        # Every second piece of 700 completes a part; the rest is not safe yet.
        assert (await uploads.get(upload_id)).received_bytes == len(DATA) // 1400 * 1400
        source.go.set()
        upload = await writing
        assert (upload.complete, upload.sha256, upload.size_bytes) == (True, SHA, len(DATA))
        assert set((await lengths(gw, upload_id))[:-1]) == {1400}
        assert await stored(gw, upload_id) == DATA


async def test_another_sha256_empties_the_upload(gw):
    uploads, upload_id = await begin(gw, sha256=SHA)
    await uploads.append(await uploads.take_over(upload_id, 0), pieces(b"x" * CUT))
    with pytest.raises(ValidationFailed) as caught:
        await uploads.append(await uploads.take_over(upload_id, CUT), pieces(DATA[CUT:]))
    assert (caught.value.status, caught.value.reason) == (422, "DIGEST_MISMATCH")
    assert ((await uploads.get(upload_id)).received_bytes, await gw.gateway.blobs.keys()) == (0, [])
    upload = await uploads.append(await uploads.take_over(upload_id, 0), pieces(DATA))
    assert (upload.complete, upload.sha256) == (True, SHA)


async def test_the_sha256_spans_a_restart(running):
    """A new process knows no running hash: it reads back what is stored."""
    async with running() as gw:
        uploads, upload_id = await begin(gw, sha256=SHA)
        await uploads.append(await uploads.take_over(upload_id, 0), pieces(DATA[:CUT]))
    async with running() as gw:
        uploads = gw.gateway.uploads
        await uploads.append(await uploads.take_over(upload_id, CUT), pieces(DATA[CUT : CUT + 10]))
        upload = await uploads.append(await uploads.take_over(upload_id, CUT + 10), pieces(DATA[CUT + 10 :]))
        assert (upload.complete, upload.sha256, await stored(gw, upload_id)) == (True, SHA, DATA)


async def test_the_largest_size_holds_while_bytes_flow(running):
    async with running(max_upload_bytes=2 * CUT) as gw:
        uploads, upload_id = await begin(gw, None)
        await uploads.append(await uploads.take_over(upload_id, 0), pieces(DATA[:CUT]))
        with pytest.raises(FileTooLarge):
            await uploads.append(await uploads.take_over(upload_id, CUT), pieces(DATA[CUT:]))
        assert ((await uploads.get(upload_id)).received_bytes, len(await gw.gateway.blobs.keys())) == (CUT, 1)


async def test_put_takes_the_place_of_an_unfinished_upload(gw):
    """It is the whole file, whoever began with another way; who was at work there is refused."""
    uploads, upload_id = await begin(gw)
    upload = await uploads.append(await uploads.take_over(upload_id, 0), pieces(b"x" * CUT))
    answer = await gw.http.put(f"/api/v1/uploads/{upload_id}", content=DATA)
    assert (answer.status_code, answer.json()["sha256"], answer.json()["expire_time"]) == (200, SHA, None)
    with pytest.raises(UploadTakenOver):
        await uploads.append(upload, pieces(DATA[CUT:]))
    assert (await stored(gw, upload_id), len(await gw.gateway.blobs.keys())) == (DATA, 1)


async def test_an_announced_sha256_holds_for_every_way_in(gw):
    body = {"file_name": "a", "size_bytes": len(DATA), "sha256": SHA}
    path = f"/api/v1/uploads/{(await gw.http.post('/api/v1/uploads', json=body)).json()['id']}"
    answer = await gw.http.put(path, content=DATA[::-1])
    assert (answer.status_code, answer.json()["reason"]) == (422, "DIGEST_MISMATCH")
    assert (await gw.http.put(path, content=DATA)).json()["complete"] is True
    assert (await gw.http.post("/api/v1/uploads", json={**body, "sha256": "x"})).status_code == 422


async def test_bytes_whose_commit_is_in_doubt_stay(gw, monkeypatch):
    """The row may be there although the database did not say so; whether it is, upkeep finds out."""
    uploads, upload_id = await begin(gw)
    write = Database.write

    async def then_gone(*args):
        await write(*args)
        raise DatabaseUnavailable

    turn = await uploads.take_over(upload_id, 0)
    monkeypatch.setattr(Database, "write", then_gone)
    with pytest.raises(DatabaseUnavailable):
        await uploads.append(turn, pieces(DATA))
    assert len(await gw.gateway.blobs.keys()) == 1
    monkeypatch.undo()
    upload = await uploads.get(upload_id)
    assert (upload.sha256, await stored(gw, upload_id)) == (SHA, DATA)


async def test_an_upload_removed_under_its_writer(gw):
    uploads, upload_id = await begin(gw)
    source = Source(DATA[:CUT])
    writing = asyncio.create_task(uploads.append(await uploads.take_over(upload_id, 0), aiter(source)))
    await source.taken.wait()
    await uploads.delete(upload_id)
    source.go.set()
    with pytest.raises(Conflict):
        await writing
    assert await gw.gateway.blobs.keys() == []


async def test_an_unfinished_upload_expires_and_its_key_is_free(running, monkeypatch):
    async with running(upload_expire_seconds=60) as gw:
        uploads = gw.gateway.uploads
        upload, _ = await uploads.begin("a", len(DATA), key="k")
        await uploads.append(await uploads.take_over(upload.id, 0), pieces(DATA[:CUT]))
        assert await uploads.expire(upload.expire_time, 10) == 0
        later = (await uploads.get(upload.id)).expire_time.replace(year=2100)
        assert await uploads.expire(later, 10) == 1
        assert await gw.gateway.blobs.keys() == []
        assert (await uploads.begin("b", 3, key="k"))[1]
