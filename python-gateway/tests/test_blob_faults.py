"""Blob stores that die, stall, lie or fill up: nothing half-written is ever visible, and the error comes in time."""

import asyncio
import contextlib
import errno
import hashlib
import itertools
import os
import random
import shutil
import subprocess
import sys
import textwrap
import time

import pytest
import uvloop
from s3_server import HOST, S3Server

from gateway.blobs import BlobMissing, open_store
from gateway.blobs.objects import PART_BYTES, Limits
from gateway.blobs.writer import BATCH_BYTES, FileWriter
from gateway.errors import StorageFull, StorageUnavailable, problem

NOISE = random.Random(5).randbytes(3 * PART_BYTES + 77)
LIMITS = Limits(connect_seconds=2.0, silence_seconds=2.0, retry_seconds=1.0, retries=2)
# Twice a call, for the part under way and the abort that follows, and a machine that is busy.
BOUND_SECONDS = 4 * LIMITS.call_seconds
BUCKET = "bucket"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = S3Server(tmp_path_factory.mktemp("s3"))
    yield server
    server.kill()


@pytest.fixture
def s3(server):
    """A server that runs, with an empty bucket."""
    shutil.rmtree(server.bucket(BUCKET))
    server.bucket(BUCKET)
    if not server.running:
        server.start()
    yield server
    if server.running:
        server.resume()


@pytest.fixture
def open_at(s3, tmp_path, monkeypatch):
    """Opens the bucket, through a proxy when a port is given."""

    def open_(port=0, **changes):
        for variable, value in (s3.environment(port) | changes).items():
            monkeypatch.setenv(variable, value)
        return open_store(f"s3://{BUCKET}/pre", tmp_path, limits=LIMITS)

    return open_


class Cut:
    """A proxy that resets each connection after as many bytes as `after` says next; None: never."""

    def __init__(self, to, after) -> None:
        self._to, self._after, self._tasks, self.cuts = to, after, set(), 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _accept(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        ends, left = [writer], [next(self._after)]
        try:
            with contextlib.suppress(OSError):
                far = await asyncio.open_connection(HOST, self._to)
                ends.append(far[1])
                both = [asyncio.create_task(self._pass(*way, left)) for way in ((reader, far[1]), (far[0], writer))]
                try:
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in both:
                        way.cancel()
                    await asyncio.gather(*both, return_exceptions=True)
        finally:
            for end in ends:
                end.transport.abort()

    async def _pass(self, reader, writer, left):
        while piece := await reader.read(16384):
            if left[0] is not None:
                left[0] -= len(piece)
                if left[0] < 0:
                    self.cuts += 1
                    return
            writer.write(piece)
            await writer.drain()


async def write(store, key, data):
    writer = store.create(key)
    try:
        for at in range(0, len(data), 500_000):
            await writer.write(data[at : at + 500_000])
        return await writer.commit()
    except BaseException:
        await writer.abort()
        raise


async def read(store, key):
    return b"".join([piece async for piece in store.read(key)])


@contextlib.contextmanager
def unavailable_in_time(seconds=BOUND_SECONDS):
    start = time.monotonic()
    with pytest.raises(StorageUnavailable) as caught:
        yield caught
    assert time.monotonic() - start < seconds


async def test_a_server_killed_while_writing(s3, open_at):
    store = open_at()
    writer = store.create("u-1")
    await writer.write(NOISE[: 2 * PART_BYTES + 1])
    s3.kill()
    with unavailable_in_time():
        await writer.write(NOISE[2 * PART_BYTES + 1 :])
        await writer.commit()
    await writer.abort()
    s3.start()
    assert await store.keys() == []
    with pytest.raises(BlobMissing):
        await read(store, "u-1")
    await write(store, "u-1", NOISE)
    assert await read(store, "u-1") == NOISE


async def test_a_server_killed_while_reading(s3, open_at):
    store, got = open_at(), b""
    await write(store, "u-1", NOISE)
    with unavailable_in_time():
        async for piece in store.read("u-1"):
            got += piece
            if len(got) == 256 * 1024:
                s3.kill()
    assert got == NOISE[: len(got)]
    s3.start()
    assert await read(store, "u-1") == NOISE


@pytest.mark.parametrize("size", [10, len(NOISE)])
async def test_a_server_that_stands_still_while_writing(s3, open_at, size):
    store = open_at()
    await store.ping()
    s3.pause()
    with unavailable_in_time():
        await write(store, "u-1", NOISE[:size])
    s3.resume()
    # What the store took and did not confirm may come late; then it is whole, and nobody names it.
    for _ in range(10):
        for key in await store.keys():
            assert await read(store, key) == NOISE[:size]
        await asyncio.sleep(0.05)


async def test_a_server_that_stands_still_while_reading(s3, open_at):
    store, got = open_at(), b""
    await write(store, "u-1", NOISE)
    with unavailable_in_time():
        async for piece in store.read("u-1"):
            got += piece
            if len(got) == 256 * 1024:
                s3.pause()
    assert got == NOISE[: len(got)]
    s3.resume()
    assert await read(store, "u-1") == NOISE


async def test_every_call_to_a_server_that_is_gone(s3, open_at):
    store = open_at()
    s3.kill()
    for call in (store.ping(), store.keys(), store.delete(["u-1"]), read(store, "u-1"), write(store, "u-1", b"x")):
        with unavailable_in_time() as caught:
            await call
        answer = problem(caught.value)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert b'"reason":"STORAGE_UNAVAILABLE"' in answer.body


@pytest.mark.parametrize("seed", range(6))
async def test_connections_that_break(s3, open_at, seed):
    chance = random.Random(seed)
    # Near the parts' ends too; a third of the connections stay.
    more = iter(lambda: chance.choice([None, chance.randrange(1, 3000), chance.randrange(2 * len(NOISE))]), 0)
    after = itertools.chain([chance.randrange(90)], more)
    async with Cut(s3.port, after) as cut:
        store, straight = open_at(cut.port), open_at()
        for number in range(4):
            key, data = f"u-{number}", NOISE[: chance.choice([100, PART_BYTES + 1, len(NOISE)])]
            try:
                digest = await asyncio.wait_for(write(store, key, data), 30)
            except StorageUnavailable:
                assert key not in await straight.keys()
            else:
                assert digest.sha256 == hashlib.sha256(data).hexdigest()
                assert await read(straight, key) == data
                with contextlib.suppress(StorageUnavailable):
                    assert await read(store, key) == data
    assert cut.cuts > 0


async def test_a_bucket_that_is_not_there(s3, open_at):
    store = open_at()
    await write(store, "u-1", b"x")
    shutil.rmtree(s3.bucket(BUCKET))
    # A job that waits for its upload must wait, not be told that the upload is lost.
    for call in (store.ping(), store.keys(), store.delete(["u-1"]), read(store, "u-1"), write(store, "u-1", NOISE)):
        with unavailable_in_time():
            await call


async def test_credentials_that_are_refused(open_at):
    store = open_at(AWS_SECRET_ACCESS_KEY="wrong")
    for call in (store.ping(), store.keys(), store.delete(["u-1"]), read(store, "u-1"), write(store, "u-1", NOISE)):
        with unavailable_in_time() as caught:
            await call
        assert "credentials" in str(caught.value), caught.value.__cause__


@pytest.mark.parametrize(("status", "code"), [(507, "XMinioStorageFull"), (403, "QuotaExceeded")])
async def test_a_bucket_without_room(open_at, status, code):
    body = f"<Error><Code>{code}</Code><Message>full</Message></Error>"

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} Insufficient Storage\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, HOST, 0)
    async with server:
        store = open_at(server.sockets[0].getsockname()[1])
        with pytest.raises(StorageFull, match="quota"):
            await write(store, "u-1", b"x")


def test_the_loop_of_the_gateway_never_waits_for_a_store(s3, open_at):
    """uvloop is the gateway's loop. A store that stands still must not stop other requests."""

    async def check():
        store, gaps = open_at(), [0.0]

        async def tick():
            while True:
                start = time.monotonic()
                await asyncio.sleep(0.01)
                gaps.append(time.monotonic() - start)

        ticking = asyncio.create_task(tick())
        await write(store, "u-1", NOISE)
        assert await read(store, "u-1") == NOISE
        s3.pause()
        calls = [write(store, "u-2", NOISE), read(store, "u-1"), store.ping(), store.keys(), store.delete(["u-1"])]
        ended = await asyncio.gather(*calls, return_exceptions=True)
        s3.resume()
        ticking.cancel()
        assert [type(error) for error in ended] == [StorageUnavailable] * 5
        assert len(gaps) > 50
        assert max(gaps) < 0.5

    uvloop.run(check())


async def test_a_gateway_over_a_bucket(s3, monkeypatch, running):
    for variable, value in s3.environment().items():
        monkeypatch.setenv(variable, value)
    async with running(blob_url=f"s3://{BUCKET}/gateway") as gw:
        job = await gw.done()
        path = f"/api/v1/jobs/{job['id']}"
        result = (await gw.http.get(f"{path}/result")).content
        assert result == b"patient_id,name\n1,Ann\n2,Bob\n4,Cy\n"
        assert list((s3.bucket(BUCKET) / "gateway").iterdir())
        s3.kill()
        for answer in (
            await gw.http.get(f"{path}/result", timeout=20),
            await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", b"x,y\n1,2\n")}, timeout=20),
        ):
            assert (answer.status_code, answer.json()["reason"]) == (503, "STORAGE_UNAVAILABLE")
            assert answer.headers["retry-after"] == "5"
        s3.start()
        assert (await gw.http.get(f"{path}/result")).content == result
        assert (await gw.http.delete(path)).status_code == 204
        assert (await gw.http.delete(f"/api/v1/uploads/{job['upload_id']}")).status_code in (204, 404)
        assert await gw.gateway.blobs.keys() == []
        assert s3.unfinished(BUCKET) == []


# --- Directories ---

FILL = """
    import asyncio, resource, sys
    from pathlib import Path
    from gateway.blobs import open_store
    from gateway.errors import StorageFull

    if sys.argv[2] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    async def main(store):
        kept = store.create("u-kept")
        await kept.write(b"kept")
        await kept.commit()
        writer = store.create("u-1")
        try:
            for _ in range(16):
                await writer.write(bytes([7]) * (1 << 20))
            await writer.commit()
            sys.exit("there was room")
        except StorageFull as error:
            print(error.__cause__.errno, error)
        await writer.abort()
        small = store.create("u-2")
        await small.write(b"fits again")
        await small.commit()
        print(sorted(await store.keys()), b"".join([piece async for piece in store.read("u-kept")]))

    for secure in (False, True):
        asyncio.run(main(open_store("", Path(sys.argv[1]) / str(secure), secure)))
"""


@pytest.mark.parametrize(("way", "number"), [("tmpfs", errno.ENOSPC), ("limit", errno.EFBIG)], ids=["tmpfs", "limit"])
def test_a_disk_without_room(tmp_path, way, number):
    command = [sys.executable, "-c", textwrap.dedent(FILL), str(tmp_path), way]
    if way == "tmpfs":
        mount = 'mount -t tmpfs -o size=3m tmpfs "$0" || exit 77; exec "$@"'
        command = ["unshare", "-rm", "sh", "-c", mount, str(tmp_path), *command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("no unshare here; the other way runs everywhere")
    if way == "tmpfs" and (done.returncode == 77 or "unshare" in done.stderr):
        pytest.skip("nothing may be mounted here; the other way runs everywhere")
    assert done.returncode == 0, done.stderr
    full = f"{number} the data directory has no room left: free space, or raise its quota"
    assert done.stdout.splitlines() == [full, "['u-2', 'u-kept'] b'kept'"] * 2


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, StorageUnavailable)],
    ids=["ENOSPC", "EDQUOT", "EIO"],
)
async def test_a_flush_that_fails(tmp_path, monkeypatch, number, kind):
    def fail(_):
        raise OSError(number, os.strerror(number))

    store = open_store("", tmp_path)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(kind):
        await write(store, "u-1", b"x")
    assert await store.keys() == []


async def test_a_batch_that_fails_is_told_with_the_next(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store, batch = open_store("", tmp_path), bytes(BATCH_BYTES)
    kept, writer = store.create("u-kept"), store.create("u-1")
    await kept.write(b"x")
    await writer.write(batch)
    await writer.landed()
    monkeypatch.setattr(FileWriter, "_write_out", full)
    await writer.write(batch)
    for go_on in (writer.write(batch), writer.commit(), store.commit([kept, writer])):
        with pytest.raises(StorageFull):
            await go_on
    monkeypatch.undo()
    await writer.abort()
    await kept.commit()
    assert await store.keys() == ["u-kept"]


def test_no_room_is_told_to_people():
    answer = problem(StorageFull("the data directory has no room left: free space, or raise its quota"))
    assert (answer.status_code, answer.headers["retry-after"]) == (507, "60")
    assert b'"code":"STORAGE_FULL"' in answer.body
