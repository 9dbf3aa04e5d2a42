"""Watching by WebSocket as a browser would: messages, codes, and who may open one."""

import asyncio
import json
from typing import Any

import pytest
from running_gateway import Running, until
from test_events import frames
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.ids import new_id
from gateway.jobs.service import JobService


def address(gw: Running, job_id: str, query: str = "") -> str:
    return str(gw.http.base_url).replace("http", "ws").rstrip("/") + f"/api/v1/jobs/{job_id}/events{query}"


async def rest(socket: ClientConnection) -> tuple[list[dict[str, Any]], int, str]:
    """What else comes, and the code and reason of the end."""
    got = []
    try:
        async with asyncio.timeout(10):
            while True:
                got.append(json.loads(await socket.recv(decode=True)))
    except ConnectionClosed as closed:
        if closed.rcvd is None:
            raise
        return got, closed.rcvd.code, closed.rcvd.reason


async def watched(url: str, **more: Any) -> tuple[list[dict[str, Any]], int, str]:
    async with connect(url, **more) as socket:
        return await rest(socket)


@pytest.fixture
async def held(gw, fake) -> str:
    """A job that is worked on."""
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    return str(job["id"])


async def test_messages_are_what_server_sent_events_carry(gw):
    job_id = (await gw.done())["id"]
    told = [json.loads(frame["data"]) for frame in await frames(gw, job_id)]
    assert await watched(address(gw, job_id)) == (told, 1000, "")
    assert await watched(address(gw, job_id, "?after_event_id=2")) == (told[2:], 1000, "")
    both = {"additional_headers": {"Last-Event-ID": "1"}}
    assert await watched(address(gw, job_id, "?after_event_id=2"), **both) == (told[1:], 1000, "")


async def test_server_sent_events_take_a_position_from_either(gw):
    job_id = (await gw.done())["id"]
    whole, path = (await frames(gw, job_id)), f"/api/v1/jobs/{job_id}/events?after_event_id=2"
    assert (await gw.http.get(path)).text.count("data: ") == len(whole) - 2
    assert (await gw.http.get(path, headers={"Last-Event-ID": "1"})).text.count("data: ") == len(whole) - 1
    refused = await gw.http.get(f"/api/v1/jobs/{job_id}/events?after_event_id=-2")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "after_event_id")


@pytest.mark.parametrize(
    ("job_id", "query", "code", "reason"),
    [
        (None, "", 4404, "JOB_NOT_FOUND"),
        ("nothing", "", 4404, "JOB_NOT_FOUND"),
        ("", "?after_event_id=x", 4422, "INVALID_LAST_EVENT_ID"),
        ("", "?after_event_id=99", 4422, "EVENT_ID_AHEAD"),
    ],
    ids=["unknown", "no id", "no number", "beyond the log"],
)
async def test_what_is_refused_is_accepted_and_closed_with_a_code(gw, job_id, query, code, reason):
    known = (await gw.done())["id"]
    url = address(gw, known if job_id == "" else job_id or new_id(), query)
    assert await watched(url) == ([], code, reason)


@pytest.mark.parametrize(("said", "code"), [("hello", 1003), (b"hello", 1003), ("h" * 5000, 1009)])
async def test_a_client_has_nothing_to_say(gw, held, said, code):
    async with connect(address(gw, held)) as socket:
        await socket.recv()
        await socket.send(said)
        assert (await rest(socket))[1] == code


async def test_silence_is_filled_with_bookmarks(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1, heartbeat_seconds=0.05) as gw:
        await gw.submit()
        waiting = await gw.submit()
        async with connect(address(gw, waiting["id"])) as socket:
            got = [json.loads(await socket.recv()) for _ in range(3)]
            assert [got[0]["type"], *got[1:]] == ["created", *[{"type": "bookmark", "id": 1}] * 2]
            fake.hold.set()
            assert (await rest(socket))[0][-1]["type"] == "completed"


async def test_a_gateway_that_stops_says_that_it_goes_away(gw, held):
    async with connect(address(gw, held)) as socket:
        await socket.recv()
        gw.gateway.end_watches()
        assert (await rest(socket))[1:] == (1001, "DRAINING")


async def test_a_mistake_of_ours_closes_with_its_code_and_tells_nothing(gw, held, monkeypatch):
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(JobService, "check_watch", broken)
    assert await watched(address(gw, held)) == ([], 1011, "")


async def test_a_client_that_goes_away_leaves_nothing_behind(gw, held):
    listeners, connections = gw.gateway.bell._listeners, gw.server.server_state.connections
    before, heard = set(connections), len(listeners[held])
    for leave in (lambda socket: socket.close(), lambda socket: socket.transport.abort()):
        async with connect(address(gw, held)) as socket:
            await socket.recv()
            if (going := leave(socket)) is not None:
                await going
    await until(lambda: connections <= before and len(listeners[held]) == heard)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:1", "null", "https://127.0.0.1"])
async def test_a_page_of_another_site_is_refused(gw, origin):
    job_id = (await gw.done())["id"]
    with pytest.raises(InvalidStatus) as refused:
        await watched(address(gw, job_id), origin=origin)
    answer = refused.value.response
    assert (answer.status_code, json.loads(answer.body)["reason"]) == (403, "ORIGIN_NOT_ALLOWED")


async def test_a_name_that_was_made_to_point_here_is_refused(gw):
    job_id = (await gw.done())["id"]
    url = address(gw, job_id).replace("127.0.0.1", "evil.example")
    with pytest.raises(InvalidStatus) as refused:
        await watched(url, host="127.0.0.1", port=gw.http.base_url.port, origin=None)
    answer = refused.value.response
    assert (answer.status_code, json.loads(answer.body)["reason"]) == (403, "HOST_NOT_ALLOWED")


async def test_a_page_of_ours_may_watch(gw):
    job_id = (await gw.done())["id"]
    _, code, _ = await watched(address(gw, job_id), origin=str(gw.http.base_url).rstrip("/"))
    assert code == 1000
