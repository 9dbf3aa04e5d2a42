"""Several files in one job, by every way in: the same bytes come out, and they are compared with each other."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from support.files import AS_OF, OPTIONS, SAMPLES, SIX, identity, issues, many_labs, sample
from support.processes import until
from support.rest import Rest, blobs, problem
from support.world import World, build_world

import harmonizer_client as hc
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub
from harmonizer.v1.options_pb2 import Options

JOBS, UPLOADS = "/api/v1/jobs", "/api/v1/uploads"
NAMES = ["patients.csv", "lab_results.csv", "encounters.csv", "observations.csv.gz"]
CLEAN = {
    "clean.patient.csv", "clean.lab_result.csv", "clean.encounter.csv", "clean.lab_result.2.csv", "clean.vital.csv",
    "clean.generic.csv",
}  # fmt: skip
SET = ("--set", f"as_of={AS_OF}")
HEAD = b"patient_id,first_name,last_name,birth_date\n"
FIRST = HEAD + b"P1,Ann,Ames,1980-02-29\nP2,Bob,Burr,1975-12-31\n"
SECOND = HEAD + b"P2,Bob,Burr,1975-12-31\nP3,Cy,Cole,1990-05-05\n"
LABS = b"""result_id,patient_id,test_name,loinc_code,collection_date,result_value,unit
L1,P3,Glucose,2345-7,2024-01-02,98,mg/dL
L2,P7,Glucose,2345-7,2024-01-02,98,mg/dL
"""
THREE = [("a.csv", FIRST), ("b.csv", SECOND), ("labs.csv", LABS)]

Files = list[tuple[str, bytes]]


def by_form(rest: Rest, files: Files, **fields: str) -> dict[str, Any]:
    answer = rest.post(JOBS, files=[("file", file) for file in files], data=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def finished(rest: Rest, job: dict[str, Any]) -> dict[str, Any]:
    job = rest.ended(job["id"])
    assert job["status"] == "completed", job["error"]
    return job


def artifacts(rest: Rest, job: dict[str, Any]) -> dict[str, bytes]:
    return {a["name"]: rest.artifact(job["id"], a["name"]) for a in job["artifacts"]}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.fixture(scope="module")
def samples() -> Files:
    return [(name, sample(name)) for name in NAMES]


@pytest.fixture(scope="module")
def job(rest: Rest, samples: Files) -> dict[str, Any]:
    """A completed job over sample files, by one form."""
    return finished(rest, by_form(rest, samples, options=OPTIONS))


@pytest.fixture(scope="module")
def made(rest: Rest, job: dict[str, Any]) -> dict[str, bytes]:
    return artifacts(rest, job)


def test_every_file_has_its_clean_file_and_its_account(job: dict[str, Any], made, samples: Files) -> None:
    assert set(made) == CLEAN | SIX - {"clean.csv"}
    assert [(f["file_name"], f["size_bytes"], f["sha256"]) for f in job["files"]] == [
        (name, len(data), hashlib.sha256(data).hexdigest()) for name, data in samples
    ]
    accounts = [f["accounting"] for f in job["summary"]["files"]]
    assert all(map(identity, accounts))
    assert identity(job["summary"]["accounting"])
    for fate, count in job["summary"]["accounting"].items():
        assert count == sum(account[fate] for account in accounts)
    assert [f["entity"] for f in job["summary"]["files"]] == ["patient", "lab_result", "encounter", "lab_result"]
    report = json.loads(made["report.json"])
    assert [f["accounting"] for f in report["files"]] == accounts
    assert sum(len(rows(made[name])) for name in CLEAN) == (
        job["summary"]["accounting"]["written"] + job["summary"]["accounting"]["routed"]
    )
    assert job["progress"]["bytes_total"] == job["input_bytes"] == sum(len(data) for _, data in samples)


def test_the_manifest_names_every_input(made, samples: Files) -> None:
    manifest = json.loads(made["manifest.json"])
    assert [(i["name"], i["sha256"]) for i in manifest["inputs"]] == [
        (name, hashlib.sha256(data).hexdigest()) for name, data in samples
    ]


def test_uploads_by_id_make_the_same(rest: Rest, made, samples: Files) -> None:
    ids = [rest.post(UPLOADS, params={"file_name": n}, content=d).json()["id"] for n, d in samples]
    answer = rest.post(JOBS, json={"upload_ids": ids, "options": json.loads(OPTIONS)})
    assert answer.status_code == 201, answer.text
    assert artifacts(rest, finished(rest, answer.json())) == made


def test_job_service_makes_the_same(rest: Rest, world: World, made, samples: Files) -> None:
    with grpc.insecure_channel(world.gateway.target) as channel:
        stub = JobServiceStub(channel)
        ids = []
        for name, data in samples:
            parts = [pb.UploadFileRequest(header=pb.UploadHeader(file_name=name)), pb.UploadFileRequest(chunk=data)]
            ids.append(stub.UploadFile(iter(parts), timeout=30).upload.id)
        asked = pb.CreateJobRequest(upload_ids=ids, options=Options(as_of=AS_OF))
        job_id = stub.CreateJob(asked, timeout=30).job.id
        events = [answer.event for answer in stub.WatchJob(pb.WatchJobRequest(job_id=job_id), timeout=60)]
        assert events[-1].type == "completed"
        done = stub.GetJob(pb.GetJobRequest(job_id=job_id)).job
        assert [(f.upload_id, f.file_name) for f in done.files] == list(zip(ids, NAMES, strict=True))
        assert [f.file_name for f in done.summary.files] == NAMES
        read = pb.ReadArtifactRequest(job_id=job_id, name="clean.lab_result.2.csv")
        assert b"".join(part.data for part in stub.ReadArtifact(read)) == made["clean.lab_result.2.csv"]
    assert artifacts(rest, rest.job(job_id)) == made


def test_the_command_makes_the_same(harmonizer, made, tmp_path: Path) -> None:
    paths = [SAMPLES / name for name in NAMES]
    done = harmonizer("run", *paths, "--together", "-o", tmp_path / "o", *SET)
    assert done.returncode == 0, done.stderr.decode()
    assert {path.name: path.read_bytes() for path in (tmp_path / "o").iterdir()} == made
    said = done.stdout.decode()
    for name, entity in zip(NAMES, ["patient", "lab_result", "encounter", "lab_result"], strict=True):
        assert f"  {name}: {entity}, " in said
    total = json.loads(made["report.json"])["accounting"]
    assert f"  together: {total['read']:,} records read = {total['written']:,} written + " in said
    assert "  references: " in said


def test_submit_together_and_get_make_the_same(harmonizer, world: World, made, tmp_path: Path) -> None:
    server = ("--server", world.gateway.address.removeprefix("http://"))
    paths = [SAMPLES / name for name in NAMES]
    job_id = harmonizer("submit", *paths, "--together", *SET, *server).stdout.decode().strip()
    watched = harmonizer("watch", job_id, "--quiet", *server)
    assert (watched.returncode, watched.stdout[:8]) == (0, b"4 files:")
    assert harmonizer("get", job_id, "-o", tmp_path / "o", *server).returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "o").iterdir()} == made


def test_the_python_client_makes_the_same(world: World, made, tmp_path: Path) -> None:
    with hc.Client(world.harmonizer.target) as client:
        files = [SAMPLES / NAMES[0], (NAMES[1], sample(NAMES[1])), (SAMPLES / NAMES[2]).open("rb"), SAMPLES / NAMES[3]]
        told: list[float] = []
        with client.harmonize(
            files, options={"as_of": AS_OF}, out_dir=tmp_path / "o", on_progress=lambda p: told.append(p.percent)
        ) as run:
            read: dict[tuple[int, str], list[str | None]] = {}
            for batch in run.batches():
                read.setdefault((batch.file, batch.entity), []).extend(batch.column("record_no"))
        files[2].close()
        assert {name: artifact.read() for name, artifact in run.artifacts.items()} == made
        assert told == sorted(told)
        tables = client.harmonize([SAMPLES / name for name in NAMES], options={"as_of": AS_OF}).tables()
    assert {(t.file, t.entity) for t in tables.values()} == set(read)
    assert {f"clean.{name}.csv" for name in tables} == CLEAN
    for name, table in tables.items():
        want = [row["record_no"] for row in rows(made[f"clean.{name}.csv"])]
        assert list(table.column("record_no")) == want, name


def test_references_and_duplicates_are_looked_for_between_the_files(rest: Rest) -> None:
    job = finished(rest, by_form(rest, THREE, options='{"dedup_policy": "keep_first"}'))
    found = artifacts(rest, job)
    assert [row["patient_id"] for row in rows(found["clean.patient.csv"])] == ["P1", "P2"]
    assert [row["patient_id"] for row in rows(found["clean.patient.2.csv"])] == ["P3"]
    accounts = {f["file_name"]: f["accounting"] for f in job["summary"]["files"]}
    assert (accounts["a.csv"]["duplicates"], accounts["b.csv"]["duplicates"]) == (0, 1)
    dangling = [i for i in issues(found["issues.ndjson"]) if i["rule_id"] == "VAL-REF-1"]
    assert [(i["file"], i["record_no"], i["severity"]) for i in dangling] == [("labs.csv", 2, "warning")]
    alone = finished(rest, by_form(rest, [THREE[2]]))
    assert not [i for i in issues(artifacts(rest, alone)["issues.ndjson"]) if i["rule_id"] == "VAL-REF-1"]


def test_the_first_file_keeps_its_records(rest: Rest) -> None:
    job = finished(rest, by_form(rest, [THREE[1], THREE[0]], options='{"dedup_policy": "keep_first"}'))
    found = artifacts(rest, job)
    assert [row["patient_id"] for row in rows(found["clean.patient.csv"])] == ["P2", "P3"]
    assert [row["patient_id"] for row in rows(found["clean.patient.2.csv"])] == ["P1"]


def test_validate_finds_what_harmonize_finds(rest: Rest, made, samples: Files) -> None:
    job = finished(rest, by_form(rest, samples, options=OPTIONS, operation="validate"))
    found = artifacts(rest, job)
    assert set(found) == SIX - {"clean.csv", "quarantine.csv"}
    assert issues(found["issues.ndjson"]) == issues(made["issues.ndjson"])


def test_the_result_asks_which(rest: Rest, job: dict[str, Any], made) -> None:
    path = f"{JOBS}/{job['id']}"
    said = problem(rest.get(f"{path}/result"), 409, "SEVERAL_RESULTS", "SEVERAL_RESULTS")
    assert {a["name"] for a in said["artifacts"]} == CLEAN
    for there in said["artifacts"]:
        assert rest.get(there["href"]).content == made[there["name"]]
    assert rest.get(f"{path}/result", params={"entity": "encounter"}).content == made["clean.encounter.csv"]
    second = rest.get(f"{path}/records", params={"file": "clean.lab_result.2.csv", "page_size": 10_000}).json()
    assert [r["record_no"] for r in second["records"]] == [r["record_no"] for r in rows(made["clean.lab_result.2.csv"])]
    problem(rest.get(f"{path}/result", params={"entity": "lab_result"}), 409, "SEVERAL_RESULTS")
    problem(rest.get(f"{path}/records"), 409, "SEVERAL_RESULTS")


def test_a_second_file_that_cannot_be_read_fails_the_whole_job(rest: Rest) -> None:
    job = rest.ended(by_form(rest, [("a.csv", FIRST), ("b.csv", b"%PDF-1.7\n")])["id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "UNSUPPORTED_FORMAT")
    assert job["artifacts"] == []


def test_matching_between_files(harmonizer, rest: Rest, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(FIRST)
    (tmp_path / "b.csv").write_bytes(SECOND.replace(b"P2,Bob", b"Q9,Bob"))
    done = harmonizer("match", "a.csv", "b.csv", "-o", "o", "--model", "fixed", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert {p.name for p in (tmp_path / "o").iterdir()} == {
        "matches.ndjson", "review.csv", "report.json", "manifest.json",
    }  # fmt: skip
    found = json.loads((tmp_path / "o" / "report.json").read_text())["matching"]
    pairs = [json.loads(line) for line in (tmp_path / "o" / "matches.ndjson").read_text().splitlines()]
    assert len(pairs) == found["matches"] + found["reviews"] == 1
    assert (pairs[0]["a"]["file"], pairs[0]["b"]["file"]) == ("a.csv", "b.csv")
    said = done.stdout.decode()
    plural = "" if found["matches"] == 1 else "s"
    assert f"  {found['matches']} pair{plural} matched (" in said
    assert f", {found['reviews']} to review; " in said
    assert said.endswith("  written to o/\n")
    files = [(name, (tmp_path / name).read_bytes()) for name in ("a.csv", "b.csv")]
    options = json.dumps({"match": True, "match_model": "fixed", "entity": "patient"})
    job = finished(rest, by_form(rest, files, options=options))
    assert rest.artifact(job["id"], "matches.ndjson") == (tmp_path / "o" / "matches.ndjson").read_bytes()


def test_a_harmonizer_that_dies_between_two_files_is_asked_again(tmp_path: Path) -> None:
    """The second attempt sends every file again, and nothing of the first is left; deleting leaves nothing at all."""
    with ExitStack() as stack:
        world = build_world(stack, tmp_path, {}, {"HARMONIZER_BACKOFF_SECONDS": "0.5"})
        rest = world.rest
        world.harmonizer.signal(signal.SIGSTOP)
        job = by_form(rest, [("labs.csv", many_labs(40_000)), ("a.csv", FIRST), ("b.csv", SECOND)])
        rest.reached(job["id"], {"processing"})
        world.harmonizer.kill()
        world.harmonizer.start()
        job = finished(rest, job)
        assert job["attempt"] >= 2
        assert [f["accounting"]["read"] for f in job["summary"]["files"]] == [40_000, 2, 2]
        assert len(blobs(world.gateway.data_dir)) == 3 + len(job["artifacts"])
        world.gateway.kill()
        world.gateway.start()
        assert rest.job(job["id"])["files"] == job["files"]
        assert rest.delete(f"{JOBS}/{job['id']}").status_code == 204
        until(lambda: not blobs(world.gateway.data_dir), 10, "no bytes are left")
