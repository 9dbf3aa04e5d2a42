"""What a refusal becomes that comes while the client is still writing: its own reason, every time (grpc/grpc#36066)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import harmonizer_client as hc
from harmonizer_client.process import Engine

PROGRAM = Path(__file__).parents[2] / "bin" / "harmonizerd"
REPETITIONS = 50

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="bin/harmonizerd is not built: make build")


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    with Engine(PROGRAM) as engine:
        yield engine.target


async def document(size: int) -> AsyncIterator[bytes]:
    """A file that is refused for its first bytes, in many chunks."""
    yield b"%PDF-1.7\n" + bytes(100)
    for _ in range(40):
        await asyncio.sleep(0)
        yield bytes(size)


@pytest.mark.parametrize("size", [10, 5_000, 262_144])
async def test_the_reason_of_a_refusal_is_never_lost(target: str, size: int) -> None:
    async with hc.AsyncClient(target) as client:
        for _ in range(REPETITIONS):
            with pytest.raises(hc.InputRefused) as caught:
                await client.harmonize(document(size)).wait()
            assert caught.value.reason == "NOT_TEXT"
            with pytest.raises(hc.InputRefused) as caught:
                await client.inspect(document(size))
            assert caught.value.reason == "NOT_TEXT"


async def test_the_connection_is_as_good_as_before(target: str) -> None:
    async with hc.AsyncClient(target) as client:
        for _ in range(5):
            refused = client.harmonize(document(5_000))
            good = client.harmonize(b"patient_id,dob\n1,2000-01-31\n")
            with pytest.raises(hc.InputRefused):
                await refused.wait()
            assert (await good.wait()).accounting.written == 1
