"""python -m tests.chaos.fleet [--jobs 1000]: many small jobs through two gateways, two workers and three harmonizers on
PostgreSQL, with one of each killed on the way. All complete, none twice; says how many a second.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from support.files import SMALL
from support.rest import Rest
from tests.chaos.judge import clear, settle
from tests.chaos.oracle import Case, Digests, learn
from tests.chaos.stack import Shape, Stack, stack_of
from tests.chaos.wishes import Wish
from tests.chaos.workload import Book, clients

SHAPE = Shape(gateways=2, workers=2, harmonizers=3, grace_seconds=5.0)
SIMULTANEOUS = 16
CASE = Case("small", (("small.csv", SMALL),))
FATES = ("killed for good", "killed and started again")
END_SECONDS = 600.0


@dataclass(frozen=True)
class Done:
    """What a run came to."""

    jobs: int
    seconds: float
    deaths: dict[str, int]

    @property
    def a_second(self) -> float:
        """Jobs from the first request to the last end."""
        return self.jobs / self.seconds


def run(directory: Path, jobs: int, seed: int, say: Callable[[str], None] = print) -> Done:
    """One run. Raises AssertionError with what is broken."""
    with stack_of(SHAPE, directory) as stack:
        with Rest(stack.addresses[0]) as rest:
            oracle = learn(rest, [CASE])
        book, began = Book(), time.monotonic()
        asyncio.run(asyncio.wait_for(_all(stack, book, oracle, jobs, random.Random(seed), say), END_SECONDS))
        _wait_ended(stack)
        seconds = time.monotonic() - began
        broken = settle(stack, book, oracle) + _not_once(stack, jobs)
        deaths = {name: len(keeper.deaths) for name, keeper in stack.keepers.items()}
        stack.heal()
        broken += clear(stack)
        assert not broken, "\n".join([*broken[:20], stack.logs()])
        done = Done(jobs, seconds, deaths)
        say(f"{jobs} jobs in {seconds:.1f} s: {done.a_second:.1f} a second; deaths {deaths}")
        return done


async def _all(
    stack: Stack, book: Book, oracle: dict[str, Digests], jobs: int, rng: random.Random, say: Callable[[str], None]
) -> None:
    """Sends all jobs, some at a time; meanwhile one of each kind is killed, each at another moment."""
    victims = {rng.uniform(0.2, 0.8): f"{kind}-{rng.randint(1, n)}" for kind, n in _COUNTS}
    turns, sent = asyncio.Semaphore(SIMULTANEOUS), 0
    async with clients(stack.addresses, stack.rpc_target, book, oracle) as client:

        async def one(number: int) -> None:
            nonlocal sent
            async with turns:
                await client.accept(_wish(number))
                sent += 1
                for share in [share for share in victims if sent / jobs >= share]:
                    await _kill(stack, victims.pop(share), rng.choice(FATES), say)

        await asyncio.gather(*(one(number) for number in range(jobs)))
    assert not victims, "everybody who was to die has died"


_COUNTS = (("gateway", 2), ("worker", 2), ("harmonizer", 3))


async def _kill(stack: Stack, name: str, fate: str, say: Callable[[str], None]) -> None:
    say(f"{name} is {fate}")
    keeper = stack.keepers[name]
    await asyncio.to_thread(keeper.hold if fate == FATES[0] else keeper.kill)


def _wish(number: int) -> Wish:
    return Wish(
        key=f"fleet-{number}", case=CASE, style="body", start=0.0, cancel_after=None, retry=False, watch="",
        remove=False, gives_up=False,
    )  # fmt: skip


def _wait_ended(stack: Stack) -> None:
    end = time.monotonic() + END_SECONDS
    live = "SELECT count(*) AS n FROM jobs WHERE status <> 'completed'"
    while stack.ledger.rows(live)[0]["n"]:
        assert time.monotonic() < end, "not every job has completed"
        time.sleep(0.1)


def _not_once(stack: Stack, jobs: int) -> list[str]:
    """Where the jobs are not just these, each completed by exactly one event."""
    found = Counter(job["status"] for job in stack.ledger.jobs().values())
    ends = Counter(
        event["type"] for events in stack.ledger.events().values() for event in events if event["type"] == "completed"
    )
    return [] if found == ends == {"completed": jobs} else [f"{jobs} jobs are {dict(found)}, by events {dict(ends)}"]


def main() -> int:
    """0: all completed, none twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.fleet", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fleet-", ignore_cleanup_errors=True) as directory:
        run(Path(directory), given.jobs, given.seed, lambda line: print(line, flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
