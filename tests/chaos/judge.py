"""The end of a story: everybody has ended, no promise is broken, and nothing is left when all is removed."""

from __future__ import annotations

import contextlib

import httpx
from support.processes import until
from support.rest import Rest
from tests.chaos.invariants import check
from tests.chaos.oracle import Digests
from tests.chaos.stack import Stack
from tests.chaos.workload import Book

END_SECONDS = 90.0
"""Time after which a job that has not ended counts as lost."""
RESCUE_SECONDS = 20.0
"""Time in which what a dead worker held is taken up by others."""
SWEEP_SECONDS = 30.0
"""Time in which the sweep finds bytes that no row names."""

_LIVE = "SELECT count(*) AS n FROM jobs WHERE status IN ('queued', 'processing', 'cancelling')"


def settle(stack: Stack, book: Book, oracle: dict[str, Digests]) -> list[str]:
    """Waits for every job, also of clients who gave up; what of the promises is broken, in words."""
    with contextlib.suppress(AssertionError):  # Which ones have not, the check says.
        until(lambda: not stack.ledger.rows(_LIVE)[0]["n"], END_SECONDS, "every job has ended")
        # A worker may have died behind its job's end: another one takes its row when it is taken for dead.
        until(lambda: not stack.ledger.queued(), RESCUE_SECONDS, "the queue is empty")
    return check(stack.ledger, book, oracle)


def _delete(rest: Rest, path: str) -> httpx.Response:
    """A round's last fault may have killed the gateway that is asked: then again, when it is back."""
    answers: list[httpx.Response] = []

    def answered() -> bool:
        with contextlib.suppress(httpx.TransportError):
            answers.append(rest.delete(f"/api/v1/{path}"))
        return bool(answers)

    until(answered, END_SECONDS, "the gateway is back")
    return answers[0]


def clear(stack: Stack) -> list[str]:
    """Removes everything over REST; what is left then, in words."""
    ledger, found = stack.ledger, list[str]()
    paths = [f"jobs/{job_id}" for job_id in ledger.jobs()]
    paths += [f"uploads/{row['id']}" for row in ledger.rows("SELECT id FROM uploads WHERE NOT with_job")]
    with Rest(stack.addresses[0]) as rest:
        for path in paths:
            answer = _delete(rest, path)
            if answer.status_code not in (204, 404):
                found.append(f"delete: {answer.text}")
    if left := ledger.counts():
        found.append(f"rows are left of what was removed: {left}")
    try:
        until(lambda: not ledger.orphans(), SWEEP_SECONDS, "no byte is left that no row names")
    except AssertionError:
        found.append(f"{len(ledger.orphans())} blobs are left that no row names, after {SWEEP_SECONDS:g} s")
    return found
