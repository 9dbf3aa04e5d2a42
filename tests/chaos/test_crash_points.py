"""A gateway on SQLite dies at each failpoint, and every promise is kept when it is back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.rest import Rest
from tests.chaos.crash import crash
from tests.chaos.oracle import Case, Digests, cases, learn
from tests.chaos.stack import SHAPES, Stack, stack_of

from gateway.failpoints import POINTS

CASE: Case = next(case for case in cases() if case.name == "patients")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One for all points: each of them leaves it empty."""
    with stack_of(SHAPES["sqlite"], tmp_path_factory.mktemp("crash")) as stack:
        yield stack


@pytest.fixture(scope="module")
def oracle(stack: Stack) -> dict[str, Digests]:
    """What the case gives in peace."""
    with Rest(stack.addresses[0]) as rest:
        return learn(rest, [CASE])


@pytest.mark.parametrize("point", sorted(POINTS))
async def test_a_gateway_that_dies_keeps_every_promise(stack: Stack, oracle: dict[str, Digests], point: str):
    await crash(stack, stack.keepers["gateway-1"], point, CASE, oracle)
