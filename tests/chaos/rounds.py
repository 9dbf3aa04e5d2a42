"""Rounds: clients want something, something breaks, everything heals, every promise is held against what is there."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from support.rest import Rest
from tests.chaos.judge import END_SECONDS, clear, settle
from tests.chaos.oracle import cases, learn
from tests.chaos.plan import plan
from tests.chaos.stack import SHAPES, Stack, stack_of
from tests.chaos.wishes import wishes
from tests.chaos.workload import Book, clients

KEPT_ROUNDS = 5
"""Rounds after which everything is removed, and nothing may be left."""


class Broken(AssertionError):
    """A promise was broken; the text says which, and how to see it again."""


class Campaign:
    """Rounds on one stack that stays up between them."""

    def __init__(self, stack: Stack, given: str, say: Callable[[str], None]) -> None:
        self._stack, self._given, self._say = stack, given, say
        self._cases = cases()
        with Rest(stack.addresses[0]) as rest:
            self._oracle = learn(rest, self._cases)
        self._books: list[Book] = []
        self.faults: Counter[str] = Counter()
        self.jobs: Counter[str] = Counter()
        self.later: Counter[int] = Counter()

    def run(self, seed: int, rounds: int) -> None:
        """So many rounds, the first of this seed, each next one of the next seed. Raises Broken."""
        for number in range(rounds):
            self._round(number, seed + number)
            if number % KEPT_ROUNDS == KEPT_ROUNDS - 1 or number == rounds - 1:
                self._clear(seed + number)

    def _round(self, number: int, seed: int) -> None:
        faults = plan(seed, self._stack.parts())
        self.faults.update(fault.kind for fault in faults)
        self._say(f"round {number} seed {seed}: {'; '.join(map(str, faults))}")
        began, book = time.monotonic(), Book()
        try:
            asyncio.run(asyncio.wait_for(self._live(seed, faults, book), END_SECONDS + 30))
        except TimeoutError:
            book.broken.append(f"a client had no end within {END_SECONDS:g} s")
        finally:
            self._stack.heal()
        self._books.append(book)
        self._judge(seed, settle(self._stack, self._merged(), self._oracle))
        states = Counter(job["status"] for job in self._stack.ledger.jobs().values())
        self.later.update(book.refused)
        self._say(f"  {time.monotonic() - began:.1f} s, held: {dict(states)}")

    async def _live(self, seed: int, faults: list, book: Book) -> None:
        async with clients(self._stack.addresses, self._stack.rpc_target, book, self._oracle) as client:
            lives = [asyncio.create_task(client.live(wish)) for wish in wishes(seed, self._cases)]
            try:
                await self._break(faults)
                async with asyncio.timeout(END_SECONDS):
                    await asyncio.gather(*lives)
            finally:
                for life in lives:
                    life.cancel()
                await asyncio.gather(*lives, return_exceptions=True)

    async def _break(self, faults: list) -> None:
        began = time.monotonic()
        strikes = []
        for fault in faults:
            await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
            strikes.append(asyncio.create_task(self._stack.strike(fault)))
        await asyncio.gather(*strikes)
        await asyncio.to_thread(self._stack.heal)

    def _merged(self) -> Book:
        """What was promised since everything was removed last."""
        whole = Book()
        for book in self._books:
            whole.acknowledged |= book.acknowledged
            whole.cases |= book.cases
            whole.cancelled |= book.cancelled
            whole.removed |= book.removed
            whole.traces |= book.traces
            whole.broken += book.broken
        return whole

    def _clear(self, seed: int) -> None:
        """Removes everything over REST; no row and no byte may be left."""
        self.jobs.update(job["status"] for job in self._stack.ledger.jobs().values())
        self._judge(seed, clear(self._stack))
        self._books.clear()

    def _judge(self, seed: int, broken: list[str]) -> None:
        if not broken:
            return
        replay = f"python -m tests.chaos {self._given} --rounds 1 --seed {seed}"
        raise Broken("\n".join([*broken[:20], f"see it again with: {replay}", self._stack.logs()]))


def campaign(
    backend: str, blobs: str, directory: Path, seed: int, rounds: int, say: Callable[[str], None] = print
) -> Campaign:
    """Runs a whole campaign; what was broken and done is counted in the answer. Raises Broken."""
    with stack_of(replace(SHAPES[backend], blobs=blobs), directory) as stack:
        say(f"{backend}, {blobs}: disk full by {stack.disk.how}; faults {', '.join(stack.parts())}")
        done = Campaign(stack, f"--backend {backend} --blobs {blobs}", say)
        began = time.monotonic()
        done.run(seed, rounds)
        seconds = time.monotonic() - began
        deaths = {name: len(keeper.deaths) for name, keeper in stack.keepers.items()}
        say(f"{rounds} rounds in {seconds:.0f} s; faults {dict(done.faults)}; deaths {deaths}")
        say(f"jobs {dict(done.jobs)}; answers that said later {dict(done.later)}")
    return done
