"""Canary patient values go through every path; then everything but the artifacts is searched for them."""

import asyncio
import contextlib
import io
import json
import logging

import grpc
import httpx
import pytest
from fake_harmonizer import Refusal

from gateway.logs import JsonFormatter
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub
from harmonizer.v1.options_pb2 import Options

CANARY = "Zyxwvut-4711"
DATA = f"patient_id,name\n1, {CANARY}\n{CANARY}\n2,{CANARY} \n2,{CANARY} \n".encode()


@pytest.fixture
def logged():
    """Everything that any logger says, as the process would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level, root.level = root.level, logging.INFO
    # The client's loggers are this test's; the others are set as the process sets them.
    names = ("httpx", "httpcore", "python_multipart", "asyncio")
    quiet = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    root.level = level
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)


async def test_values_stay_in_artifacts(running, fake, logged):
    said: list[str] = []

    async def say(method: str, path: str, **request) -> httpx.Response:
        answer = await gw.http.request(method, path, **request)
        said.append(answer.text + str(answer.headers))
        return answer

    async with running(progress_interval_seconds=0.05) as gw:
        http = gw.http
        # Success, by every way in.
        job = await gw.done(DATA)
        await gw.done(DATA, operation="validate")
        await gw.done(DATA, format="ndjson")
        upload = (await say("POST", "/api/v1/uploads", content=DATA)).json()
        await gw.ended((await say("POST", "/api/v1/jobs", json={"upload_id": upload["id"]})).json()["id"])
        # Several files, together and by their uploads, wrong ones among them.
        two = [("file", ("a.csv", DATA)), ("file", ("b.csv", DATA))]
        several = (await say("POST", "/api/v1/jobs", files=two, data={"options": '{"match": true}'})).json()
        await gw.ended(several["id"])
        for end in ("/result", f"/result?entity={CANARY}", f"/records?file={CANARY}", "/records"):
            await say("GET", f"/api/v1/jobs/{several['id']}{end}")
        await say("POST", "/api/v1/jobs", json={"upload_ids": [upload["id"], CANARY]})
        await say("POST", "/api/v1/jobs", json={"upload_ids": [CANARY] * 2})
        await say("POST", "/api/v1/jobs", json={"upload_ids": {CANARY: CANARY}})
        await say("POST", "/api/v1/jobs", files=[*two, (CANARY, (CANARY, DATA))])
        for lie in ("order", "file account"):
            fake.lie = lie
            lied = (await say("POST", "/api/v1/jobs", files=two)).json()
            said.append(json.dumps(await gw.ended(lied["id"])))
        fake.lie = ""
        # Refusals that carry values where an engine could have put them, and failures of every kind.
        for code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS):
            fake.refusals.append(Refusal(code, "X", f"panic: {CANARY}"))
            said.append(json.dumps(await gw.ended((await gw.submit(DATA))["id"])))
        for lie in ("digest", "gap", "accounting", "summary"):
            fake.lie = lie
            said.append(json.dumps(await gw.ended((await gw.submit(DATA))["id"])))
        fake.lie = ""
        fake.hold = asyncio.Event()
        held = await gw.submit(DATA)
        await gw.state(held["id"], "processing")
        await asyncio.sleep(0.2)
        await say("DELETE", f"/api/v1/jobs/{held['id']}")
        await gw.ended(held["id"])
        fake.hold = None
        # Wrong requests that hold values.
        await say("POST", "/api/v1/jobs", files={"file": ("a.csv", DATA)}, data={"operation": CANARY})
        await say(
            "POST", "/api/v1/jobs", files={"file": ("a.csv", DATA)}, data={"options": f'{{"{CANARY}": "{CANARY}"}}'}
        )
        await say("POST", "/api/v1/jobs", files={"file": ("a.csv", DATA)}, data={"options": CANARY})
        await say("POST", "/api/v1/jobs", json={"upload_id": CANARY})
        await say("POST", "/api/v1/jobs", json={CANARY: CANARY})
        await say("POST", "/api/v1/jobs", content=DATA, headers={"Content-Type": f"text/{CANARY}"})
        await say("POST", "/api/v1/jobs", content=DATA, headers={"Content-Type": "multipart/form-data; boundary=b"})
        await say("GET", "/api/v1/jobs", params={"status": CANARY, "page_token": CANARY, "created_after": CANARY})
        await say("GET", f"/api/v1/jobs/{CANARY}", headers={"X-Request-Id": f"Mr {CANARY}"})
        await say("GET", f"/{CANARY}")
        await say("GET", f"/api/v1/jobs/{job['id']}/artifacts/{CANARY}")
        await say("GET", f"/api/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": CANARY})
        await say("POST", "/api/v1/harmonize", params={"options": CANARY}, content=DATA)
        await say("PUT", f"/api/v1/uploads/{CANARY}", content=DATA)
        # The pipe: its answer is the artifact; its failures are not.
        await http.post("/api/v1/harmonize", params={"file_name": f"{CANARY}.csv"}, content=DATA)
        fake.break_after_output = Refusal(grpc.StatusCode.INTERNAL, "X", CANARY)
        with contextlib.suppress(httpx.RemoteProtocolError):
            await http.post("/api/v1/harmonize", content=DATA)
        fake.break_after_output = None
        async with gw.rpc() as channel:
            stub = JobServiceStub(channel)
            for request in (pb.CreateJobRequest(upload_ids=[upload["id"]], options=Options(as_of=CANARY)),
                            pb.CreateJobRequest(upload_ids=[CANARY])):  # fmt: skip
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await stub.CreateJob(request)
                said.append(f"{caught.value.details()}{caught.value.trailing_metadata()}")
        # Everything that can be asked of jobs but their artifacts.
        for row in (await say("GET", "/api/v1/jobs", params={"page_size": 1000})).json()["jobs"]:
            for path in ("", "/status", "/logs", "/events", "/artifacts"):
                await say("GET", f"/api/v1/jobs/{row['id']}{path}")
        await say("GET", "/metrics")
        names = "".join(await gw.gateway.blobs.keys())
        data_dir = gw.settings.data_dir
        # The canary is there, where it belongs.
        assert CANARY in (await http.get(f"/api/v1/jobs/{job['id']}/result")).text
        assert CANARY in (await http.get(f"/api/v1/jobs/{job['id']}/issues")).text

    assert [text for text in said if CANARY in text] == []
    assert CANARY not in names
    assert CANARY.encode() not in b"".join(f.read_bytes() for f in data_dir.glob("gateway.db*"))
    text = logged.getvalue()
    assert '"message":"request"' in text
    assert CANARY not in text
