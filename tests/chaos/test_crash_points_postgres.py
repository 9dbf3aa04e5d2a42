"""A gateway or a worker on PostgreSQL dies at each failpoint, and every promise is kept when it is back."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from support.rest import Rest
from tests.chaos.crash import crash
from tests.chaos.oracle import Case, Digests, cases, learn
from tests.chaos.stack import Shape, Stack, stack_of

from gateway.failpoints import POINTS

CASE: Case = next(case for case in cases() if case.name == "patients")
# Steps that a worker takes; what callers ask is a gateway's.
_OF_WORKERS = ("claim", "publish", "event", "cancel.stopped", "cancel.ended")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One for all points: each of them leaves it empty."""
    # Nothing is held up here between bytes and row.
    shape = Shape(gateways=1, workers=1, harmonizers=1, grace_seconds=2.0)
    with stack_of(shape, tmp_path_factory.mktemp("crash")) as stack:
        yield stack


@pytest.fixture(scope="module")
def oracle(stack: Stack) -> dict[str, Digests]:
    """What the case gives in peace."""
    with Rest(stack.addresses[0]) as rest:
        return learn(rest, [CASE])


# SQLite takes every point in `make test`; here those are left out that lie around bytes rather than transactions.
_SHORT = (
    "accept.row", "accept.committed", "claim.row", "claim.committed", "publish.row", "publish.committed",
    "cancel.committed", "cancel.ended", "retry.row", "delete.committed", "upload.part",
)  # fmt: skip
CHOSEN = sorted(POINTS) if os.environ.get("CHAOS_EVERY_POINT") else _SHORT


@pytest.mark.parametrize("point", CHOSEN)
async def test_a_process_that_dies_keeps_every_promise(stack: Stack, oracle: dict[str, Digests], point: str):
    name = "worker-1" if point.startswith(_OF_WORKERS) else "gateway-1"
    await crash(stack, stack.keepers[name], point, CASE, oracle)
