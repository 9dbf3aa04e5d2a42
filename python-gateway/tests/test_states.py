"""The state machine: its table, and retry and cancel in every state."""

import asyncio

import fake_harmonizer
import grpc
import pytest
from fake_harmonizer import Refusal
from running_gateway import Running

from gateway.jobs import repository, states
from gateway.jobs.states import ENDED, LIVE, TRANSITIONS, Transition


def test_the_table_leads_from_live_states_and_only_a_retry_out_of_an_end():
    for transition in TRANSITIONS:
        assert set(transition.only_from) <= {*LIVE, *ENDED}
        assert transition.to in {*LIVE, *ENDED}
        if set(transition.only_from) & set(ENDED):
            assert transition is states.RETRY
    assert states.COMPLETED not in states.RETRY.only_from


def test_what_only_the_attempt_that_has_the_job_may_say_is_fenced():
    assert [t.event for t in TRANSITIONS if t.fenced] == ["progress", "completed", "failed", "requeued"]


def test_every_state_can_end():
    reach = {state: {state} for state in LIVE}
    for _ in TRANSITIONS:
        for t in TRANSITIONS:
            for found in reach.values():
                if found & set(t.only_from):
                    found.add(t.to)
    assert all(found & set(ENDED) for found in reach.values())


async def put(gw: Running, fake: fake_harmonizer.Fake, state: str) -> str:
    """A job in the state."""
    fake.hold = asyncio.Event() if state in (*LIVE, "cancelled") else None
    if state == "failed":
        fake.refusals.append(Refusal(grpc.StatusCode.INVALID_ARGUMENT, "NOT_TEXT"))
    if state == "queued":  # Both workers have something else to do.
        for _ in range(2):
            await gw.state((await gw.submit())["id"], "processing")
        return (await gw.submit())["id"]
    job_id = (await gw.submit())["id"]
    if state == "cancelled":
        await gw.state(job_id, "processing")
        await gw.http.post(f"/api/v1/jobs/{job_id}:cancel")
    if state in ENDED:
        assert (await gw.ended(job_id))["status"] == state
        if fake.hold:
            fake.hold.set()
        return job_id
    await gw.state(job_id, "processing")
    if state == "cancelling":  # The runner is held up between the wish and its end.

        async def late(_: str) -> bool:
            await asyncio.sleep(1.0)
            return True

        gw.works.attempts.cancelled = late  # type: ignore[method-assign]
        await gw.http.post(f"/api/v1/jobs/{job_id}:cancel")
    return job_id


@pytest.mark.parametrize("state", [*LIVE, *ENDED])
@pytest.mark.both_databases
async def test_retry_in_every_state(gw, fake, state):
    job_id = await put(gw, fake, state)
    before = (await gw.http.get(f"/api/v1/jobs/{job_id}")).json()
    assert before["status"] == state
    answer = await gw.http.post(f"/api/v1/jobs/{job_id}:retry")
    if state in ("completed", "cancelling"):
        assert (answer.status_code, answer.json()["reason"]) == (409, f"JOB_{state.upper()}")
    elif state in LIVE:
        assert (answer.status_code, answer.json()["attempt"]) == (200, before["attempt"])
    else:
        assert answer.status_code == 200
        job = await gw.ended(job_id)
        assert (job["status"], job["error"], job["attempt"]) == ("completed", None, before["attempt"] + 1)
        assert (await gw.http.get(f"/api/v1/jobs/{job_id}/result")).status_code == 200
        log = [event.type for event in await gw.gateway.jobs.events(job_id, 0) if event.type != "progress"]
        assert log[-3:] == ["retried", "started", "completed"]
    if fake.hold:
        fake.hold.set()


@pytest.mark.parametrize("state", [*LIVE, *ENDED])
@pytest.mark.both_databases
async def test_cancel_in_every_state(gw, fake, state):
    job_id = await put(gw, fake, state)
    answer = await gw.http.post(f"/api/v1/jobs/{job_id}:cancel")
    assert answer.status_code == 200
    if state in (*ENDED, "cancelling"):
        assert answer.json()["status"] == state, "it stays as it is"
    else:
        job = await gw.ended(job_id, seconds=1.5)
        assert (job["status"], job["artifacts"]) == ("cancelled", [])
    if fake.hold:
        fake.hold.set()


async def test_a_retry_has_all_its_attempts_again(running, fake):
    async with running(max_attempts=2) as gw:
        fake.refusals += [Refusal(grpc.StatusCode.UNAVAILABLE, "DRAINING")] * 2
        job = await gw.ended((await gw.submit())["id"])
        assert (job["status"], job["error"]["reason"], job["attempt"]) == ("failed", "ATTEMPTS_EXHAUSTED", 2)
        await gw.http.post(f"/api/v1/jobs/{job['id']}:retry")
        assert (await gw.ended(job["id"]))["status"] == "completed"


@pytest.mark.both_databases
async def test_a_full_queue_takes_no_retry(running, fake):
    async with running(queue_limit=1, workers=1) as gw:
        fake.refusals.append(Refusal(grpc.StatusCode.INVALID_ARGUMENT, "NOT_TEXT"))
        failed = await gw.ended((await gw.submit())["id"])
        fake.hold = asyncio.Event()
        await gw.state((await gw.submit())["id"], "processing")
        await gw.submit()
        answer = await gw.http.post(f"/api/v1/jobs/{failed['id']}:retry")
        assert (answer.status_code, answer.json()["reason"]) == (429, "QUEUE_FULL")
        assert (await gw.http.get(f"/api/v1/jobs/{failed['id']}")).json()["status"] == "failed"
        fake.hold.set()


@pytest.mark.both_databases
async def test_what_the_table_does_not_have_changes_nothing(gw):
    job = await gw.done()
    db = gw.gateway.db
    for transition in TRANSITIONS:
        assert await db.write(repository.move, job["id"], transition, fence=job["attempt"]) is None
    with pytest.raises(ValueError, match="attempt"):
        await db.write(repository.move, job["id"], Transition("failed", ("completed",), "failed", fenced=True))
    assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json() == job


@pytest.mark.both_databases
async def test_sixty_four_creates_with_one_key_make_one_job(gw):
    files, headers = {"file": ("a.csv", b"patient_id\n1\n")}, {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(gw.http.post("/api/v1/jobs", files=files, headers=headers, timeout=60) for _ in range(64))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await gw.http.get("/api/v1/jobs")).json()["jobs"]) == 1
