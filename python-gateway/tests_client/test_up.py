"""`harmonizer up` with the real gateway, and submit, watch, get and JobsClient against it."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import harmonizer_client as hc
from harmonizer_client import JobsClient
from harmonizer_client.cli import exit_code
from tests_client.conftest import CSV, command, engine_is_alive, until

SIX = {
    "clean.csv", "quarantine.csv", "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json",
}  # fmt: skip
ANY_PORTS = [word for port in ("rest", "jobs", "engine", "metrics") for word in (f"--{port}-port", "0")]
PROGRAM = """#!/bin/sh
exec "{python}" "{engine}" "$@"
"""


class Up:
    """A running `harmonizer up`."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        with (directory / "up.out").open("wb") as out, (directory / "up.err").open("wb") as err:
            arguments = command("up", *ANY_PORTS, "--data-dir", directory / "gateway")
            self.process = subprocess.Popen(arguments, cwd=directory, env=environment, stdout=out, stderr=err)
        assert until(lambda: "Ctrl-C" in self.said() or self.process.poll() is not None, 60), self.log()
        assert self.process.poll() is None, self.log()
        self.rest = self.address("REST")

    def said(self) -> str:
        return (self.directory / "up.out").read_text()

    def log(self) -> str:
        return (self.directory / "up.err").read_text()

    def address(self, name: str) -> str:
        found = re.search(rf"^{name}\s+(?:http://)?([0-9.:]+)", self.said(), re.MULTILINE)
        assert found
        return found[1]

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    import sys

    directory = tmp_path_factory.mktemp("up")
    program = directory / "harmonizerd"
    program.write_text(PROGRAM.format(python=sys.executable, engine=Path(__file__).with_name("fake_engine.py")))
    program.chmod(0o755)
    pid_file = str(directory / "engine.pid")
    up = Up(directory, {**os.environ, "HARMONIZERD_BIN": str(program), "FAKE_ENGINE_PID_FILE": pid_file})
    yield up
    if up.process.poll() is None:
        up.end()


@pytest.fixture
def jobs(up: Up) -> Iterator[JobsClient]:
    with JobsClient(up.rest) as client:
        yield client


def test_the_gateway_says_its_version(jobs: JobsClient, up: Up, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["version", "--server", up.rest]) == 0
    assert f"gateway      {jobs.version()}  ({up.rest})" in capsys.readouterr().out


def test_a_checked_job_is_not_said_to_be_written(jobs: JobsClient, up: Up, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.wait(jobs.submit(CSV, operation="validate", file_name="p.csv").id)
    assert exit_code(["get", job.id, "--server", up.rest]) == 0
    text = capsys.readouterr().out
    assert "2 would be written" in text
    assert f"only checked: issues and report are in the gateway: harmonizer get {job.id} -o DIR" in text


def test_a_job_with_a_mapping_shows_what_came_of_it(
    jobs: JobsClient, up: Up, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "version: 1\nparameters: {quarantine: true}\ncolumns: {nr: patient_id, w: {type: number, strip: kg}}"
    )
    (tmp_path / "p.csv").write_bytes(CSV)
    asked = ["submit", str(tmp_path / "p.csv"), "--mapping", str(mapping), "--set", "quarantine=false"]
    assert exit_code([*asked, "--server", up.rest]) == 0
    by_command = jobs.get(capsys.readouterr().out.strip())
    by_client = jobs.submit(CSV, mapping=mapping, options={"quarantine": False}, file_name="p.csv")
    types = {"w": {"kind": "number", "strip": ["kg"]}}
    for job in (by_command, by_client):
        assert job.answer["options"]["column_map"] == {"nr": "patient_id"}
        assert job.answer["options"]["column_types"]["w"]["strip"] == types["w"]["strip"]
        assert "quarantine" not in job.answer["options"]


def test_a_job_from_submit_to_its_files(jobs: JobsClient, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(CSV)
    job = jobs.submit(path, entity="patient", options={"date_order": "DMY", "quarantine": True})
    assert (job.file_name, job.operation, job.ended) == ("p.csv", "harmonize", False)
    types = [event.type for event in jobs.watch(job.id)]
    assert types[0] == "created"
    assert types[-1] == "completed"
    done = jobs.wait(job.id)
    assert done.summary is not None
    assert done.summary.accounting == hc.Accounting(3, 2, 1, 0, 0, 0)
    assert {a.name for a in done.artifacts} == SIX
    assert done.answer["options"]["quarantine"] is True
    made = jobs.fetch(done, tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == SIX
    assert made["clean.csv"].read().startswith(b"patient_id")
    assert set(jobs.fetch(done, names=("clean.csv",))) == {"clean.csv"}
    with pytest.raises(hc.NotFound, match=r"clean\.csv"):
        jobs.fetch(done, names=("clean.parquet",))
    assert job.id in [listed.id for listed in jobs.list(status="completed")]
    jobs.delete(job.id)
    with pytest.raises(hc.NotFound):
        jobs.get(job.id)


def test_a_job_over_several_files(jobs: JobsClient, up: Up, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    files = [tmp_path / "a.csv", ("b.csv", b"patient_id,first\n2,b\n3,c\n")]
    job = jobs.submit(files, idempotency_key="several")
    assert jobs.submit(files, idempotency_key="several").id == job.id
    assert [(file.file_name, file.size_bytes) for file in job.files] == [("a.csv", len(CSV)), ("b.csv", 25)]
    done = jobs.wait(job.id)
    assert done.summary is not None
    assert [file.accounting.written for file in done.summary.files] == [2, 1]
    assert "clean.patient.2.csv" in jobs.fetch(done)
    with pytest.raises(hc.InvalidOption) as caught:
        jobs.submit(files[::-1], idempotency_key="several")
    assert caught.value.reason == "IDEMPOTENCY_KEY_REUSED"
    code = exit_code(["submit", str(tmp_path / "a.csv"), str(tmp_path / "a.csv"), "--together", "--server", up.rest])
    assert code == 0
    job_id = capsys.readouterr().out.strip()
    assert exit_code(["watch", job_id, "--quiet", "--server", up.rest]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 files: ")
    assert "  together: 6 records read = 2 written + 4 duplicates" in said
    assert exit_code(["get", job_id, "-o", str(tmp_path / "out"), "--server", up.rest]) == 0
    assert {"clean.patient.csv", "clean.patient.2.csv", "report.json"} < {p.name for p in (tmp_path / "out").iterdir()}


def test_events_go_on_from_where_a_watcher_was(jobs: JobsClient) -> None:
    job = jobs.submit(CSV)
    ids = [event.id for event in jobs.watch(job.id)]
    assert ids == list(range(1, len(ids) + 1))
    assert [event.id for event in jobs.watch(job.id, after=2)] == ids[2:]


def test_the_same_key_is_the_same_job(jobs: JobsClient) -> None:
    first = jobs.submit(CSV, idempotency_key="one")
    assert jobs.submit(CSV, idempotency_key="one").id == first.id
    with pytest.raises(hc.InvalidOption) as caught:
        jobs.submit(CSV + b"3,c\n", idempotency_key="one")
    assert caught.value.reason == "IDEMPOTENCY_KEY_REUSED"


def test_a_job_is_cancelled(jobs: JobsClient) -> None:
    job = jobs.submit(b"a\n!slow\n")
    assert until(lambda: jobs.get(job.id).status == "processing")
    jobs.cancel(job.id)
    with pytest.raises(hc.JobFailed) as caught:
        jobs.wait(job.id)
    assert caught.value.reason == "CANCELLED"
    with pytest.raises(hc.JobFailed):
        jobs.fetch(jobs.get(job.id))


def test_a_refused_file_fails_its_job_with_the_reason(jobs: JobsClient) -> None:
    with pytest.raises(hc.InputRefused, match="quote is never closed") as caught:
        jobs.wait(jobs.submit(b"a\n!refuse\n").id)
    assert caught.value.reason == "UNCLOSED_QUOTE"


def test_mistakes_are_typed(jobs: JobsClient, tmp_path: Path) -> None:
    with pytest.raises(hc.InvalidOption):
        jobs.submit(CSV, operation="harmonise")
    with pytest.raises(hc.SourceError):
        jobs.submit(tmp_path / "gone.csv")
    for unknown in ("nope", "../../health", "01a1fe72-086e-7369-bc08-50c5bab56f70"):
        with pytest.raises(hc.NotFound):
            jobs.get(unknown)
        with pytest.raises(hc.NotFound):
            next(jobs.watch(unknown))
    with JobsClient("127.0.0.1:1") as nobody, pytest.raises(hc.ServiceUnavailable):
        nobody.get("x")


def test_submit_watch_get(up: Up, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labs.csv").write_bytes(CSV)

    def harmonizer(*arguments: str) -> tuple[int, str]:
        code = exit_code([*arguments, "--server", up.rest])
        return code, capfd.readouterr().out

    code, job = harmonizer("submit", "labs.csv", "--set", "date_order=DMY", "--format", "csv")
    assert code == 0
    code, text = harmonizer("watch", job.strip(), "--quiet")
    assert code == 0
    assert "3 records read = 2 written + 1 duplicates" in text
    assert harmonizer("watch", job.strip())[0] == 0
    assert "labs.csv: patient" in harmonizer("get", job.strip())[1]
    assert json.loads(harmonizer("get", job.strip(), "--json")[1])["status"] == "completed"
    assert harmonizer("get", job.strip(), "-o", "out")[0] == 0
    assert {p.name for p in (tmp_path / "out" / "labs").iterdir()} == SIX
    assert harmonizer("get", job.strip(), "clean.csv")[0] == 0
    assert (tmp_path / "clean.csv").read_bytes() == (tmp_path / "out" / "labs" / "clean.csv").read_bytes()
    assert harmonizer("get", job.strip(), "clean.csv", "-o", "-")[1].startswith("patient_id")
    assert harmonizer("get", job.strip(), "-o", "-")[0] == 2
    assert harmonizer("get", job.strip(), "nothing.csv")[0] == 2
    assert not list(tmp_path.glob(".*partial"))


def test_submit_and_watch_have_the_exit_codes_of_run(up: Up, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"a\n!refuse\n")
    assert exit_code(["submit", str(bad), "--server", up.rest]) == 0
    job = capfd.readouterr().out.strip()
    assert exit_code(["watch", job, "--server", up.rest]) == 3
    assert "bad.csv: refused" in capfd.readouterr().err
    assert exit_code(["get", job, "--server", up.rest]) == 3
    assert exit_code(["get", job, "-o", str(tmp_path / "out"), "--server", up.rest]) == 3
    assert exit_code(["submit", str(tmp_path / "gone"), "--server", up.rest]) == 3
    assert exit_code(["submit", str(bad), "--set", "x=1", "--server", up.rest]) == 2
    assert exit_code(["watch", "nope", "--server", up.rest]) == 2
    assert exit_code(["submit", str(bad), "--server", "127.0.0.1:1"]) == 4


def test_up_serves_the_engine_too_and_forwards_logs(up: Up) -> None:
    with hc.Client(up.address("HarmonizerService")) as client:
        assert client.harmonize(CSV).summary.accounting.read == 3
    assert "gateway     | " in up.log()
    assert "harmonizerd | " in up.log()


def test_a_port_that_is_taken_is_named(program: Path, monkeypatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HARMONIZERD_BIN", str(program))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert exit_code(["up", *ANY_PORTS, "--rest-port", port]) == 4
    assert f"port {port}" in capfd.readouterr().err


def test_up_says_what_did_not_start(program: Path, tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.setenv("HARMONIZERD_BIN", str(program))
    monkeypatch.setenv("FAKE_ENGINE_FAILS", "1")
    assert exit_code(["up", *ANY_PORTS, "--data-dir", str(tmp_path / "gateway")]) == 4
    said = capfd.readouterr().err
    assert "cannot make the scratch directory" in said
    assert "harmonizerd did not start" in said


def test_up_ends_when_a_service_does(environment: dict[str, str], tmp_path: Path) -> None:
    up = Up(tmp_path, environment)
    os.kill(int((tmp_path / "engine.pid").read_text()), signal.SIGKILL)
    assert up.process.wait(30) == 4
    assert "harmonizerd ended with status -9" in up.log()
    assert until(lambda: not reachable(up.rest))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_up_drains_and_ends_with_0(environment: dict[str, str], tmp_path: Path, number: int) -> None:
    up = Up(tmp_path, environment)
    assert up.end(number) == 0, up.log()
    assert not engine_is_alive(tmp_path)
    assert not reachable(up.rest)
    assert up.log().index("draining; Ctrl-C") < up.log().index('"message":"draining"')


def reachable(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
