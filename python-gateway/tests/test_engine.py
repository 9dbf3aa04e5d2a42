"""The client of the harmonizer by itself: what a refusal while bytes are on their way becomes."""

import asyncio

import grpc
import pytest
from fake_harmonizer import Refusal

from gateway.engine import Engine, SourceFailed
from gateway.errors import NotImplementedYet
from harmonizer.v1 import harmonizer_service_pb2 as pb


@pytest.fixture
async def engine(fake):
    engine = Engine(f"127.0.0.1:{fake.port}")
    yield engine
    await engine.close()


async def pieces(count: int, wait: float, size: int = 30):
    for _ in range(count):
        await asyncio.sleep(wait)
        yield b"x" * size


async def everything(engine, source) -> list[pb.HarmonizeResponse]:
    return [response async for response in engine.harmonize(pb.HarmonizeSpec(), source)]


@pytest.mark.parametrize("count", [1, 20])
async def test_a_refusal_while_sending_keeps_its_reason(engine, fake, count):
    for n in range(40):  # Which of status and write comes first is a matter of luck.
        fake.refusals.append(Refusal(grpc.StatusCode.UNIMPLEMENTED, "MATCH"))
        with pytest.raises(NotImplementedYet) as caught:
            await everything(engine, pieces(count, 0.0005 * (n % 5), 30 if n % 2 else 300_000))
        assert caught.value.reason == "MATCH"
        fake.refusals.append(Refusal(grpc.StatusCode.UNIMPLEMENTED, "MATCH"))
        with pytest.raises(NotImplementedYet) as caught:
            await engine.inspect(pb.HarmonizeSpec(), pieces(count, 0.0005 * (n % 5), 30 if n % 2 else 300_000))
        assert caught.value.reason == "MATCH"


async def test_bytes_that_cannot_be_had_end_the_call(engine, fake):
    async def broken():
        yield b"a,b\n"
        raise OSError("disk")

    for call in (everything(engine, broken()), engine.inspect(pb.HarmonizeSpec(), broken())):
        with pytest.raises(SourceFailed) as caught:
            await call
        assert isinstance(caught.value.__cause__, OSError)
    await asyncio.sleep(0.1)
    assert fake.live == 0


async def test_a_reader_who_stops_ends_the_call(engine, fake):
    fake.hold = asyncio.Event()
    responses = engine.harmonize(pb.HarmonizeSpec(), pieces(3, 0))
    await anext(responses)
    await responses.aclose()
    await asyncio.sleep(0.1)
    assert fake.live == 0
