"""What tests of faults ask again and again: who sees what while something is broken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import fake_harmonizer
import httpx
from running_gateway import PATIENTS, Running

CLEAN = b"patient_id,name\n1,Ann\n2,Bob\n4,Cy\n"
# What may be told while something is broken. 200 must be the right bytes.
EXPECTED = {200, 404, 409, 503}


class Poller:
    """Asks for a job's result and its artifacts all the time."""

    def __init__(self, gw: Running, job_id: str) -> None:
        self._http, self._job = gw.http, f"/api/v1/jobs/{job_id}"
        self.statuses: set[int] = set()
        self.bodies: set[bytes] = set()

    async def run(self) -> None:
        while True:
            for path in ("/result", "/artifacts/clean.csv", "/artifacts"):
                answer = await self._http.get(self._job + path)
                self.statuses.add(answer.status_code)
                if answer.status_code == 200 and path != "/artifacts":
                    self.bodies.add(answer.content)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def polled(gw: Running, job_id: str, wanted: bytes = CLEAN) -> AsyncIterator[None]:
    """Nothing half-written is visible as long as the block runs, and the right bytes are at its end."""
    poller = Poller(gw, job_id)
    task = asyncio.create_task(poller.run())
    try:
        yield
        answer = await gw.http.get(f"/api/v1/jobs/{job_id}/result")
        assert (answer.status_code, answer.content) == (200, wanted)
        await asyncio.sleep(0.05)
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert poller.statuses <= EXPECTED
    assert poller.bodies <= {wanted}


def refused(answer: httpx.Response, status: int, code: str, reason: str = "") -> None:
    """A problem that says when to come back."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["reason"] == (reason or code)
    assert int(answer.headers["retry-after"]) >= 1
    assert len(answer.json()["detail"]) > 20


async def held(gw: Running, fake: fake_harmonizer.Fake, data: bytes = PATIENTS) -> dict:
    """A job whose stream runs until fake.hold is set."""
    fake.hold = asyncio.Event()
    job = await gw.submit(data)
    async with asyncio.timeout(10):
        while not ((await gw.state(job["id"], "processing"))["progress"] or {}).get("records_read"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return job
