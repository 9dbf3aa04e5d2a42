"""The contract of the blob store, over every adapter; what only a directory does; which URL opens which store."""

import asyncio
import contextlib
import hashlib
import os
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from s3_server import S3Server

from gateway.blobs import BlobExists, BlobMissing, DirectoryBlobStore, ObjectBlobStore, directory, open_store, writeback
from gateway.blobs.objects import PART_BYTES, Limits
from gateway.blobs.writer import BATCH_BYTES, FileWriter
from gateway.errors import StorageUnavailable
from gateway.settings import SettingsError

MIB = 1024 * 1024
# Bytes without a period: a piece at the wrong place is never equal.
NOISE = random.Random(4).randbytes(16 * MIB + 321)
ADAPTERS = ("directory", "wiped", "s3")


class Place:
    """A store, the directory that is below it in the end, and what is left there when nothing should be."""

    def __init__(self, store, folder, left) -> None:
        self.store, self.folder, self.left = store, folder, left


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    server = S3Server(tmp_path_factory.mktemp("s3")).start()
    yield server
    server.kill()


@pytest.fixture(params=ADAPTERS)
def place(request, tmp_path):
    if request.param != "s3":
        root = tmp_path / "blobs"
        return Place(open_store("", tmp_path, request.param == "wiped"), root, lambda: os.listdir(root))
    server, name = request.getfixturevalue("s3"), f"b{time.monotonic_ns()}"
    folder = server.bucket(name) / "some" / "prefix"
    folder.mkdir(parents=True)
    monkeypatch = request.getfixturevalue("monkeypatch")
    for variable, value in server.environment().items():
        monkeypatch.setenv(variable, value)
    store = open_store(f"s3://{name}/some/prefix", tmp_path)

    def left():
        # The server removes a folder with its last object.
        return server.unfinished(name) + (os.listdir(folder) if folder.exists() else [])

    return Place(store, folder, left)


@pytest.fixture
def store(place):
    return place.store


async def write(store, key, data, size=256 * 1024):
    writer = store.create(key)
    for at in range(0, len(data), size):
        await writer.write(data[at : at + size])
    return await writer.commit()


async def read(store, key, *bounds):
    return b"".join([piece async for piece in store.read(key, *bounds)])


async def test_what_is_written_is_read(store):
    digest = await write(store, "u-1", b"abc" * 500_000 + b"end")
    assert (digest.size_bytes, digest.sha256) == (1_500_003, hashlib.sha256(b"abc" * 500_000 + b"end").hexdigest())
    assert await read(store, "u-1") == b"abc" * 500_000 + b"end"
    assert await read(store, "u-1", 1_499_999) == b"cend"
    assert await read(store, "u-1", 1, 4) == b"bca"
    assert await read(store, "u-1", 1_500_000, 9_000_000) == b"end"
    for start, end in ((1_500_003, None), (9_000_000, None), (9_000_000, 9_000_001), (5, 5)):
        assert await read(store, "u-1", start, end) == b""
    pieces = [piece async for piece in store.read("u-1", 1, 12, 3)]
    assert [len(piece) for piece in pieces] == [3, 3, 3, 2]


async def test_hashes_of_the_callers_see_every_byte_once(store):
    going_on, other = hashlib.sha256(b"before"), hashlib.md5(usedforsecurity=False)
    writer = store.create("u-1", [going_on, other])
    for at in range(0, len(NOISE), 300_000):
        await writer.write(NOISE[at : at + 300_000])
    digest = await writer.commit()
    assert digest.sha256 == going_on.hexdigest() == hashlib.sha256(b"before" + NOISE).hexdigest()
    assert other.digest() == hashlib.md5(NOISE, usedforsecurity=False).digest()


async def test_blobs_that_are_committed_together(store):
    writers, seen = [store.create(f"a-{number}") for number in range(3)], []
    for writer, size in zip(writers, (0, 10, 3 * MIB), strict=True):
        await writer.write(NOISE[:size])
    digests = await store.commit(writers, lambda: seen.append(1))
    assert [digest.sha256 for digest in digests] == [hashlib.sha256(NOISE[:n]).hexdigest() for n in (0, 10, 3 * MIB)]
    assert (len(seen), await read(store, "a-2")) == (3, NOISE[: 3 * MIB])


async def test_an_empty_blob(store):
    digest = await store.create("u-0").commit()
    assert (digest.size_bytes, digest.sha256) == (0, hashlib.sha256().hexdigest())
    assert await read(store, "u-0") == b""
    assert await read(store, "u-0", 3) == b""
    assert await store.keys() == ["u-0"]


async def test_a_blob_of_several_parts(place):
    assert len(NOISE) > 3 * PART_BYTES
    digest = await write(place.store, "a-1", NOISE)
    assert (digest.size_bytes, digest.sha256) == (len(NOISE), hashlib.sha256(NOISE).hexdigest())
    assert await read(place.store, "a-1") == NOISE
    middle = PART_BYTES - 1000, 2 * PART_BYTES + 1000
    assert await read(place.store, "a-1", *middle) == NOISE[middle[0] : middle[1]]
    assert max([len(piece) async for piece in place.store.read("a-1", size=100_000)]) == 100_000
    assert place.left() == ["a-1"]


async def test_nobody_reads_before_the_commit(store):
    writer = store.create("u-1")
    await writer.write(NOISE)
    with pytest.raises(BlobMissing):
        await read(store, "u-1")
    await writer.commit()
    assert await read(store, "u-1", 0, 10) == NOISE[:10]


async def test_many_keys_are_listed_and_deleted(place):
    # More than S3 lists or deletes at once.
    names = [f"u-{number}" for number in range(1010)]
    for name in names:
        (place.folder / name).write_bytes(b"x")
    assert sorted(await place.store.keys()) == sorted(names)
    await place.store.delete([*names, "u-never"])
    assert (await place.store.keys(), place.left()) == ([], [])


async def test_deleting_twice_is_no_error(store):
    await write(store, "u-1", b"x")
    for keys in (["u-1", "u-2"], ["u-1"], [], ["u-3"]):
        await store.delete(keys)
    assert await store.keys() == []


async def test_a_missing_key(store):
    with pytest.raises(BlobMissing):
        await read(store, "u-1", 5)
    await write(store, "u-1", b"x")
    await store.delete(["u-1"])
    with pytest.raises(BlobMissing):
        await read(store, "u-1")


@pytest.mark.parametrize("key", ["", "..", "a/b", "u", "u-", "U-1", "u-1.csv", "-1", "u-é", "u-" + "1" * 121])
async def test_only_keys_are_keys(store, key):
    with pytest.raises(ValueError, match="blob key"):
        store.create(key)
    with pytest.raises(ValueError, match="blob key"):
        await store.delete([key])
    with pytest.raises(ValueError, match="blob key"):
        await read(store, key)


@pytest.mark.parametrize("size", [0, 10, len(NOISE)])
async def test_abort_leaves_nothing(place, size):
    writer = place.store.create("u-1")
    await writer.write(NOISE[:size])
    await writer.abort()
    assert (place.left(), await place.store.keys()) == ([], [])


async def test_abort_after_the_commit_leaves_nothing(place):
    for size in (10, len(NOISE)):
        writer = place.store.create(f"u-{size}")
        await writer.write(NOISE[:size])
        await writer.commit()
        await writer.abort()
    assert (place.left(), await place.store.keys()) == ([], [])


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.1])
async def test_a_cancelled_writer_leaves_nothing(place, seconds):
    async def attempt():
        writer = place.store.create("u-1")
        try:
            for at in range(0, len(NOISE), MIB):
                await writer.write(NOISE[at : at + MIB])
            await writer.commit()
            await asyncio.Event().wait()
        finally:
            await writer.abort()

    task = asyncio.create_task(attempt())
    await asyncio.sleep(seconds)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert (place.left(), await place.store.keys()) == ([], [])


@pytest.mark.parametrize("size", [10, len(NOISE)])
async def test_a_cancelled_commit_leaves_nothing(place, size):
    writer = place.store.create("u-1")
    await writer.write(NOISE[:size])
    task = asyncio.create_task(writer.commit())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await writer.abort()
    assert (place.left(), await place.store.keys()) == ([], [])


async def test_writers_do_not_meet(store):
    slices = {f"a-{number}": NOISE[number * MIB : number * MIB + 6 * MIB + number] for number in range(5)}
    digests = await asyncio.gather(*(write(store, key, data) for key, data in slices.items()))
    assert [digest.sha256 for digest in digests] == [hashlib.sha256(data).hexdigest() for data in slices.values()]
    assert await asyncio.gather(*(read(store, key) for key in slices)) == list(slices.values())


async def test_a_reader_during_the_delete_never_reads_other_bytes(store):
    await write(store, "a-1", NOISE)
    source, got = store.read("a-1", size=MIB), b""
    with contextlib.suppress(BlobMissing):
        async for piece in source:
            got += piece
            if len(got) == 2 * MIB:
                await store.delete(["a-1"])
    assert got == NOISE[: len(got)]
    assert len(got) >= 2 * MIB
    with pytest.raises(BlobMissing):
        await read(store, "a-1")


async def test_a_store_that_answers(store):
    await store.ping()
    await write(store, "u-1", b"x")
    await store.ping()
    assert await store.keys() == ["u-1"]


@pytest.mark.parametrize("adapter", ["directory", "s3"])
def test_any_split_and_any_range(request, tmp_path, monkeypatch, adapter):
    url = ""
    if adapter == "s3":
        server = request.getfixturevalue("s3")
        server.bucket("property")
        for variable, value in server.environment().items():
            monkeypatch.setenv(variable, value)
        url = "s3://property"
    store, number = open_store(url, tmp_path), iter(range(1_000_000))
    sizes = st.one_of(st.integers(0, 3000), st.sampled_from([MIB - 1, MIB, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES]))

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(sizes, st.lists(st.integers(1, 3 * MIB), max_size=6), st.data())
    def check(size, splits, draw):
        start = draw.draw(st.integers(0, size + 10))
        end = draw.draw(st.one_of(st.none(), st.integers(start, size + 20)))
        piece = draw.draw(st.integers(max(1, size // 50), size + 1))
        asyncio.run(round_trip(size, splits, start, end, piece))

    async def round_trip(size, splits, start, end, piece):
        key, data, at = f"p-{next(number)}", NOISE[:size], 0
        writer = store.create(key)
        for split in [*splits, size]:
            await writer.write(data[at : at + split])
            at += split
        digest = await writer.commit()
        assert (digest.size_bytes, digest.sha256) == (size, hashlib.sha256(data).hexdigest())
        pieces = [got async for got in store.read(key, start, end, piece)]
        assert b"".join(pieces) == data[start:end]
        assert all(0 < len(got) <= piece for got in pieces)
        await store.delete([key])

    check()


# --- Only a directory ---


async def test_a_key_is_made_once(tmp_path):
    store = open_store("", tmp_path)
    await write(store, "u-1", b"first")
    second = store.create("u-1")
    with pytest.raises(BlobExists):
        await second.commit()
    await second.abort()
    assert await read(store, "u-1") == b"first"


async def test_commit_flushes_the_file_then_the_directory(tmp_path, monkeypatch):
    store, flushed, fsync = open_store("", tmp_path), [], os.fsync

    def record(file):
        flushed.append((os.readlink(f"/proc/self/fd/{file}"), os.fstat(file).st_size))
        fsync(file)

    monkeypatch.setattr(os, "fsync", record)
    await write(store, "u-1", NOISE)
    root = str(tmp_path / "blobs")
    assert [name for name, _ in flushed] == [f"{root}/u-1", root]
    assert flushed[0][1] == len(NOISE)


async def test_a_flush_finds_little_left_to_do(tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(writeback, "begin", lambda _, start, size: begun.append((start, size)))
    await write(open_store("", tmp_path), "u-1", NOISE)
    assert begun == [(0, 8 * MIB), (8 * MIB, 8 * MIB)]


def test_what_cannot_be_begun_is_left_to_the_flush(tmp_path):
    writeback.begin(-1, 0, 1)


async def test_hops_to_a_thread_are_few(tmp_path, monkeypatch):
    store, hops = open_store("", tmp_path), []
    for module, name in ((directory, "_pieces"), (FileWriter, "_flush")):
        call = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, call=call, name=name: [hops.append(name), call(*args)][1])
    await write(store, "u-1", NOISE)
    assert hops.count("_flush") <= len(NOISE) // BATCH_BYTES
    assert await read(store, "u-1") == NOISE
    assert hops.count("_pieces") <= len(NOISE) // directory.STRETCH_BYTES + 3
    hops.clear()
    await write(store, "u-2", b"x" * 20_000)
    assert (await read(store, "u-2"), hops) == (b"x" * 20_000, ["_pieces"])


async def test_files_and_directory_are_the_users_alone(tmp_path):
    await write(open_store("", tmp_path), "u-1", b"x")
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "blobs" / "u-1").stat().st_mode & 0o777 == 0o600


async def test_files_of_others_are_not_ours_to_sweep(tmp_path):
    store = open_store((tmp_path / "shared").as_uri(), tmp_path)
    for name in ("report.csv", "README", "u_1", ".u-1"):
        (tmp_path / "shared" / name).write_bytes(b"x")
    await write(store, "u-1", b"x")
    assert await store.keys() == ["u-1"]


@pytest.mark.parametrize("ending", ["delete", "abort"])
async def test_secure_deletion_overwrites_in_place(tmp_path, monkeypatch, ending):
    store, steps, fsync, truncate = open_store("", tmp_path, secure=True), [], os.fsync, os.ftruncate
    writer = store.create("u-1")
    await writer.write(NOISE)
    await writer.landed()
    if ending == "delete":
        await writer.commit()
    kept = tmp_path / "kept"
    os.link(tmp_path / "blobs" / "u-1", kept)

    def look(name, call, *arguments):
        steps.append((name, kept.read_bytes() == bytes(len(NOISE)), (tmp_path / "blobs" / "u-1").exists()))
        call(*arguments)

    monkeypatch.setattr(os, "fsync", lambda file: look("fsync", fsync, file))
    monkeypatch.setattr(os, "ftruncate", lambda file, size: look("truncate", truncate, file, size))
    await (store.delete(["u-1"]) if ending == "delete" else writer.abort())
    assert steps == [("fsync", True, True), ("truncate", True, True)]
    assert (os.listdir(tmp_path / "blobs"), kept.read_bytes()) == ([], b"")


async def test_plain_deletion_leaves_what_is_linked(tmp_path):
    store, kept = open_store("", tmp_path), tmp_path / "kept"
    await write(store, "u-1", b"bytes")
    os.link(tmp_path / "blobs" / "u-1", kept)
    await store.delete(["u-1"])
    assert kept.read_bytes() == b"bytes"


async def test_a_directory_that_is_gone(tmp_path):
    store = open_store("", tmp_path)
    (tmp_path / "blobs").rmdir()
    for call in (store.ping(), store.keys(), read(store, "u-1"), write(store, "u-1", b"x")):
        with pytest.raises(StorageUnavailable):
            await call


# --- URLs ---


@pytest.fixture
def clouds(monkeypatch):
    """The least that each cloud's library asks for."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")


@pytest.mark.parametrize(
    ("url", "kind", "bucket"),
    [
        ("s3://bucket/a/prefix", ObjectBlobStore, "S3Store"),
        ("s3://bucket", ObjectBlobStore, "S3Store"),
        ("gs://bucket/prefix", ObjectBlobStore, "GCSStore"),
        ("az://container/prefix/", ObjectBlobStore, "AzureStore"),
    ],
    ids=["s3", "s3-alone", "gs", "az"],
)
def test_a_url_opens_its_store(clouds, tmp_path, url, kind, bucket):
    store = open_store(url, tmp_path)
    assert isinstance(store, kind)
    assert type(store._bucket).__name__ == bucket
    assert list(tmp_path.iterdir()) == []


def test_a_directory_by_url(tmp_path):
    assert isinstance(open_store("", tmp_path), DirectoryBlobStore)
    assert isinstance(open_store(f"file://{tmp_path}/elsewhere", tmp_path), DirectoryBlobStore)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blobs", "elsewhere"]


@pytest.mark.parametrize(
    "url",
    ["ftp://host/secret", "secret", "s3:bucket/secret", "s3://", "s3:///secret", "s3://user:secret@bucket", "gs://b?secret",
     "az://c/p#secret", "file://secret/p", "file://", "file:///", "http://secret/", "s3://bucket:80/secret",
     "s3://[secret", "memory:///secret"],
)  # fmt: skip
def test_a_wrong_url_is_refused_by_name(clouds, tmp_path, url):
    with pytest.raises(SettingsError, match="HARMONIZER_BLOB_URL") as caught:
        open_store(url, tmp_path)
    assert "secret" not in str(caught.value)


def test_what_a_cloud_needs_is_asked_for(clouds, monkeypatch, tmp_path):
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME")
    with pytest.raises(SettingsError, match="HARMONIZER_BLOB_URL: the cloud's own variables"):
        open_store("az://container", tmp_path)
    (tmp_path / "blobs").write_bytes(b"")
    with pytest.raises(SettingsError, match="HARMONIZER_BLOB_URL: the directory"):
        open_store("", tmp_path)


def test_only_a_directory_is_wiped(clouds, tmp_path):
    with pytest.raises(SettingsError, match="HARMONIZER_SECURE_DELETE"):
        open_store("s3://bucket", tmp_path, secure=True)


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://example.org"]
)
def test_endpoints_that_are_safe(clouds, monkeypatch, tmp_path, endpoint):
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert isinstance(open_store("s3://bucket", tmp_path), ObjectBlobStore)


def test_an_endpoint_in_the_clear_must_be_said(clouds, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://storage.example.org")
    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL: use https"):
        open_store("s3://bucket", tmp_path)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    assert isinstance(open_store("s3://bucket", tmp_path, limits=Limits(1, 1, 1, 1)), ObjectBlobStore)
