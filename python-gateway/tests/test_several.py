"""Jobs over several files: how they come in, what the harmonizer is told, what comes back, what goes with them."""

import asyncio
import json
from collections.abc import Sequence

import grpc
import pytest
from fake_harmonizer import Refusal, harmonize
from hypothesis import given
from hypothesis import strategies as st
from running_gateway import PATIENTS, Running

from gateway.jobs.schemas import JobOut, JobPage
from gateway.jobs.stream import balanced, check
from harmonizer.v1 import harmonizer_service_pb2 as hpb
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub
from harmonizer.v1.record_pb2 import STAGE_READING, STAGE_STANDARDIZING, Accounting, Progress
from harmonizer_grpc.several import of_all

OTHERS = b"patient_id,name\n2,Bob\n7, Dee\n"
LABS = b"lab_result_id,value\n1,5\n2,6 \n"
THREE = [("a/patients.csv", PATIENTS), ("labs.csv", LABS), ("others.csv", OTHERS)]
NAMES = ["clean.patient.csv", "clean.lab_result.csv", "clean.patient.2.csv", "quarantine.csv", "issues.ndjson",
         "report.json", "manifest.json", "operation-outcome.json"]  # fmt: skip

Files = Sequence[tuple[str, bytes]]


async def create(gw: Running, files: Files = THREE, key: str = "", **fields: str):
    parts = [("file", file) for file in files]
    headers = {"Idempotency-Key": key} if key else {}
    return await gw.http.post("/api/v1/jobs", files=parts, data=fields, headers=headers)


async def done(gw: Running, files: Files = THREE, **fields: str) -> dict:
    answer = await create(gw, files, **fields)
    assert answer.status_code == 201, answer.text
    job = await gw.ended(answer.json()["id"])
    assert job["status"] == "completed", job["error"]
    return job


async def upload(gw: Running, data: bytes, name: str = "x.csv") -> str:
    return (await gw.http.post("/api/v1/uploads", params={"file_name": name}, content=data)).json()["id"]


async def test_several_files_in_one_form(gw, fake):
    job = await done(gw)
    JobOut.model_validate(job)
    assert [(f["file_name"], f["size_bytes"]) for f in job["files"]] == [(n, len(d)) for n, d in THREE]
    assert len({f["upload_id"] for f in job["files"]}) == 3
    assert (job["upload_id"], job["file_name"]) == (job["files"][0]["upload_id"], "a/patients.csv")
    assert job["input_sha256"] == job["files"][0]["sha256"]
    assert job["input_bytes"] == sum(len(data) for _, data in THREE)
    assert fake.names == [["a/patients.csv", "labs.csv", "others.csv"]]
    assert fake.specs[0].size_bytes == len(PATIENTS)
    assert [a["name"] for a in job["artifacts"]] == NAMES
    assert [f["entity"] for f in job["summary"]["files"]] == ["patient", "lab_result", "patient"]
    assert job["summary"]["accounting"] == {
        "read": 9, "written": 6, "duplicates": 2, "quarantined": 1, "routed": 0, "created": 0,
    }  # fmt: skip
    assert (job["progress"]["bytes_total"], job["progress"]["bytes_received"]) == (job["input_bytes"],) * 2
    listed = (await gw.http.get("/api/v1/jobs")).json()
    JobPage.model_validate(listed)
    assert listed["jobs"][0]["files"] == job["files"]


async def test_events_name_no_file(gw):
    job = await done(gw)
    assert [f["file_name"] for f in job["summary"]["files"]] == [name for name, _ in THREE]
    told = (await gw.http.get(f"/api/v1/jobs/{job['id']}/events")).text
    assert '"entity":"lab_result"' in told
    assert not [name for name, _ in THREE if name in told]
    async with gw.rpc() as channel:
        watched = JobServiceStub(channel).WatchJob(pb.WatchJobRequest(job_id=job["id"]))
        last = [answer.event async for answer in watched][-1]
    assert [f.file_name for f in last.summary.files] == ["", "", ""]


async def test_the_order_of_the_files_counts(gw):
    job = await done(gw, [THREE[2], THREE[0]])
    path = f"/api/v1/jobs/{job['id']}/artifacts"
    assert (await gw.http.get(f"{path}/clean.patient.csv")).text == "patient_id,name\n2,Bob\n7,Dee\n"
    assert (await gw.http.get(f"{path}/clean.patient.2.csv")).text == "patient_id,name\n1,Ann\n4,Cy\n"


@pytest.mark.both_databases
async def test_several_uploads_by_their_ids(gw, fake):
    ids = [await upload(gw, data, name) for name, data in THREE]
    answer = await gw.http.post("/api/v1/jobs", json={"upload_ids": ids, "format": "ndjson"})
    assert answer.status_code == 201, answer.text
    job = await gw.ended(answer.json()["id"])
    assert [f["upload_id"] for f in job["files"]] == ids
    assert fake.names[0] == [name for name, _ in THREE]
    one = await gw.http.post("/api/v1/jobs", json={"upload_ids": ids[:1]})
    assert [f["upload_id"] for f in one.json()["files"]] == ids[:1]
    for upload_id in ids:
        assert (await gw.http.delete(f"/api/v1/uploads/{upload_id}")).status_code == 409


async def test_an_upload_that_is_missing_or_not_complete(gw):
    there = await upload(gw, PATIENTS)
    announced = (await gw.http.post("/api/v1/uploads", json={"file_name": "b.csv"})).json()["id"]
    answer = await gw.http.post("/api/v1/jobs", json={"upload_ids": [there, announced]})
    assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD_NOT_COMPLETE")
    await gw.http.delete(f"/api/v1/uploads/{announced}")
    answer = await gw.http.post("/api/v1/jobs", json={"upload_ids": [there, announced]})
    assert (answer.status_code, answer.json()["code"]) == (404, "UPLOAD_NOT_FOUND")
    assert (await gw.http.get("/api/v1/jobs")).json()["jobs"] == []


async def test_all_files_of_a_job_are_bounded_as_one(running):
    async with running(max_upload_bytes=len(PATIENTS) + len(OTHERS) - 1) as gw:
        answer = await create(gw, [("a.csv", PATIENTS), ("b.csv", OTHERS)])
        assert (answer.status_code, answer.json()["code"]) == (413, "FILE_TOO_LARGE")
        assert await gw.gateway.blobs.keys() == []
        ids = [await upload(gw, PATIENTS), await upload(gw, OTHERS)]
        answer = await gw.http.post("/api/v1/jobs", json={"upload_ids": ids})
        assert (answer.status_code, answer.json()["reason"]) == (413, "MAX_UPLOAD_BYTES")
    async with running(max_upload_bytes=len(PATIENTS) + len(OTHERS)) as gw:
        await done(gw, [("a.csv", PATIENTS), ("b.csv", OTHERS)])


async def test_too_many_files_leave_nothing(gw):
    answer = await create(gw, [(f"{n}.csv", b"a\n1\n") for n in range(101)])
    assert (answer.status_code, answer.json()["reason"]) == (422, "TOO_MANY_FILES")
    assert await gw.gateway.blobs.keys() == []
    job = await done(gw, [(f"{n}.csv", b"a_id,b\n%d,1\n" % n) for n in range(100)])
    assert len(job["files"]) == 100


async def test_a_form_that_breaks_behind_its_first_file_leaves_nothing(gw):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nx,y\n1,2\n\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\nx,y\n1,'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await gw.http.post("/api/v1/jobs", content=body, headers=kind)
    assert (answer.status_code, answer.json()["reason"]) == (422, "INVALID_MULTIPART")
    assert await gw.gateway.blobs.keys() == []


async def test_an_idempotency_key_is_of_the_whole_list(gw):
    first = await create(gw, key="k")
    assert (await create(gw, key="k")).json()["id"] == first.json()["id"]
    assert len(await gw.gateway.uploads._blobs.keys()) >= 3
    await gw.ended(first.json()["id"])
    for other in (THREE[:2], [THREE[1], THREE[0], THREE[2]], [("x", THREE[0][1]), *THREE[1:]]):
        answer = await create(gw, other, key="k")
        assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    uploads = [key for key in await gw.gateway.blobs.keys() if key.startswith("u-")]
    assert len(uploads) == 3


async def test_a_removed_job_takes_its_files_with_it_and_no_other(gw):
    job = await done(gw)
    kept = await upload(gw, PATIENTS)
    ids = [f["upload_id"] for f in job["files"]]
    second = (await gw.http.post("/api/v1/jobs", json={"upload_ids": [ids[2], kept]})).json()
    await gw.ended(second["id"])
    assert (await gw.http.delete(f"/api/v1/jobs/{job['id']}")).status_code == 204
    answers = [(await gw.http.get(f"/api/v1/uploads/{i}")).status_code for i in (*ids, kept)]
    assert answers == [404, 404, 200, 200]
    assert (await gw.http.delete(f"/api/v1/jobs/{second['id']}")).status_code == 204
    answers = [(await gw.http.get(f"/api/v1/uploads/{i}")).status_code for i in (ids[2], kept)]
    assert answers == [404, 200]
    _, parts = await gw.gateway.uploads.whole(kept)
    assert await gw.gateway.blobs.keys() == [part.blob_key for part in parts]


async def test_a_later_attempt_sends_every_file_again(gw, fake):
    fake.refusals = [Refusal(grpc.StatusCode.UNAVAILABLE, "DRAINING")]
    job = await done(gw)
    assert job["attempt"] == 2
    # The first was refused before a second file was begun.
    assert fake.names == [[name for name, _ in THREE]]
    assert [spec.file_name for spec in fake.specs] == [THREE[0][0]] * 2


@pytest.mark.both_databases
async def test_a_restart_goes_on_with_every_file(running, fake):
    fake.hold = asyncio.Event()
    async with running(drain_seconds=0.1) as gw:
        job = (await create(gw)).json()
        await gw.state(job["id"], "processing")
    fake.hold.set()
    async with running() as gw:
        job = await gw.ended(job["id"])
        assert (job["status"], job["attempt"]) == ("completed", 2)
        assert [f["file_name"] for f in job["files"]] == [name for name, _ in THREE]


@pytest.mark.parametrize(
    ("lie", "reason"),
    [("order", "INPUT_MISMATCH"), ("input", "INPUT_MISMATCH"), ("accounting", "ACCOUNTING"),
     ("file account", "ACCOUNTING")],
)  # fmt: skip
async def test_what_the_harmonizer_says_of_the_files_is_checked(gw, fake, lie, reason):
    fake.lie = lie
    job = await gw.ended((await create(gw)).json()["id"])
    assert (job["status"], job["error"]["reason"]) == ("failed", reason)
    assert not [key for key in await gw.gateway.blobs.keys() if key.startswith("a-")]


async def test_a_lost_second_file_fails_the_job(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1) as gw:
        first, second = (await create(gw)).json(), (await create(gw)).json()
        await gw.state(first["id"], "processing")
        _, parts = await gw.gateway.uploads.whole(second["files"][1]["upload_id"])
        await gw.gateway.blobs.delete([part.blob_key for part in parts])
        fake.hold.set()
        job = await gw.ended(second["id"])
        assert (job["status"], job["error"]["reason"]) == ("failed", "UPLOAD_UNREADABLE")


async def test_the_result_is_one_of_several(gw):
    job = await done(gw)
    path = f"/api/v1/jobs/{job['id']}"
    for end in ("/result", "/records"):
        answer = await gw.http.get(path + end)
        said = answer.json()
        assert (answer.status_code, said["code"], said["reason"]) == (409, "SEVERAL_RESULTS", "SEVERAL_RESULTS")
        assert said["artifacts"] == [{"name": n, "href": f"{path}/artifacts/{n}"} for n in NAMES[:3]]
        of_two = await gw.http.get(path + end, params={"entity": "patient"})
        assert [a["name"] for a in of_two.json()["artifacts"]] == [NAMES[0], NAMES[2]]
        for query in ({"entity": "vital"}, {"file": "clean.csv"}, {"entity": "vital", "file": NAMES[0]}):
            gone = await gw.http.get(path + end, params=query)
            assert (gone.status_code, gone.json()["code"]) == (404, "ARTIFACT_NOT_FOUND")
    answer = await gw.http.get(f"{path}/records", headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 409
    result = await gw.http.get(f"{path}/result", params={"entity": "lab_result"})
    assert result.text == "lab_result_id,value\n1,5\n2,6\n"
    result = await gw.http.get(f"{path}/result", params={"file": "clean.patient.2.csv"})
    assert result.text == "patient_id,name\n7,Dee\n"
    records = await gw.http.get(f"{path}/records", params={"entity": "lab_result", "page_size": 1})
    assert records.json()["records"] == [{"lab_result_id": "1", "value": "5"}]
    token = records.json()["next_page_token"]
    other = await gw.http.get(f"{path}/records", params={"file": NAMES[0], "page_token": token})
    assert other.json()["reason"] == "INVALID_PAGE_TOKEN"
    rest = await gw.http.get(f"{path}/records", params={"entity": "lab_result", "page_token": token})
    assert rest.json()["records"] == [{"lab_result_id": "2", "value": "6"}]
    lines = {"Accept": "application/x-ndjson"}
    whole = await gw.http.get(f"{path}/records", params={"file": NAMES[2]}, headers=lines)
    assert [json.loads(line) for line in whole.text.splitlines()] == [{"patient_id": "7", "name": "Dee"}]


async def test_the_result_of_one_file_stays_what_it_was(gw, fake):
    fake.mixed = True
    job = await gw.done()
    path = f"/api/v1/jobs/{job['id']}/result"
    main = await gw.http.get(path)
    assert main.status_code == 200
    assert (await gw.http.get(path, params={"entity": "patient"})).content == main.content
    assert (await gw.http.get(path, params={"entity": "vital"})).content == b"x\n"


async def test_a_quarantine_of_several_says_which_file(gw):
    job = await done(gw)
    lines = (await gw.http.get(f"/api/v1/jobs/{job['id']}/artifacts/quarantine.csv")).text.splitlines()
    assert lines[0].startswith("file,record_no,")
    assert [line.split(",")[0] for line in lines[1:]] == ["a/patients.csv"]


async def test_several_uploads_over_grpc(gw, fake):
    async with gw.rpc() as channel:
        stub = JobServiceStub(channel)
        ids = [await upload(gw, data, name) for name, data in THREE]
        made = (await stub.CreateJob(pb.CreateJobRequest(upload_ids=ids))).job
        assert [f.upload_id for f in made.files] == ids
        await gw.ended(made.id)
        job = (await stub.GetJob(pb.GetJobRequest(job_id=made.id))).job
        assert [(f.file_name, f.size_bytes) for f in job.files] == [(n, len(d)) for n, d in THREE]
        assert (job.upload_id, job.input_bytes) == (ids[0], sum(len(d) for _, d in THREE))
        assert [f.entity for f in job.summary.files] == ["patient", "lab_result", "patient"]
        listed = (await stub.ListJobs(pb.ListJobsRequest())).jobs
        assert listed[0].files == job.files
        for wrong in ([ids[0], ids[0]], [f"{n}" for n in range(101)], []):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.CreateJob(pb.CreateJobRequest(upload_ids=wrong))
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert fake.names == [[name for name, _ in THREE]]


# --- What holds for any files ---

LISTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5)


def summary_of(counts: list[tuple[int, int, int]]) -> hpb.HarmonizeSummary:
    """Each file of so many written, duplicate and created records."""
    accounts = [Accounting(read=w + d - c, written=w, duplicates=d, created=c) for w, d, c in counts]
    total = Accounting()
    for fate in total.DESCRIPTOR.fields:
        setattr(total, fate.name, sum(getattr(a, fate.name) for a in accounts))
    files = [hpb.FileSummary(accounting=a, input_bytes=n + 1, input_sha256=f"{n}") for n, a in enumerate(accounts)]
    size = sum(file.input_bytes for file in files)
    return hpb.HarmonizeSummary(accounting=total, files=files, input_bytes=size, input_sha256="0")


class Sent:
    """As much of an upload as the check looks at."""

    def __init__(self, position: int) -> None:
        self.size_bytes, self.sha256 = position + 1, f"{position}"


@given(LISTS, st.integers(0, 4), st.sampled_from(["read", "written", "duplicates"]))
def test_an_account_is_taken_only_where_every_file_adds_up(counts, at, fate):
    summary, sent = summary_of(counts), [Sent(n) for n in range(len(counts))]
    assert check(summary, sent) is summary
    assert balanced(summary.accounting)
    account = summary.files[at % len(counts)].accounting
    setattr(account, fate, getattr(account, fate) + 1)
    with pytest.raises(Exception, match="does not add up"):
        check(summary, sent)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6), st.integers(1, 7))
def test_percent_never_falls_though_sizes_come_one_by_one(sizes, pieces):
    total, last, received, known = sum(sizes), 0.0, 0, 0
    for size in sizes:
        known += size
        for piece in range(1, pieces + 1):
            got = received + size * piece / pieces
            told = of_all(Progress(stage=STAGE_READING, bytes_total=known, percent=50 * got / known), total, last)
            assert told.percent >= last
            assert told.percent <= 50 * got / total + 1e-6
            assert told.bytes_total == total
            last = told.percent
        received += size
    assert last == pytest.approx(50)
    assert of_all(Progress(stage=STAGE_STANDARDIZING, percent=60), total, last).percent == 60
    assert of_all(Progress(stage=STAGE_READING, percent=7, bytes_total=3), 0, 0.0).bytes_total == 3


def test_the_fake_keeps_its_own_rules():
    """What the tests above count on."""
    from fake_harmonizer import File

    file = File("x", 0, PATIENTS)
    harmonize(hpb.HarmonizeSpec(), file, seen := set())
    assert balanced(file.accounting)
    assert len(seen) == 3
