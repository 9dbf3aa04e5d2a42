"""Events: one log, read back from the database, resumed without a gap, heard by every watcher."""

import asyncio
import json

import grpc
import pytest
from fake_harmonizer import Refusal

from gateway.errors import JobNotFound
from gateway.jobs import repository
from gateway.jobs.schemas import EventOut


async def frames(gw, job_id: str, last: int | None = None) -> list[dict]:
    """Every frame of an event stream, as its fields; a comment is {"": text}."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    found = []
    async with asyncio.timeout(10), gw.http.stream("GET", f"/api/v1/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = "".join([piece async for piece in answer.aiter_text()])
    for block in text.strip("\n").split("\n\n"):
        if block:
            found.append(dict(line.split(": ", 1) if line[0] != ":" else ("", line[2:]) for line in block.split("\n")))
    return found


@pytest.mark.both_databases
async def test_the_stream_tells_everything_once_and_ends(gw):
    job = await gw.submit()
    got = await frames(gw, job["id"])
    assert [f["id"] for f in got] == [str(n) for n in range(1, len(got) + 1)]
    assert [f["event"] for f in got if f["event"] != "progress"] == ["created", "started", "completed"]
    events = [EventOut.model_validate(json.loads(f["data"])) for f in got]
    assert events[0].progress is None
    assert events[-1].summary["accounting"]["read"] == 5
    assert events[-1].progress.percent == 100
    assert await frames(gw, job["id"]) == got


@pytest.mark.both_databases
async def test_resuming_misses_nothing_and_repeats_nothing(gw):
    job = await gw.done()
    whole = await frames(gw, job["id"])
    for last in range(len(whole) + 1):
        assert await frames(gw, job["id"], last) == whole[last:]


async def test_progress_is_told_while_it_happens_and_not_too_often(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    reading = asyncio.create_task(frames(gw, job["id"]))
    await asyncio.sleep(0.6)
    assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()["progress"]["percent"] == 50
    fake.hold.set()
    progress = [f for f in await reading if f["event"] == "progress"]
    assert 3 <= len(progress) <= 14  # 0.6 s at one every 0.05 s; the fake tells 50 a second.


async def test_silence_is_filled_with_heartbeats(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1, heartbeat_seconds=0.05) as gw:
        await gw.submit()
        waiting = await gw.submit()
        reading = asyncio.create_task(frames(gw, waiting["id"]))
        await asyncio.sleep(0.3)
        fake.hold.set()
        got = await reading
        assert {"": "heartbeat", "id": "1"} in got  # No event: its id is kept all the same.
        assert got[-1]["event"] == "completed"


@pytest.mark.both_databases
async def test_a_cancelled_job_tells_so(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    reading = asyncio.create_task(frames(gw, job["id"]))
    await gw.http.post(f"/api/v1/jobs/{job['id']}:cancel")
    assert [f["event"] for f in await reading if f["event"] != "progress"] == [
        "created", "started", "cancelling", "cancelled",
    ]  # fmt: skip


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30])
async def test_a_bad_last_event_id(gw, last):
    job = await gw.done()
    answer = await gw.http.get(f"/api/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["reason"]) == (422, "INVALID_LAST_EVENT_ID")


@pytest.mark.parametrize("last", [4, 999])
async def test_a_position_that_the_log_does_not_have(gw, fake, last):
    fake.hold = asyncio.Event()
    await gw.submit()
    await gw.submit()
    waiting = await gw.submit()
    answer = await gw.http.get(f"/api/v1/jobs/{waiting['id']}/events", headers={"Last-Event-ID": str(last)})
    assert (answer.status_code, answer.json()["reason"]) == (422, "EVENT_ID_AHEAD")
    assert answer.json()["errors"] == [
        {"field": "after_event_id", "message": "must be the id of an event of this job, or 0"}
    ]


async def test_a_watcher_of_a_removed_job_is_let_go(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    watching = gw.gateway.jobs.watch(job["id"], 0, 60)
    assert (await anext(watching)).type == "created"
    fake.hold.set()
    await gw.ended(job["id"])
    assert (await gw.http.delete(f"/api/v1/jobs/{job['id']}")).status_code == 204
    with pytest.raises(JobNotFound):
        async with asyncio.timeout(2):
            [event async for event in watching]


async def test_logs_are_the_events_as_lines(gw):
    job = await gw.done()
    answer = (await gw.http.get(f"/api/v1/jobs/{job['id']}/logs")).json()
    assert [line["event_id"] for line in answer["lines"]] == list(range(1, answer["last_event_id"] + 1))
    assert answer["lines"][-1]["message"].startswith("completed: 5 read = 3 written + 1 duplicates + 1 quarantined")
    page = (await gw.http.get(f"/api/v1/jobs/{job['id']}/logs", params={"page_size": 1, "after_event_id": 1})).json()
    assert page["lines"] == answer["lines"][1:2]
    text = await gw.http.get(f"/api/v1/jobs/{job['id']}/logs", headers={"Accept": "text/plain"})
    assert text.headers["content-type"].startswith("text/plain")
    assert len(text.text.splitlines()) == len(answer["lines"])


async def test_an_end_behind_the_question_is_still_told(gw, fake, monkeypatch):
    fake.hold = asyncio.Event()
    job_id = (await gw.submit())["id"]
    await gw.state(job_id, "processing")
    latest = (await gw.http.get(f"/api/v1/jobs/{job_id}/logs")).json()["last_event_id"]
    read = gw.gateway.db.read

    async def ask_then_end(work, *args):
        found = await read(work, *args)
        if work is repository.log and not fake.hold.is_set():
            fake.hold.set()
            await gw.state(job_id, "completed")
        return found

    monkeypatch.setattr(gw.gateway.db, "read", ask_then_end)
    assert [e.type async for e in gw.gateway.jobs.watch(job_id, latest, 60) if e][-1] == "completed"


async def test_what_follows_an_end_that_is_being_told_is_told_too(gw, fake):
    fake.refusals = [Refusal(grpc.StatusCode.INVALID_ARGUMENT, "NOT_TEXT")]
    job_id, told = (await gw.submit())["id"], list[str]()
    async for event in gw.gateway.jobs.watch(job_id, 0, 60):
        told += [event.type] if event else []
        if event and event.type == "failed":
            await gw.gateway.jobs.retry(job_id)
    assert [word for word in told if word != "progress"] == [
        "created", "started", "failed", "retried", "started", "completed",
    ]  # fmt: skip
