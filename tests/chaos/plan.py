"""What breaks in a round, when and for how long: made from its seed alone, so that a round can be played again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.chaos.wishes import WINDOW_SECONDS


@dataclass(frozen=True)
class Fault:
    """One thing that is done to one part of the stack."""

    at: float
    """Seconds after the round's begin."""
    kind: str
    target: str
    seconds: float
    """How long it lasts. 0: a moment."""

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.2f} s" if self.seconds else ""
        return f"{self.at:.2f} s: {self.kind} {self.target}{lasts}"


# Kinds that last, and for how long at most.
_LASTING = {"hold": 0.8, "freeze": 2.0, "stall": 0.8, "refuse": 0.6, "delay": 0.8, "fill": 0.6}
# A process is killed more often than a wire is touched: there are more wires.
_WEIGHTS = {"kill": 6, "hold": 2, "freeze": 3, "reset": 3, "stall": 2, "refuse": 1, "delay": 2, "fill": 12}


def plan(seed: int, parts: dict[str, list[str]]) -> list[Fault]:
    """The faults of the round of this seed, in order of time. parts: names by kind, from Stack.parts."""
    rng = random.Random(f"faults {seed}")
    choices = [(kind, target) for kind, targets in parts.items() for target in targets]
    weights = [_WEIGHTS[kind] for kind, _ in choices]
    faults = []
    for kind, target in rng.choices(choices, weights, k=rng.choice((1, 2, 2, 3))):
        at, longest = rng.uniform(0.02, WINDOW_SECONDS), _LASTING.get(kind, 0.0)
        faults.append(Fault(at, kind, target, longest and rng.uniform(0.1, longest)))
    return sorted(faults, key=lambda fault: fault.at)
