"""The fence and the flush. tests/chaos/test_mutations.py turns each off and sees these tests fail."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from power import Disk, save_database
from running_gateway import PATIENTS, Running, run_gateway

from gateway.settings import Settings
from harmonizer.v1.harmonizer_service_pb2 import HarmonizeSummary
from harmonizer.v1.record_pb2 import Progress

# More than the writer buffers, so that some of it is written before the end.
LARGE = b"patient_id,name\n" + b"1,Ann Ames\n" * 120_000


async def test_a_zombie_publishes_nothing(gw: Running, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    attempts = gw.gateway.attempts
    assert await attempts.begin(job["id"]), "another process takes it over"
    published = await attempts.complete(job["id"], 1, Progress(percent=100), HarmonizeSummary(), [])
    assert not published, "a zombie has published"
    now = (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()
    assert (now["status"], now["attempt"]) == ("processing", 2)
    fake.hold.set()


async def body(gw: Running, data: bytes) -> str:
    """A job with its bytes."""
    return str((await gw.submit(data))["id"])


async def upload(gw: Running, data: bytes) -> str:
    """An upload in one piece, then a job."""
    made = await gw.http.post("/api/v1/uploads", params={"file_name": "patients.csv"}, content=data)
    assert made.status_code == 201, made.text
    return await over(gw, made.json()["id"])


async def parts(gw: Running, data: bytes) -> str:
    """An upload in two parts by tus, then a job."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data))}
    made = await gw.http.post("/api/v1/uploads", headers=headers)
    assert made.status_code == 201, made.text
    for start, end in ((0, len(data) // 2), (len(data) // 2, len(data))):
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(start)}
        headers["Content-Type"] = "application/offset+octet-stream"
        sent = await gw.http.patch(made.headers["location"], headers=headers, content=data[start:end])
        assert sent.status_code == 204, sent.text
    return await over(gw, made.headers["location"].rpartition("/")[2])


async def over(gw: Running, upload_id: str) -> str:
    """A job over an upload."""
    made = await gw.http.post("/api/v1/jobs", json={"upload_id": upload_id})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


@pytest.mark.parametrize("data", [PATIENTS, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("way", [body, upload, parts], ids=lambda way: way.__name__)
async def test_an_acknowledged_job_survives_a_power_cut(
    make_settings: Callable[..., Settings], fake, tmp_path: Path, way, data: bytes
):
    settings, again = make_settings(), make_settings(data_dir=tmp_path / "after")
    fake.hold = asyncio.Event()
    with Disk().watching() as disk:
        async with run_gateway(settings) as gw:
            job_id = await way(gw, data)
            # Acknowledged: from here on nothing may be lost.
            again.data_dir.mkdir(mode=0o700)
            disk.rebuild(settings.data_dir / "blobs", again.data_dir / "blobs")
            save_database(settings.data_dir / "gateway.db", again.data_dir / "gateway.db")
            fake.hold.set()
    async with run_gateway(again) as gw:
        job = await gw.ended(job_id)
        assert job["status"] == "completed", f"an acknowledged job is lost: {job['error']}"
        assert job["input_sha256"] == hashlib.sha256(data).hexdigest()


async def test_a_published_result_survives_a_power_cut(make_settings: Callable[..., Settings], tmp_path: Path, fake):
    settings, again = make_settings(), make_settings(data_dir=tmp_path / "after")
    with Disk().watching() as disk:
        async with run_gateway(settings) as gw:
            job = await gw.done(LARGE)
            wanted = (await gw.http.get(f"/api/v1/jobs/{job['id']}/result")).content
            again.data_dir.mkdir(mode=0o700)
            disk.rebuild(settings.data_dir / "blobs", again.data_dir / "blobs")
            save_database(settings.data_dir / "gateway.db", again.data_dir / "gateway.db")
    async with run_gateway(again) as gw:
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}/result")).content == wanted, "a result is lost"
