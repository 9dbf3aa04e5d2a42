"""What the clients of a round want: made from its seed alone, so that a round can be played again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.chaos.oracle import Case

FRONT_ENDS = ("sse", "ws", "rpc")

WINDOW_SECONDS = 1.2
"""Time in which a round's wishes and faults begin."""
JOBS = 6
STYLES = ("body", "upload", "put", "parts")
"""How bytes come: with the job; before it in one piece; under an id of the client's; in parts that are cut off."""


@dataclass(frozen=True)
class Wish:
    """One job that a client wants, and what else the client does."""

    key: str
    case: Case
    style: str
    start: float
    """Seconds after the round's begin."""
    cancel_after: float | None
    """Seconds after the acknowledgement. None: never."""
    retry: bool
    """Wants it after all, once it is cancelled."""
    watch: str
    """By which front end it is watched. Empty: by none."""
    remove: bool
    """Removes it when it has ended."""
    gives_up: bool
    """Does not ask again when the first answer is lost."""


def wishes(seed: int, cases: list[Case]) -> list[Wish]:
    """What is wanted in the round of this seed."""
    rng = random.Random(f"wishes {seed}")
    return [_wish(rng, f"{seed}-{n}", cases) for n in range(JOBS)]


def _wish(rng: random.Random, key: str, cases: list[Case]) -> Wish:
    # Big files are few: a round is to be short.
    case = rng.choices(cases, [1 if case.name == "more" else 3 for case in cases])[0]
    cancel_after = rng.choice((0.0, 0.05, 0.3)) if rng.random() < 0.25 else None
    return Wish(
        key=key,
        case=case,
        style=rng.choice(STYLES),
        start=rng.uniform(0, WINDOW_SECONDS * 0.8),
        cancel_after=cancel_after,
        retry=cancel_after is not None and rng.random() < 0.5,
        watch=rng.choice(FRONT_ENDS) if rng.random() < 0.6 else "",
        remove=rng.random() < 0.2,
        gives_up=rng.random() < 0.1,
    )
