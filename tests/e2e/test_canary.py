"""Values that no file but this has go through every success and failure; then everything but artifacts is searched."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from support.files import many_labs
from support.processes import until
from support.rest import Rest, blobs
from support.world import World, build_world

import harmonizer_client as hc
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub
from harmonizer.v1.options_pb2 import Options

# One fixture goes through everything; on a busy machine that takes its time.
pytestmark = pytest.mark.timeout(300)

# Every canary of letters holds this; case may be changed on the way.
SONG = "zyxq"
NUMBERS = ["471188001399", "1907-11-23", "19071123", "11/23/1907", "31/02/1937", "47.1188", "900-47-1188", "900471188"]
FILE_NAME = "Wvutfile-4711.csv"
EVERYTHING = '{"match": true, "match_model": "fixed", "lineage": true, "deidentify": false, "dedup_policy": "merge"}'
COLUMNS = {
    "patient_id": ["Zyxqpid1", "Zyxqpid2", "zyxqpid3", "", "Zyxqpid1"],
    "mrn": ["Zyxqmrn", "4.71188001399E+11", "471188001399", "Zyxq\u200bmrn", "Zyxqmrn"],
    "ssn": ["900-47-1188", "900471188", "Zyxqssn", "000-47-1188", "900-47-1188"],
    "first_name": ["Zyxqfirst", "ZYXQFIRST", "Zyxq9first", "Zyxqâ€™first", "Zyxqfirst"],
    "last_name": ["Zyxqlast", "zyxqlast", "O'Zyxq", "=Zyxqlast()", "Zyxqlast"],
    "dob": ["1907-11-23", "11/23/1907", "31/02/1937", "Zyxqday 1907", "1907-11-23"],
    "gender": ["Zyxqgender", "F", "M", "7zyxq", "Zyxqgender"],
    "race": ["Zyxqrace", "White; Zyxqrace", "", "Zyxqrace", "Zyxqrace"],
    "marital_status": ["Zyxqmarital"] * 5,
    "language": ["Zyxqlang"] * 5,
    "street_address": ["471 Zyxqstreet", "@zyxqstreet", "", "Zyxqlane", "471 Zyxqstreet"],
    "city": ["Zyxqcity"] * 5,
    "state": ["Zyxqstate"] * 5,
    "zip": ["Zyxqzip", "1", "47.1188", "zyxq", "Zyxqzip"],
    "phone": ["Zyxqphone 47118", "471188001399", "+zyxq", "1", "Zyxqphone 47118"],
    "email": ["zyxq@@zyxq", "zyxq@zyxq.example", "Zyxqmail", "a;zyxq@b.example", "zyxq@@zyxq"],
    "blood_type": ["Zyxqblood"] * 5,
    "deceased": ["Zyxqdead"] * 5,
    "npi": ["4711880013", "Zyxqnpi", "", "1", "4711880013"],
    "Zyxqhead of 1907": ["Zyxqfree", "+Zyxqfree", "Zyxq\u202efree", "", "Zyxqfree"],
}
LABS = """result_id,patient_id,test_name,loinc,collection_date,result_date,value,units,ref_range,flag,specimen,status
Zyxqres,Zyxqpid,Zyxqtest,Zyxq-1,11/23/1907,31/02/1937,<Zyxqvalue,zyxqunit,Zyxq-9,Zyxqflag,Zyxqblood,Zyxqstatus
Zyxqres2,Zyxqpid,Glucose,2345-7,11/23/1907,11/22/1907,471188001399,mg/dL,47.1188-1,N,Zyxqblood,final
Zyxqres3,Zyxqpid,Glucose,2345-7,1907-11-23,,~47.1188,zyxqunit,99-70,H,,zyxqstatus
Zyxqres3,Zyxqpid,Glucose,2345-7,1907-11-23,,"Zyxq,1",mg/dL
"""
VITALS = """patient_id,vital_type,value,unit,taken_at
Zyxqpid,Zyxqsign,471188001399,zyxqunit,1907-11-23 10:00
Zyxqpid,bp,Zyxq/80,mmHg,31/02/1937
Zyxqpid,temp,47.1188,,11/23/1907
"""
NO_HEADER = "Zyxqpid,1907-11-23,Zyxqfree\nZyxqpie,1907-11-23,471188001399\n"


def patients() -> bytes:
    rows = zip(*COLUMNS.values(), strict=True)
    lines = [",".join(COLUMNS), *(",".join(f'"{cell}"' for cell in row) for row in rows), "Zyxqpid,Zyxqshort"]
    return "\n".join([*lines, ""]).encode()


REFUSED = {
    "quote": b'patient_id,name\n1,"Zyxqname 1907-11-23\n',
    "text behind a quote": b'patient_id,name\n1,"Zyxqname" zyxq\n',
    "binary": b"patient_id,name\n" + b"\x00\x01\x02Zyxqname,\x00\xff\n" * 50,
    "pdf": b"%PDF-1.7 Zyxqname 471188001399\n",
    "zip": b"PK\x03\x04Zyxqname 471188001399\n",
    "json": b'{"patient": "Zyxqname"}\n',
    "cut gzip": gzip.compress(patients(), mtime=0)[:-12],
    "empty": b"",
    "long field": b"patient_id,name\n1," + b"Zyxqname" * 600_000 + b"\n",
}


@pytest.fixture(scope="module")
def caged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Services of their own, so that their logs hold nothing else; no patience, so that a job fails soon."""
    settings = {
        "HARMONIZER_PATIENCE_SECONDS": "2",
        "HARMONIZER_BACKOFF_SECONDS": "0.1",
        "HARMONIZER_LOG_LEVEL": "debug",
    }
    with ExitStack() as stack:
        yield build_world(stack, tmp_path_factory.mktemp("caged"), {"HARMONIZERD_WORKERS": "1"}, settings)


@pytest.fixture(scope="module")
def said(caged: World, harmonizer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Everything that was said, by where it was said, after every path was gone."""
    heard: dict[str, str] = {}
    tell = Ear(caged.rest, heard)
    succeed(caged, tell)
    succeed_together(caged, tell)
    refuse(caged, tell)
    interrupt(caged, tell)
    ask_wrongly(caged, tell)
    by_command(caged, harmonizer, tmp_path_factory.mktemp("command"), heard)
    ask_for_everything(caged, tell)
    heard["log of the gateway"] = caged.gateway.log() + caged.gateway.out_path.read_text()
    heard["log of the harmonizer"] = caged.harmonizer.log() + caged.harmonizer.out_path.read_text()
    heard["metrics of the harmonizer"] = "\n".join(caged.harmonizer.metrics())
    heard["names of what is stored"] = "\n".join(str(path) for path in caged.directory.rglob("*"))
    database = b"".join(path.read_bytes() for path in sorted(caged.gateway.data_dir.glob("gateway.db*")))
    heard["database"] = database.decode("latin-1")
    return heard


class Ear:
    """Sends requests and remembers the answers with their headers, other than those that are artifacts."""

    def __init__(self, rest: Rest, heard: dict[str, str]) -> None:
        self._rest, self._heard = rest, heard

    def __call__(self, method: str, path: str, **request: object):
        answer = self._rest.request(method, path, **request)
        self.note(f"{method} {path}", answer.text + str(answer.headers))
        return answer

    def note(self, where: str, text: str) -> None:
        self._heard[f"{len(self._heard)} {where}"] = text


def succeed(caged: World, tell: Ear) -> None:
    rest = caged.rest
    for data in (patients(), LABS.encode(), VITALS.encode(), NO_HEADER.encode()):
        for fields in ({}, {"operation": "validate"}, {"format": "ndjson", "operation": "standardize"}):
            rest.done(data, FILE_NAME, **fields)
        for entity in ("patient", "vital", "generic"):
            rest.done(data, FILE_NAME, entity=entity, options='{"quarantine": true}')
            rest.done(data, FILE_NAME, entity=entity, options=EVERYTHING)
        tell("POST", "/api/v1/inspect", content=data, params={"file_name": FILE_NAME})
        answer = rest.post("/api/v1/harmonize", content=data, params={"file_name": FILE_NAME})
        tell.note("headers of the pipe", str(answer.headers))
        upload = tell("POST", "/api/v1/uploads", content=data, params={"file_name": FILE_NAME}).json()
        tell("POST", "/api/v1/inspect", json={"upload_id": upload["id"]})
        rest.ended(tell("POST", "/api/v1/jobs", json={"upload_id": upload["id"]}).json()["id"])
        with hc.Client(caged.harmonizer.target) as client:
            tell.note("summary", str(client.harmonize(data).summary))


def succeed_together(caged: World, tell: Ear) -> None:
    """Jobs of several files: compared, matched, merged, refused at the second, gone in between, asked for wrongly."""
    rest, jobs = caged.rest, "/api/v1/jobs"
    files = [("file", (FILE_NAME, data)) for data in (patients(), LABS.encode(), VITALS.encode(), patients())]
    for options in ("{}", EVERYTHING):
        for fields in ({}, {"operation": "validate"}, {"format": "ndjson"}):
            job = tell("POST", jobs, files=files, data={"options": options, **fields}).json()
            assert rest.ended(job["id"])["status"] == "completed"
            for path in ("/result", "/records", "/result?entity=Zyxqname", "/records?file=Zyxqname"):
                assert tell("GET", f"{jobs}/{job['id']}{path}").status_code in (404, 409)
    for data in REFUSED.values():
        job = rest.post(jobs, files=[files[0], ("file", (FILE_NAME, data))]).json()
        assert rest.ended(job["id"])["status"] in ("completed", "failed")
    uploads = [rest.post("/api/v1/uploads", content=data, params={"file_name": FILE_NAME}).json() for data in
               (patients(), LABS.encode())]  # fmt: skip
    ids = [upload["id"] for upload in uploads]
    rest.ended(tell("POST", jobs, json={"upload_ids": ids}).json()["id"])
    tell("POST", jobs, json={"upload_ids": [*ids, "Zyxqname"]})
    tell("POST", jobs, json={"upload_ids": "Zyxqname", "upload_id": 7})
    tell("POST", jobs, files=[files[0], ("Zyxqfield", (FILE_NAME, LABS.encode()))])


def refuse(caged: World, tell: Ear) -> None:
    for data in REFUSED.values():
        caged.rest.ended(caged.rest.submit(data, FILE_NAME)["id"])
        answer = caged.rest.post("/api/v1/harmonize", content=data)
        tell.note("pipe", answer.text if answer.status_code != 200 else "")
        tell("POST", "/api/v1/inspect", content=data)
        with hc.Client(caged.harmonizer.target) as client:
            for ask in (lambda: client.harmonize(data, store=None).wait(), lambda: client.inspect(data)):  # noqa: B023
                with contextlib.suppress(hc.HarmonizerError):
                    ask()
                    continue
                tell.note("error of the client", error_of(ask))


def error_of(ask) -> str:
    try:
        ask()
    except hc.HarmonizerError as error:
        return f"{error} {error.reason} {error.metadata}"
    return ""


def interrupt(caged: World, tell: Ear) -> None:
    """A cancelled job, one whose harmonizer dies, one whose sender leaves, a pipe that breaks."""
    rest, harmonizer = caged.rest, caged.harmonizer
    large = many_labs(60_000).replace(b"P0000", b"Zyxqp").replace(b"L0", b"Zyxql")
    cancelled = rest.submit(large, FILE_NAME)
    until(lambda: rest.job(cancelled["id"])["status"] == "processing", 20, "it is worked on")
    tell("DELETE", f"/api/v1/jobs/{cancelled['id']}")
    assert rest.ended(cancelled["id"])["status"] == "cancelled"
    harmonizer.signal(signal.SIGSTOP)
    failed = rest.submit(large, FILE_NAME)
    until(lambda: rest.job(failed["id"])["status"] == "processing", 20, "it is worked on")
    harmonizer.kill()
    assert rest.ended(failed["id"])["status"] == "failed"
    tell("POST", "/api/v1/harmonize", content=large)
    tell("POST", "/api/v1/inspect", content=large)
    harmonizer.start()
    until(lambda: rest.get("/api/v1/health").json()["status"] == "ok", 10, "it is back")
    late = large + b'"Zyxqlate 1907-11-23\n'  # Refused behind what was sent back already.
    with contextlib.suppress(Exception):
        rest.post("/api/v1/harmonize", content=late)


def ask_wrongly(caged: World, tell: Ear) -> None:
    jobs, song, file = "/api/v1/jobs", f"Zyxq{FILE_NAME}", {"file": (FILE_NAME, patients())}
    wrong = [
        f'{{"{song}": 1}}',
        f'{{"as_of": "{song}"}}',
        f'{{"column_map": {{"{song}": 3}}}}',
        f'{{"source_system": 7, "entity": "{song}"}}',
        song,
    ]
    for options in wrong:
        assert tell("POST", jobs, files=file, data={"options": options}).status_code == 422
    # The harmonizer's to refuse; a job may have it, and shows its sender's options.
    wrong.append(f'{{"default_timezone": "{song}"}}')
    for options in wrong:
        for path in ("harmonize", "inspect"):
            answer = tell("POST", f"/api/v1/{path}", content=patients(), params={"options": options})
            assert answer.status_code == 422, answer.text
    for field in ("operation", "entity", "format", "Zyxqfield"):
        tell("POST", jobs, files=file, data={field: song})
    tell("POST", jobs, json={"upload_id": song})
    tell("POST", jobs, json={song: song})
    tell("POST", jobs, content=patients(), headers={"Content-Type": f"text/{SONG}"})
    tell("POST", jobs, content=patients(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    tell("POST", jobs, content=b"Zyxq{", headers={"Content-Type": "application/json"})
    tell("GET", jobs, params={"status": song, "page_token": song, "created_after": song})
    tell("GET", f"{jobs}/{song}", headers={"X-Request-Id": f"Mr {song}", "User-Agent": song, "Last-Event-ID": song})
    for method, path in (("GET", f"/{song}"), ("PATCH", f"/api/v1/{song}"), ("PUT", f"/api/v1/uploads/{song}"),
                         ("GET", f"/api/v1/entities/{song}"), ("POST", f"{jobs}/{song}:cancel")):  # fmt: skip
        tell(method, path, params={"q": song})
    with grpc.insecure_channel(caged.gateway.target) as channel:
        stub = JobServiceStub(channel)
        for call, request in (
            (stub.CreateJob, pb.CreateJobRequest(upload_ids=[song], options=Options(as_of=song))),
            (stub.CreateJob, pb.CreateJobRequest(upload_ids=[song])),
            (stub.GetJob, pb.GetJobRequest(job_id=song)),
            (stub.ListJobs, pb.ListJobsRequest(page_token=song)),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                call(request)
            tell.note("refusal of JobService", f"{caught.value.details()} {caught.value.trailing_metadata()}")
    with hc.Client(caged.harmonizer.target) as client:
        tell.note("refusal of the harmonizer", error_of(lambda: client.entity(song)))
        wrong = {"column_map": {song: song}}
        tell.note("refusal of the harmonizer", error_of(lambda: client.harmonize(patients(), options=wrong).wait()))


def by_command(caged: World, harmonizer, directory: Path, heard: dict[str, str]) -> None:
    server = ("--server", caged.harmonizer.target)
    for name, data in (("good.csv", patients()), ("quote.csv", REFUSED["quote"]), ("pdf.csv", REFUSED["pdf"])):
        (directory / name).write_bytes(data)
    done = harmonizer(
        "run", *(directory / n for n in ("good.csv", "quote.csv", "pdf.csv")), "-o", directory / "o", *server
    )
    assert done.returncode == 3
    together = harmonizer(
        "run", directory / "good.csv", directory / "good.csv", "--together", "--match", "-o", directory / "t", *server
    )
    matched = harmonizer("match", directory / "good.csv", "-o", directory / "m", *server)
    assert (together.returncode, matched.returncode) == (0, 0)
    shown = harmonizer("inspect", directory / "good.csv", *server)
    assert shown.returncode == 0
    outputs = [text for process in (done, together, matched, shown) for text in (process.stdout, process.stderr)]
    heard["command"] = b"".join(outputs).decode()
    for name in ("report.json", "manifest.json", "operation-outcome.json"):
        heard[name] = (directory / "o" / "good" / name).read_text()
        heard[f"{name} of two"] = (directory / "t" / name).read_text()
    for name in ("report.json", "manifest.json", "matches.ndjson"):
        heard[f"{name} of matching"] = (directory / "m" / name).read_text()


def ask_for_everything(caged: World, tell: Ear) -> None:
    """Whatever can be asked of a job but what it made, where values belong."""
    rest = caged.rest
    listed = tell("GET", "/api/v1/jobs", params={"page_size": 1000}).json()["jobs"]
    assert {job["status"] for job in listed} == {"completed", "failed", "cancelled"}
    for job in listed:
        for path in ("", "/status", "/events", "/logs", "/artifacts", "/artifacts/Zyxqname", "/result?format=parquet"):
            if not (path.startswith("/result") and job["status"] == "completed"):
                tell("GET", f"/api/v1/jobs/{job['id']}{path}")
        if job["status"] == "completed":
            tell.note("report", rest.artifact(job["id"], "report.json").decode())
            tell.note("manifest", rest.artifact(job["id"], "manifest.json").decode())
            for artifact in rest.job(job["id"])["artifacts"]:
                if artifact["kind"] in ("operation_outcome", "matches"):
                    tell.note(artifact["kind"], rest.artifact(job["id"], artifact["name"]).decode())
    for path in ("/metrics", "/api/v1/health", "/openapi.json"):
        tell("GET", path)


def words_of(text: str) -> set[str]:
    return set(re.findall(f"{SONG}[a-z]+", text.lower()))


def without_headers(text: str) -> str:
    """The text without the one header that sings: headers are names, which a report may hold."""
    return re.sub("zyxqhead[ _]of[ _]1907", "", text, flags=re.IGNORECASE)


def test_the_canaries_are_where_they_belong(caged: World, said: dict[str, str]) -> None:
    """Else nothing is shown by their absence elsewhere."""
    jobs = caged.rest.get("/api/v1/jobs", params={"page_size": 1000, "status": "completed", "operation": "harmonize"})
    made = b"".join(
        caged.rest.artifact(job["id"], artifact["name"])
        for job in jobs.json()["jobs"]
        for artifact in caged.rest.job(job["id"])["artifacts"]
        if artifact["kind"] in ("clean", "issues", "quarantine")
    ).decode()
    sent = "".join((patients().decode(), LABS, VITALS, NO_HEADER))
    assert words_of(sent) - words_of(made) == set()
    assert [number for number in NUMBERS if number in sent and number not in made] == []


def test_no_value_stands_anywhere_else(said: dict[str, str]) -> None:
    found = []
    for where, text in said.items():
        lowered = without_headers(text).lower()
        for canary in (SONG, *NUMBERS):
            if (place := lowered.find(canary)) >= 0:
                found.append(f"{where}: {lowered[max(place - 60, 0) : place + 60]}")
    assert not found, "\n".join(found)


def test_file_names_stand_in_the_metadata_of_jobs_only(caged: World, said: dict[str, str]) -> None:
    stem = Path(FILE_NAME).stem
    assert FILE_NAME in said_of(said, "GET /api/v1/jobs")
    for where in ("log of", "metrics", "names of what is stored", "/events", "/logs", "/status"):
        assert stem not in said_of(said, where), where
    assert all(re.fullmatch(r"[ua]-[0-9a-f-]+", name) for name in blobs(caged.gateway.data_dir))


def test_no_header_stands_in_a_log_or_metric(said: dict[str, str]) -> None:
    for where in ("log of", "metrics"):
        assert SONG not in said_of(said, where).lower()


def test_the_logs_do_tell_what_happened(said: dict[str, str]) -> None:
    lines = [json.loads(line) for line in said_of(said, "log of the gateway").splitlines()]
    assert {"request", "attempt ended", "attempt failed"} <= {line["message"] for line in lines}
    assert not [line for line in lines if "exception" in line]


def said_of(said: dict[str, str], where: str) -> str:
    return "\n".join(text for place, text in said.items() if where in place)
