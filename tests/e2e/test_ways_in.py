"""The four ways in that README promises: curl, grpcurl by reflection, server-sent events, Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_reflection.v1alpha import reflection_pb2
from support.files import PLANTED, SAMPLES, identity
from support.rest import Rest, parse_events

from harmonizer_client import Client, Conflict, JobsClient

GRPCURL = Path(sys.executable).with_name("grpcurl")
HARMONIZER_RPCS = {"Harmonize", "Inspect", "ListEntities", "GetEntity", "ListRules"}
JOB_RPCS = {
    "CreateJob", "GetJob", "ListJobs", "WatchJob", "CancelJob", "RetryJob", "DeleteJob", "UploadFile", "GetUpload",
    "ReadArtifact", "ListIssues",
}  # fmt: skip


@pytest.fixture
def grpcurl():
    if not GRPCURL.exists():
        pytest.skip("grpcurl is not built: make .venv/bin/grpcurl")

    def call(*arguments: str) -> str:
        done = subprocess.run([GRPCURL, "-plaintext", *arguments], capture_output=True, timeout=30, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def post_by_curl(url: str, path: Path) -> dict:
    words = ["curl", "-sS", "-F", f"file=@{path}", "-F", "operation=harmonize", url]
    return json.loads(subprocess.run(words, capture_output=True, check=True, timeout=60).stdout)


def post_by_httpx(url: str, path: Path) -> dict:
    with path.open("rb") as file:
        return httpx.post(url, files={"file": file}, data={"operation": "harmonize"}, trust_env=False).json()


def test_curl_makes_a_job_whose_events_can_be_watched_and_resumed(rest: Rest, world) -> None:
    post = post_by_curl if shutil.which("curl") else post_by_httpx
    job = post(f"{world.gateway.address}/api/v1/jobs", SAMPLES / "patients.csv")
    assert (job["file_name"], job["operation"]) == ("patients.csv", "harmonize")
    events = rest.events(job["id"])
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    types = [event["type"] for event in events]
    assert types[:2] == ["created", "started"]
    assert types[-1] == "completed"
    assert set(types[2:-1]) <= {"progress"}
    assert events[-1]["summary"]["accounting"] == PLANTED["patients.csv"]["accounting"]
    for after in range(1, len(events)):
        assert rest.events(job["id"], after) == events[after:]
    assert rest.events(job["id"], len(events)) == []


def test_curl_follows_events_to_their_end(rest: Rest, world) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not here; the test before this one follows them by httpx")
    job = rest.submit((SAMPLES / "vitals.csv").read_bytes(), "vitals.csv")
    url = f"{world.gateway.address}/api/v1/jobs/{job['id']}/events"
    said = subprocess.run(["curl", "-sSN", url], capture_output=True, check=True, timeout=60, text=True).stdout
    events = list(parse_events(iter(said.split("\n"))))
    assert events[-1]["status"] == "completed"
    assert events == rest.events(job["id"])


def test_grpcurl_lists_both_services(grpcurl, world) -> None:
    for target, service, rpcs in (
        (world.harmonizer.target, "HarmonizerService", HARMONIZER_RPCS),
        (world.gateway.target, "JobService", JOB_RPCS),
    ):
        listed = set(grpcurl(target, "list").split())
        ours = f"harmonizer.v1.{service}"
        assert {ours, "grpc.health.v1.Health"} <= listed
        assert {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"} <= listed
        assert set(grpcurl(target, "list", ours).split()) == {f"{ours}.{name}" for name in rpcs}
        assert json.loads(grpcurl(target, "grpc.health.v1.Health/Check")) == {"status": "SERVING"}
        assert f"rpc {min(rpcs)} (" in grpcurl(target, "describe", ours)


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_both_reflections_answer(world, version: str) -> None:
    """grpcurl takes the newer one where there are two, so each is asked by its own rpc; their messages are the same."""
    for target, service in ((world.harmonizer.target, "HarmonizerService"), (world.gateway.target, "JobService")):
        with grpc.insecure_channel(target) as channel:
            ask = channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
                response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
            )
            symbol = f"harmonizer.v1.{service}"
            questions = [
                reflection_pb2.ServerReflectionRequest(list_services=""),
                reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol),
                reflection_pb2.ServerReflectionRequest(file_containing_symbol="harmonizer.v1.Nothing"),
            ]
            services, found, missing = ask(iter(questions), timeout=10)
        assert symbol in [listed.name for listed in services.list_services_response.service]
        assert found.file_descriptor_response.file_descriptor_proto
        assert missing.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_grpcurl_harmonizes_a_file_and_finds_a_job(grpcurl, world, rest: Rest) -> None:
    service = "harmonizer.v1.HarmonizerService"
    entity = json.loads(grpcurl("-d", '{"name": "vital"}', world.harmonizer.target, f"{service}/GetEntity"))
    assert entity["entity"]["name"] == "vital"
    spec = '{"spec": {"file_name": "p.csv", "artifacts": ["ARTIFACT_KIND_CLEAN"]}}'
    chunk = '{"chunk": "cGF0aWVudF9pZCxkb2IKMSwxOTgwLTAxLTAyCg=="}'  # patient_id,dob / 1,1980-01-02
    said = grpcurl("-d", spec + chunk, world.harmonizer.target, f"{service}/Harmonize")
    assert '"read": "1"' in said
    assert '"written": "1"' in said
    job = rest.done(b"patient_id,dob\n1,1980-01-02\n")
    found = json.loads(
        grpcurl("-d", json.dumps({"job_id": job["id"]}), world.gateway.target, "harmonizer.v1.JobService/GetJob")
    )
    assert found["job"]["id"] == job["id"]
    assert found["job"]["status"] == "JOB_STATUS_COMPLETED"


def test_python_gets_records_in_batches_without_a_job(world) -> None:
    wanted = PLANTED["observations.csv.gz"]["accounting"]
    with (
        Client(world.harmonizer.target) as client,
        client.harmonize(SAMPLES / "observations.csv.gz", options={"as_of": "2026-11-20"}) as run,
    ):
        batches = list(run.batches())
        assert sum(batch.num_rows for batch in batches) == wanted["written"] + wanted["routed"]
        assert {batch.entity for batch in batches} == {"lab_result", "vital", "generic"}
        assert vars_of(run.summary.accounting) == wanted
        assert identity(wanted)


def test_python_retries_a_job_that_failed_and_none_that_is_completed(world) -> None:
    with JobsClient(world.gateway.address) as jobs:
        failed = jobs.submit(b"", file_name="empty.csv")
        assert [event.type for event in jobs.watch(failed.id)][-1] == "failed"
        assert jobs.retry(failed.id).status in ("queued", "processing", "failed")
        types = [event.type for event in jobs.watch(failed.id)]
        assert [word for word in types if word != "progress"] == [
            "created",
            "started",
            "failed",
            "retried",
            "started",
            "failed",
        ]
        done = jobs.wait(jobs.submit(b"patient_id,dob\n1,1980-01-02\n", file_name="p.csv").id)
        with pytest.raises(Conflict):
            jobs.retry(done.id)


def vars_of(accounting) -> dict[str, int]:
    return {
        name: getattr(accounting, name)
        for name in ("read", "written", "duplicates", "quarantined", "routed", "created")
    }
