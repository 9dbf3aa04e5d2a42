"""The gateway's client with real harmonizers: one drains, is killed, stands still, comes back."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from support.processes import Harmonizer

from gateway.channels import Pings
from gateway.engine import READY_SECONDS, Engine
from gateway.errors import Unavailable
from harmonizer.v1 import harmonizer_service_pb2 as pb

FILE = b"patient_id,given_name\n1,Ada\n2,Grace\n"
# As often as harmonizerd permits; the gateway itself pings less often.
PINGS = Pings(every_seconds=5.5, timeout_seconds=1.5)


@pytest.fixture
def pair(tmp_path: Path):
    both = [Harmonizer(tmp_path / str(n), HARMONIZERD_DRAIN_SECONDS="20") for n in range(2)]
    try:
        for one in both:
            one.start()
        yield both
    finally:
        for one in both:
            one.stop()


@pytest.fixture
async def engine(pair: list[Harmonizer]):
    engine = Engine(",".join(one.target for one in pair), PINGS)
    await until(lambda: len(engine._channels.ready()) == 2)
    yield engine
    await engine.close()


async def until(true: Callable[[], bool], seconds: float = 10.0) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not come true"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


class Stream:
    """A stream that is held open between its first bytes and its last."""

    def __init__(self, engine: Engine) -> None:
        self._go_on, self.begun = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._run(engine))

    async def _run(self, engine: Engine) -> pb.HarmonizeSummary:
        summary = pb.HarmonizeSummary()
        async for response in engine.harmonize(pb.HarmonizeSpec(file_name="patients.csv"), self._bytes()):
            self.begun.set()
            summary = response.summary
        return summary

    async def _bytes(self) -> AsyncIterator[bytes]:
        yield FILE
        await self._go_on.wait()

    def end(self) -> Awaitable[pb.HarmonizeSummary]:
        self._go_on.set()
        return self.task


async def whole(engine: Engine) -> int:
    """Records of a stream that is not held."""
    return (await Stream(engine).end()).accounting.read


def opened(one: Harmonizer) -> int:
    return int(one.metrics().get("harmonizer_streams_open", 0))


async def held_by(engine: Engine, one: Harmonizer) -> Stream:
    """A stream that this harmonizer works on."""
    for _ in range(4):
        stream = Stream(engine)
        await stream.begun.wait()
        if opened(one):
            return stream
        await stream.end()
    raise AssertionError("it gets no stream")


async def test_one_that_drains_ends_its_streams_and_gets_no_more(engine: Engine, pair: list[Harmonizer]) -> None:
    running = await held_by(engine, pair[0])
    pair[0].signal(signal.SIGTERM)
    await until(lambda: len(engine._channels.ready()) == 1)
    assert [await whole(engine) for _ in range(6)] == [2] * 6
    assert opened(pair[0]) == 1
    assert (await running.end()).accounting.read == 2
    assert pair[0].process is not None
    # Nobody's watch of its health keeps it.
    assert await asyncio.to_thread(pair[0].process.wait, 3) == 0
    pair[0].process = None
    pair[0].start()
    assert await until(lambda: len(engine._channels.ready()) == 2) < READY_SECONDS


async def test_after_one_is_killed_the_other_takes_over_at_once(engine: Engine, pair: list[Harmonizer]) -> None:
    running = await held_by(engine, pair[0])
    pair[0].kill()
    with pytest.raises(Unavailable):
        await running.task
    began = time.monotonic()
    assert [await whole(engine) for _ in range(6)] == [2] * 6
    assert time.monotonic() - began < 2
    assert not list(pair[0].log_path.parent.glob("harmonizer-*")), "scratch is left behind"


async def test_one_that_stands_still_is_found_out(engine: Engine, pair: list[Harmonizer]) -> None:
    running = await held_by(engine, pair[0])
    pair[0].signal(signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(running.task, 30)
    assert time.monotonic() - began < PINGS.every_seconds + PINGS.timeout_seconds + 1
    assert [await whole(engine) for _ in range(6)] == [2] * 6
    pair[0].signal(signal.SIGCONT)
    await until(lambda: len(engine._channels.ready()) == 2)
    # What it was at when it stood still is over.
    await until(lambda: opened(pair[0]) == 0)
