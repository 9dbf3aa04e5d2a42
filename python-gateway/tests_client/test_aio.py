"""The asynchronous client against a real server."""

import asyncio
import gc
import hashlib
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import harmonizer_client as hc
from harmonizer_client import AsyncClient
from tests_client.conftest import CSV, open_files, threads, until


@pytest.fixture
async def client(engine) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(engine[0]) as client:
        yield client


async def pieces() -> AsyncIterator[bytes]:
    yield CSV[:5]
    await asyncio.sleep(0)
    yield CSV[5:]


async def test_records_artifacts_and_summary(client: AsyncClient, tmp_path: Path) -> None:
    async with client.harmonize(CSV, out_dir=tmp_path / "out") as run:
        rows = [row async for batch in run.batches() for row in batch.rows()]
        assert [row["first"] for row in rows] == ["a", "b"]
        assert (await run.summary()).accounting.duplicates == 1
        assert await run.wait() == await run.summary()
        assert (await run.artifacts())["clean.csv"].read().startswith(b"patient_id")


@pytest.mark.parametrize("kind", ["path", "bytes", "async iterator", "iterator"])
async def test_sources(client: AsyncClient, engine, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "labs.csv"
    path.write_bytes(CSV)
    source = {"path": path, "bytes": CSV, "async iterator": pieces(), "iterator": iter([CSV])}[kind]
    run = client.harmonize(source, file_name="told.csv")
    assert (await run.summary()).input_sha256 == hashlib.sha256(CSV).hexdigest()
    assert engine[1].specs[0].file_name == "told.csv"


async def test_tables_apply_amendments(client: AsyncClient) -> None:
    tables = await client.harmonize(b"patient_id,!amend\n1,a\n2,b\n").tables()
    assert tables["patient"].column("collision_group") if "collision_group" in tables["patient"].fields else True
    assert tables["patient"].column("record_no") == ["1"]


async def test_to_arrow_and_to_pandas_are_those_of_a_run(client: AsyncClient) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    table = await client.harmonize(b"a\n1\n1\n2\n").to_arrow()
    assert table.column("a").to_pylist() == ["1", "2"]
    frame = await client.harmonize(b"patient_id,!mixed\n1,a\n").to_pandas("vital")
    assert list(frame["value"]) == ["1"]
    with pytest.raises(KeyError):
        await client.harmonize(CSV).to_arrow("nobody")


@pytest.mark.parametrize(("convert", "library"), [("to_arrow", "pyarrow"), ("to_pandas", "pandas")])
async def test_without_the_library_the_error_says_what_to_install(
    client: AsyncClient, convert: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=f"pip install {library}"):
        await getattr(client.harmonize(CSV), convert)()


@pytest.mark.parametrize(("word", "kind"), [("!refuse", hc.InputRefused), ("!damage", hc.ArtifactMismatch)])
async def test_errors_are_typed_and_leave_nothing(client: AsyncClient, tmp_path: Path, word: str, kind: type) -> None:
    run = client.harmonize(CSV + word.encode() + b",x\n", out_dir=tmp_path / "out")
    for _ in range(2):
        with pytest.raises(kind):
            await run.summary()
    await run.close()
    assert os.listdir(tmp_path) == []


async def test_a_source_that_breaks_is_not_taken_for_the_whole(client: AsyncClient) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield CSV
        raise ValueError("my own")

    with pytest.raises(ValueError, match="my own"):
        await client.harmonize(breaks()).summary()
    with pytest.raises(ValueError, match="my own"):
        await client.inspect(breaks())


async def test_cancel_ends_within_a_second(client: AsyncClient, engine, tmp_path: Path) -> None:
    run = client.harmonize(CSV + b"!slow,x\n", out_dir=tmp_path / "out")
    asyncio.get_running_loop().call_later(0.3, run.cancel)
    began = time.monotonic()
    with pytest.raises(hc.Cancelled):
        await run.summary()
    assert time.monotonic() - began < 1.3
    assert await asyncio.to_thread(engine[1].ended.wait, 1)
    assert os.listdir(tmp_path) == []


async def test_a_cancelled_task_stays_cancelled(client: AsyncClient, engine) -> None:
    task = asyncio.create_task(client.harmonize(CSV + b"!slow,x\n").summary())
    assert await asyncio.to_thread(until, lambda: engine[1].specs)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(engine[1].ended.wait, 1)


async def test_inspect_rule_book_and_nobody_there(client: AsyncClient) -> None:
    assert (await client.inspect(CSV)).entity == "patient"
    assert (await client.entities())[0].name == "patient"
    assert (await client.entity("patient")).name == "patient"
    assert (await client.rules())[0].id == "STD-DATE-3"
    with pytest.raises(hc.NotFound):
        await client.entity("nobody")
    async with AsyncClient("127.0.0.1:1") as nobody:
        with pytest.raises(hc.ServiceUnavailable):
            await nobody.harmonize(CSV).summary()
        with pytest.raises(hc.ServiceUnavailable):
            await nobody.inspect(CSV)


async def test_nothing_is_left_open(engine, tmp_path: Path) -> None:
    path = tmp_path / "labs.csv"
    path.write_bytes(CSV)

    async def work() -> None:
        async with AsyncClient(engine[0]) as client:
            await client.harmonize(path, out_dir=tmp_path / "out").summary()
            async with client.harmonize(path, out_dir=tmp_path / "out"):
                pass
            with pytest.raises(hc.InputRefused):
                await client.harmonize(b"a\n!refuse\n").summary()

    def left_open() -> int:
        gc.collect()  # A call that was cancelled at once refers to itself within grpc.aio.
        return open_files()

    for _ in range(3):
        await work()
    await asyncio.sleep(0.5)
    files, running = left_open(), threads()
    for _ in range(5):
        await work()
    assert await asyncio.to_thread(until, lambda: left_open() <= files), "files are left"
    assert threads() <= running + 5  # The pool of to_thread grows to its bound and is shared.


async def test_a_refused_run_gives_its_connection_back_at_once(engine) -> None:
    async def work() -> None:
        async with AsyncClient(engine[0]) as client:
            with pytest.raises(hc.InputRefused):
                await client.harmonize(b"a\n!refuse\n").summary()

    await work()
    gc.collect()
    await asyncio.sleep(0.5)
    files = open_files()
    gc.disable()
    try:
        for _ in range(8):
            await work()
        # The last call may be kept for a while, and with it one connection, of which both ends are ours.
        assert await asyncio.to_thread(until, lambda: open_files() <= files + 2), "connections are left"
    finally:
        gc.enable()
