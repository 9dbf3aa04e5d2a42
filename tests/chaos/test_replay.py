"""What breaks in a round, and what is wanted in it, is its seed's alone."""

from __future__ import annotations

import random

from tests.chaos.oracle import cases
from tests.chaos.plan import plan
from tests.chaos.wishes import WINDOW_SECONDS, wishes

PARTS = {
    "kill": ["gateway-1", "harmonizer-1"],
    "hold": ["gateway-1"],
    "freeze": ["gateway-1"],
    "reset": ["client-gateway-1"],
    "stall": ["client-gateway-1"],
    "refuse": ["client-gateway-1"],
    "delay": ["client-gateway-1"],
    "fill": ["disk"],
}


def test_a_seed_is_a_round_whatever_ran_before():
    known = cases()
    first = plan(5, PARTS), wishes(5, known)
    random.seed(99)
    plan(4, PARTS)
    assert (plan(5, PARTS), wishes(5, known)) == first
    assert plan(6, PARTS) != first[0]
    assert wishes(6, known) != first[1]


def test_every_kind_of_fault_and_wish_comes_up():
    faults = [fault for seed in range(200) for fault in plan(seed, PARTS)]
    known = cases()
    wanted = [wish for seed in range(50) for wish in wishes(seed, known)]
    assert {fault.kind for fault in faults} == set(PARTS)
    assert all(0 <= fault.at <= WINDOW_SECONDS for fault in faults)
    assert {wish.style for wish in wanted} == {"body", "upload", "put", "parts"}
    assert {wish.watch for wish in wanted} == {"sse", "ws", "rpc", ""}
    assert {wish.case.name for wish in wanted} == {case.name for case in known}
    assert any(wish.retry for wish in wanted)
    assert any(wish.remove for wish in wanted)
    assert any(wish.gives_up for wish in wanted)
