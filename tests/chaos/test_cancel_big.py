"""A big file is in flight and somebody cancels: a second later the job has ended, and nothing of it is held any more.

CHAOS_BIG_MIB says how big; `make chaos` takes 1024.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from support.files import OPTIONS, SMALL
from support.processes import until
from support.rest import blobs
from support.world import World, build_world
from tests.chaos.keeper import fds

SIZE = int(os.environ.get("CHAOS_BIG_MIB", "150")) * 1024 * 1024
pytestmark = pytest.mark.timeout(300 if SIZE < 1 << 29 else 1200)
WRITTEN = 24 * 1024 * 1024
"""Of the file whose artifacts are met while they are written."""
CANCEL_SECONDS = 1.0
BACK_SECONDS = 20.0
"""Time in which connections and buffers that nobody uses are let go of."""
ROWS = 20_000
HEADER = b"result_id,patient_id,test_name,loinc_code,collection_date,value,units,ref_range,flag,status\n"


def big_file(size: int) -> Iterator[bytes]:
    """A lab file of at least so many bytes whose rows all differ, a megabyte and a half at a time."""
    row = "L@@@@@@{0:05d},P{1:06d},GLU,2345-7,{2}/{3:02d}/2024 08:{4:02d},{5}.{6},mg/dL,70-99,H,final\n"
    rows = (row.format(n, n % 5000, n % 12 + 1, n % 28 + 1, n % 60, 60 + n % 180, n % 10) for n in range(ROWS))
    block, sent = "".join(rows).encode(), len(HEADER)
    yield HEADER
    number = 0
    while sent < size:
        yield block.replace(b"@@@@@@", b"%06d" % number)
        sent, number = sent + len(block), number + 1


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        world = build_world(stack, tmp_path_factory.mktemp("big"), {}, {})
        # Once in peace, so that what is made at the first use does not count.
        world.rest.delete(f"/api/v1/jobs/{world.rest.done(SMALL)['id']}")
        yield world


@pytest.fixture(scope="module")
def upload_id(world: World) -> Iterator[str]:
    """The big file, stored once for all jobs over it."""
    answer = world.rest.post("/api/v1/uploads", params={"file_name": "big.csv"}, content=big_file(SIZE), timeout=300)
    assert answer.status_code == 201, answer.text
    yield answer.json()["id"]
    assert world.rest.delete(f"/api/v1/uploads/{answer.json()['id']}").status_code == 204
    assert blobs(world.gateway.data_dir) == [], "nothing is left behind"


@pytest.fixture
def held(world: World, upload_id: str) -> Iterator[Callable[[], dict[str, float]]]:
    """What both processes hold; when the test is over it is no more than before."""

    def holding() -> dict[str, float]:
        text = world.rest.get("/api/v1/metrics").text
        tasks = next(line.split()[1] for line in text.splitlines() if line.startswith("gateway_tasks "))
        assert world.gateway.process
        assert world.harmonizer.process
        return {
            "tasks": float(tasks),
            "goroutines": world.harmonizer.metrics()["go_goroutines"],
            "gateway fds": fds(world.gateway.process.pid),
            "harmonizer fds": fds(world.harmonizer.process.pid),
        }

    time.sleep(0.5)
    before = holding()
    yield holding
    until(
        lambda: all(now <= before[what] for what, now in holding().items()),
        BACK_SECONDS,
        f"back to {before}, not {holding()}",
    )


def job_over(world: World, upload_id: str) -> str:
    """A job that is worked on."""
    answer = world.rest.post("/api/v1/jobs", json={"upload_id": upload_id, "options": OPTIONS})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def cancel(world: World, job_id: str) -> None:
    """Cancels it, and sees it end in time."""
    began = time.monotonic()
    state = world.rest.post(f"/api/v1/jobs/{job_id}:cancel").json()["status"]
    while state not in ("cancelled", "completed", "failed"):
        assert time.monotonic() - began < 30, state
        time.sleep(0.01)
        state = world.rest.get(f"/api/v1/jobs/{job_id}/status").json()["status"]
    seconds = time.monotonic() - began
    print(f"cancelled with {SIZE >> 20} MiB in flight: {seconds:.3f} s")
    assert state == "cancelled"
    assert seconds <= CANCEL_SECONDS
    assert world.rest.delete(f"/api/v1/jobs/{job_id}").status_code == 204


def test_cancel_while_the_file_is_on_its_way(world: World, upload_id: str, held: Callable[[], dict[str, float]]):
    job_id = job_over(world, upload_id)

    def half_way() -> bool:
        progress = world.rest.job(job_id)["progress"] or {}
        return 0.1 * SIZE < progress.get("bytes_received", 0) < 0.9 * SIZE

    until(half_way, 60, "a part of the file has arrived")
    cancel(world, job_id)


def test_cancel_while_artifacts_are_written(world: World, upload_id: str, held: Callable[[], dict[str, float]]):
    file = b"".join(big_file(min(SIZE, WRITTEN)))
    job_id = str(world.rest.submit(file, "big.csv", options=OPTIONS)["id"])
    there = world.gateway.data_dir / "blobs"
    end = time.monotonic() + 110
    while not any(name.startswith(f"a-{job_id}") for name in os.listdir(there)):
        assert time.monotonic() < end, "no artifact is written"
        time.sleep(0.002)
    # A harmonizer that stands still must not hold up the end either; and the writing is not over before we ask.
    world.harmonizer.signal(signal.SIGSTOP)
    try:
        cancel(world, job_id)
    finally:
        world.harmonizer.signal(signal.SIGCONT)
    until(lambda: not any(name.startswith("a-") for name in os.listdir(there)), 5, "its bytes are gone")


def test_the_client_goes_while_it_sends(world: World, upload_id: str, held: Callable[[], dict[str, float]]):
    class Gone(Exception):
        pass

    def half() -> Iterator[bytes]:
        sent = 0
        for piece in big_file(SIZE):
            yield piece
            sent += len(piece)
            if sent > SIZE // 4:
                raise Gone

    there, path = set(blobs(world.gateway.data_dir)), "/api/v1/jobs"
    multipart = _form(half())
    with httpx.Client(base_url=world.gateway.address, timeout=60, trust_env=False) as client, pytest.raises(Gone):
        client.post(path, content=multipart, headers={"Content-Type": "multipart/form-data; boundary=BOUNDARY"})
    until(lambda: set(blobs(world.gateway.data_dir)) == there, 10, "what was sent is gone")
    assert world.rest.get(path).json()["jobs"] == [], "half a file makes no job"


def _form(file: Iterator[bytes]) -> Iterator[bytes]:
    yield b'--BOUNDARY\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
    yield from file
