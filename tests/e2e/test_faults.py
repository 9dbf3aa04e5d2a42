"""Faults that take a process: a disk without room under a running gateway, a harmonizer that stands still."""

from __future__ import annotations

import hashlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from support.files import OPTIONS, SIX, many_labs
from support.processes import ROOT, Gateway, Harmonizer, until
from support.rest import Rest, blobs, problem
from support.world import World

sys.path.insert(0, str(ROOT))

from tests.chaos.disk import Disk, small_disk

SLOW = {"HARMONIZERD_WORKERS": "1", "HARMONIZERD_SEGMENT_BYTES": "65536"}
SETTINGS = {
    "HARMONIZER_PATIENCE_SECONDS": "3",
    "HARMONIZER_BACKOFF_SECONDS": "0.1",
    "HARMONIZER_ENGINE_STALL_SECONDS": "1",
    "HARMONIZER_LOOK_SECONDS": "0.5",
    "HARMONIZER_UPKEEP_SECONDS": "0.3",
    "HARMONIZER_ORPHAN_GRACE_SECONDS": "0.5",
}


@pytest.fixture(scope="module")
def large() -> bytes:
    return many_labs(60_000)


@pytest.fixture(scope="module")
def clean_sha256(rest: Rest, large: bytes) -> str:
    """Of the clean file that undisturbed services make of it."""
    answer = rest.post("/api/v1/harmonize", content=large, params={"options": OPTIONS})
    return hashlib.sha256(answer.content).hexdigest()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Disk]]:
    """Services whose data directory is a disk of its own."""
    directory = tmp_path_factory.mktemp("faults")
    with ExitStack() as stack:
        harmonizer = Harmonizer(directory / "harmonizerd", **SLOW)
        stack.callback(harmonizer.stop)
        harmonizer.start()
        gateway = Gateway(directory / "gateway", harmonizer.target, **SETTINGS)
        ids = lambda: [gateway.process.pid] if gateway.process else []  # noqa: E731
        disk = stack.enter_context(closing(small_disk(gateway.data_dir, ids, 96)))
        stack.callback(gateway.stop)
        gateway.start()
        yield World(directory, harmonizer, gateway, stack.enter_context(Rest(gateway.address))), disk


@contextmanager
def watched(world: World, job_id: str, sha256: str) -> Iterator[None]:
    """As long as the block runs, the job's clean file is not there, or is the right one."""
    over, wrong = threading.Event(), []

    def ask() -> None:
        with Rest(world.gateway.address) as rest:
            while not over.wait(0.02):
                answer = rest.get(f"/api/v1/jobs/{job_id}/artifacts/clean.csv")
                whole = answer.status_code == 200 and hashlib.sha256(answer.content).hexdigest() == sha256
                if not whole and answer.status_code not in {404, 409, 503}:
                    wrong.append(answer.status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)
    assert wrong == []


def begun(world: World, job_id: str) -> None:
    """The harmonizer has read some of it, and stands still."""
    until(lambda: (world.rest.job(job_id)["progress"] or {}).get("records_read"), 30, "the job has begun")
    world.harmonizer.signal(signal.SIGSTOP)


def sha256_of(job: dict) -> str:
    return next(a["sha256"] for a in job["artifacts"] if a["name"] == "clean.csv")


def test_a_disk_that_is_full_for_a_while(small: tuple[World, Disk], large: bytes, clean_sha256: str) -> None:
    """Nothing more is taken, nothing is lost, and with room everything goes on by itself."""
    world, disk = small
    job = world.rest.submit(large, options=OPTIONS)
    with watched(world, job["id"], clean_sha256):
        begun(world, job["id"])
        disk.fill()
        world.harmonizer.signal(signal.SIGCONT)
        refused = world.rest.post("/api/v1/uploads", content=large)
        problem(refused, 507, "STORAGE_FULL")
        assert int(refused.headers["retry-after"]) >= 1
        time.sleep(2)
        assert world.rest.job(job["id"])["status"] == "processing"
        disk.free()
        ended = world.rest.ended(job["id"])
        assert ended["status"] == "completed", ended["error"]
        assert sha256_of(ended) == clean_sha256
    until(lambda: len(blobs(world.gateway.data_dir)) == 1 + len(SIX), 10, "nothing of other attempts is left")
    assert world.rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    assert blobs(world.gateway.data_dir) == []


def test_a_harmonizer_that_stands_still(small: tuple[World, Disk], large: bytes, clean_sha256: str) -> None:
    """Longer than patience: the job says so; it is tried again when the harmonizer goes on."""
    world, _ = small
    job = world.rest.submit(large, options=OPTIONS)
    with watched(world, job["id"], clean_sha256):
        begun(world, job["id"])
        failed = world.rest.ended(job["id"], 30)
        assert (failed["status"], failed["error"]["code"]) == ("failed", "SERVICE_UNAVAILABLE")
        assert failed["error"]["message"]
        world.harmonizer.signal(signal.SIGCONT)
        answer = world.rest.post(f"/api/v1/jobs/{job['id']}:retry")
        assert answer.is_success, answer.text
        ended = world.rest.ended(job["id"])
        assert ended["status"] == "completed", ended["error"]
        assert sha256_of(ended) == clean_sha256
    assert world.rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    until(lambda: blobs(world.gateway.data_dir) == [], 10, "nothing is left")
    assert "Traceback" not in world.gateway.log()
