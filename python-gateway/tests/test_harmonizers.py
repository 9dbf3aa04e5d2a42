"""Several harmonizers behind one gateway: who gets the streams when one dies, stalls, drains or comes back."""

import asyncio
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest
from fake_harmonizer import PINGS, SERVICE, SERVING, Fake, serve
from grpc_health.v1.health_pb2 import HealthCheckResponse
from name_server import NameServer
from stalling_relay import Relay

from gateway.channels import USUAL, Pings
from gateway.engine import READY_SECONDS, Engine
from gateway.errors import Unavailable
from harmonizer.v1 import harmonizer_service_pb2 as pb

FILE = b"patient_id,name\n1,a\n"


class Machine:
    """A fake harmonizer that can be stopped and started again at its address."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.fake, self.port, self.host, self.server = Fake(), port, host, None

    async def start(self) -> "Machine":
        self.server, self.port = await serve(self.fake, self.port, self.host)
        return self

    async def stop(self) -> None:
        await self.server.stop(None)

    @property
    def streams(self) -> int:
        return len(self.fake.specs)


@asynccontextmanager
async def machines(count: int):
    async with AsyncExitStack() as stack:
        all_ = [await Machine().start() for _ in range(count)]
        for machine in all_:
            stack.push_async_callback(machine.stop)
        yield all_


@asynccontextmanager
async def engine_of(address: str, pings: Pings = USUAL):
    engine = Engine(address, pings)
    try:
        yield engine
    finally:
        await engine.close()


@pytest.fixture
async def three():
    async with machines(3) as all_:
        yield all_


@pytest.fixture
async def engine(three):
    async with engine_of(listed(three)) as engine:
        await until(lambda: len(engine._channels.ready()) == 3)
        yield engine


def listed(all_) -> str:
    # One of them by name: a list may hold both.
    return ",".join(f"{'127.0.0.1' if n else 'localhost'}:{machine.port}" for n, machine in enumerate(all_))


async def until(true, seconds: float = 5.0) -> float:
    """Seconds until it is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not come true"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def source():
    yield FILE


async def stream(engine) -> pb.HarmonizeSummary:
    *_, last = [response async for response in engine.harmonize(pb.HarmonizeSpec(file_name="p.csv"), source())]
    return last.summary


async def counts(engine, all_, streams: int) -> list[int]:
    """How many of the streams each machine gets."""
    before = [machine.streams for machine in all_]
    for _ in range(streams):
        assert (await stream(engine)).accounting.read == 1
    return [machine.streams - n for machine, n in zip(all_, before, strict=True)]


async def test_streams_go_to_each_in_turn(engine, three):
    assert await counts(engine, three, 9) == [3, 3, 3]


async def test_a_target_of_several_addresses_is_balanced_by_grpc(three):
    async with engine_of("ipv4:" + ",".join(f"127.0.0.1:{machine.port}" for machine in three)) as engine:
        got = Counter()
        for _ in range(50):
            got.update(dict(enumerate(await counts(engine, three, 3))))
            if all(got[n] for n in range(3)):
                break
            await asyncio.sleep(0.02)
        assert await counts(engine, three, 9) == [3, 3, 3]


@pytest.mark.skipif(sys.platform != "linux", reason="one loopback address only")
async def test_a_name_of_several_addresses_is_balanced_and_looked_up_again():
    """As dns:///harmonizer:8081 is: every replica listens on the same port of its own address."""
    async with AsyncExitStack() as stack:
        names = await stack.enter_async_context(NameServer())
        first = await Machine().start()
        all_ = [first, *[await Machine(first.port, f"127.0.0.{n}").start() for n in (2, 3)]]
        for machine in all_:
            stack.push_async_callback(machine.stop)
        names.addresses = [machine.host for machine in all_[:2]]
        address = f"dns://127.0.0.1:{names.port}/harmonizer.test:{first.port}"
        engine = await stack.enter_async_context(engine_of(address))
        await until_even(engine, all_[:2])
        # One is replaced by another at an address of its own; its end makes gRPC ask again.
        names.addresses = [machine.host for machine in all_[1:]]
        await first.stop()
        await until_even(engine, all_[1:])
        assert (await counts(engine, all_, 4)) == [0, 2, 2]


async def until_even(engine, all_) -> None:
    """Waits until every one of these gets its share."""
    for _ in range(200):
        if await counts(engine, all_, 2 * len(all_)) == [2] * len(all_):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the streams are not spread evenly")


async def test_after_a_death_in_a_stream_the_next_goes_to_another_at_once(engine, three):
    for machine in three:
        machine.fake.hold = asyncio.Event()
    running = asyncio.create_task(stream(engine))
    await until(lambda: any(machine.fake.live for machine in three))
    dead = next(machine for machine in three if machine.fake.live)
    await dead.stop()
    with pytest.raises(Unavailable) as caught:
        await running
    assert caught.value.headers == {"Retry-After": "2"}
    for machine in three:
        machine.fake.hold = None
    began = time.monotonic()
    got = await counts(engine, three, 6)
    assert time.monotonic() - began < 1
    assert (got[three.index(dead)], sum(got)) == (0, 6)
    # It comes back and gets its share again, sooner than a call would have waited for it.
    await dead.start()
    assert await until(lambda: len(engine._channels.ready()) == 3) < READY_SECONDS
    assert await counts(engine, three, 6) == [2, 2, 2]


async def test_one_that_does_not_serve_gets_no_streams_until_it_does(engine, three):
    await three[1].fake.says.set(SERVICE, HealthCheckResponse.NOT_SERVING)
    await until(lambda: len(engine._channels.ready()) == 2)
    got = await counts(engine, three, 6)
    assert (got[1], sum(got)) == (0, 6)
    await three[1].fake.says.set(SERVICE, SERVING)
    await until(lambda: len(engine._channels.ready()) == 3)
    assert await counts(engine, three, 6) == [2, 2, 2]


async def test_where_nobody_serves_a_call_waits_briefly_and_says_when_to_come_back(engine, three):
    for machine in three:
        await machine.fake.says.set(SERVICE, HealthCheckResponse.NOT_SERVING)
    await until(lambda: not engine._channels.ready())
    assert not await engine.serving()
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await stream(engine)
    assert READY_SECONDS <= time.monotonic() - began < READY_SECONDS + 1
    assert caught.value.headers == {"Retry-After": "2"}


@pytest.mark.parametrize("call", ["harmonize", "inspect", "entities"])
async def test_a_call_waits_for_one_that_restarts(call):
    async with machines(1) as (machine,), engine_of(f"127.0.0.1:{machine.port}") as engine:
        assert await engine._channels.wait_ready(5)
        await machine.stop()
        await until(lambda: not engine._channels.ready())
        calls = {
            "harmonize": lambda: stream(engine),
            "inspect": lambda: engine.inspect(pb.HarmonizeSpec(), source()),
            "entities": engine.entities,
        }
        waiting = asyncio.create_task(calls[call]())
        await asyncio.sleep(0.6)
        assert not waiting.done()
        await machine.start()
        assert await waiting


async def test_waiting_for_one_that_serves_is_bounded():
    async with engine_of("127.0.0.1:1,127.0.0.1:2") as engine:
        began = time.monotonic()
        assert not await engine._channels.wait_ready(0.3)
        assert time.monotonic() - began < 1
        assert not await engine.serving()


async def test_a_short_question_goes_to_another_where_the_first_dies():
    async def dies(_, context):
        await context.abort(grpc.StatusCode.UNAVAILABLE)

    async with machines(2) as (broken, sound), engine_of(listed([broken, sound])) as engine:
        broken.fake.ListEntities = dies
        await until(lambda: len(engine._channels.ready()) == 2)
        for _ in range(4):
            assert [entity.name for entity in await engine.entities()] == ["patient"]


async def test_a_peer_that_answers_no_ping_loses_its_streams_within_the_bound():
    """As after SIGSTOP, or with a cable pulled: the connection stands, and nothing comes."""
    pings = Pings(every_seconds=0.6, timeout_seconds=0.4)
    async with machines(2) as (far, near), Relay(far.port) as relay:
        far.fake.hold = asyncio.Event()
        async with engine_of(f"127.0.0.1:{relay.port}", pings) as engine:
            running = asyncio.create_task(stream(engine))
            await until(lambda: far.fake.live == 1)
            relay.stall()
            began = time.monotonic()
            with pytest.raises(Unavailable):
                await asyncio.wait_for(running, 10)
            assert time.monotonic() - began < pings.every_seconds + pings.timeout_seconds + 0.5
            await until(lambda: not engine._channels.ready())  # The stream hears of it before the channel does.
            assert not await engine._channels.wait_ready(0.2), "it connects, and is not heard of"
            far.fake.hold = None
            relay.resume()
            assert await engine._channels.wait_ready(5)
            assert (await stream(engine)).accounting.read == 1
        async with engine_of(f"127.0.0.1:{relay.port},127.0.0.1:{near.port}", pings) as engine:
            await until(lambda: len(engine._channels.ready()) == 2)
            relay.stall()
            await until(lambda: len(engine._channels.ready()) == 1)
            assert await counts(engine, [far, near], 4) == [0, 4]


def test_pings_are_no_more_often_than_is_permitted():
    permitted = dict(PINGS)["grpc.http2.min_ping_interval_without_data_ms"] / 1000
    assert USUAL.every_seconds >= 2 * permitted
    assert USUAL.every_seconds + USUAL.timeout_seconds == 20, "docs/operations.md says so"
