"""A crash at a failpoint: who does it, what a client wants that leads there, and what must be true when it is over."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from tests.chaos.forked import Forkable
from tests.chaos.judge import clear, settle
from tests.chaos.keeper import Keeper
from tests.chaos.oracle import Case, Digests
from tests.chaos.proxy import Wire
from tests.chaos.stack import Stack
from tests.chaos.wishes import Wish
from tests.chaos.workload import Book, clients

CRASH_SECONDS = 20.0
"""Time in which the point is reached. One that is not reached is dead code, or its wish is wrong."""
OVER_SECONDS = 40.0

# While the harmonizer cannot answer a job can be cancelled, and one that was cancelled can be retried.
_STALLED = ("cancel", "retry")


def wish_of(point: str, case: Case, key: str) -> Wish:
    """What a client wants whose way leads over the point."""
    step = point.partition(".")[0]
    return Wish(
        key=key,
        case=case,
        style="parts" if step == "upload" else "body",
        start=0.0,
        # The stream of a job must be open before it can end.
        cancel_after=0.3 if step in _STALLED else None,
        retry=step == "retry",
        watch="sse",
        remove=step == "delete",
        gives_up=False,
    )


async def crash(stack: Stack, keeper: Keeper, point: str, case: Case, oracle: dict[str, Digests]) -> None:
    """Has the keeper's process die at the point, sees it come back, and holds it to every promise."""
    service, book, before = keeper.service, Book(), len(keeper.deaths)
    assert isinstance(service, Forkable)
    await asyncio.to_thread(_restart, keeper, f"{point}=crash")
    hits = service.hits(point)
    # From here on nobody else is to die: the process that is started next has nothing armed.
    service.arm("")
    if point.startswith(_STALLED):
        _to_harmonizers(stack, Wire.stall)
    async with clients(stack.addresses, stack.rpc_target, book, oracle) as client:
        life = asyncio.create_task(client.live(wish_of(point, case, f"crash at {point}")))
        try:
            await _died(keeper, before + 2, point)
            stack.network.heal()
            await asyncio.wait_for(life, OVER_SECONDS)
        finally:
            stack.network.heal()
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
    await asyncio.to_thread(keeper.wait_up)
    assert keeper.deaths[before:] == [-signal.SIGKILL] * 2, "it dies at the point, and never again"
    assert service.hits(point) == hits + 1, "it dies of the point"
    broken = await asyncio.to_thread(settle, stack, book, oracle) + await asyncio.to_thread(clear, stack)
    assert not broken, "\n".join([*broken, stack.logs(6000)])


def _restart(keeper: Keeper, points: str) -> None:
    assert isinstance(keeper.service, Forkable)
    keeper.service.arm(points)
    deaths = len(keeper.deaths)
    keeper.kill()
    while len(keeper.deaths) == deaths:
        keeper.wait_up()
    keeper.wait_up()


def _to_harmonizers(stack: Stack, action: Callable[[Wire], None]) -> None:
    for name, wire in stack.network.wires.items():
        if "-harmonizer-" in name:
            action(wire)


async def _died(keeper: Keeper, deaths: int, point: str) -> None:
    async with asyncio.timeout(CRASH_SECONDS):
        while len(keeper.deaths) < deaths:  # noqa: ASYNC110 - a death tells nobody.
            await asyncio.sleep(0.02)
