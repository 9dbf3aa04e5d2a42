"""JobsClient's watch over a wire that breaks at random: it comes back by itself, and misses and repeats nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import grpc
import pytest
from fake_harmonizer import Refusal
from running_gateway import Running
from watch_readers import log_of
from watch_validator import Connection, End, Event, assert_valid

from harmonizer_client import JobsClient


@asynccontextmanager
async def breaking_wire(gw: Running, chance: random.Random, most: int) -> AsyncIterator[tuple[str, list[int]]]:
    """A relay to the gateway that breaks each connection after some bytes of its answers. The list counts them."""
    cuts: list[int] = []

    async def answers(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        left = chance.randint(1, most)
        while data := await source.read(min(left, 512)):
            to.write(data)
            await to.drain()
            left -= len(data)
            if left <= 0:
                cuts.append(1)
                return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(gw.http.base_url.host, gw.http.base_url.port)

        async def requests() -> None:
            while data := await reader.read(65536):
                up_writer.write(data)

        asking = asyncio.create_task(requests())
        with suppress(ConnectionError):
            await answers(up_reader, writer)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        for one in (writer, up_writer):
            one.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", cuts
    finally:
        server.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_watch_over_a_breaking_wire(gw, fake, seed, monkeypatch):
    monkeypatch.setattr("harmonizer_client.jobs.RECONNECT_SECONDS", 0.001)
    monkeypatch.setattr("harmonizer_client.jobs.RECONNECTS", 200)
    fake.hold = asyncio.Event()
    fake.refusals = [Refusal(grpc.StatusCode.INVALID_ARGUMENT, "NOT_TEXT")]
    job_id = (await gw.submit())["id"]
    assert (await gw.ended(job_id))["status"] == "failed"
    assert (await gw.http.post(f"/api/v1/jobs/{job_id}:retry")).status_code == 200
    await gw.state(job_id, "processing")
    asyncio.get_running_loop().call_later(1, fake.hold.set)
    async with breaking_wire(gw, random.Random(seed), 2500) as (base_url, cuts), asyncio.timeout(60):

        def watch() -> list[Event]:
            with JobsClient(base_url) as jobs:
                return [Event(event.id, event.type, event.time) for event in jobs.watch(job_id)]

        events = await asyncio.to_thread(watch)
    log = await log_of(gw.http, job_id)
    assert [event.type for event in log if event.type in ("failed", "retried", "completed")] == [
        "failed", "retried", "completed",
    ]  # fmt: skip
    assert_valid([Connection(0, list(events), End.OVER)], log)
    assert len(cuts) > 3
