"""The command and the client against the engine of this checkout, on the sample data."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

import harmonizer_client as hc
from harmonizer_client import Client
from harmonizer_client.process import Engine
from tests_client.conftest import command, until

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "bin" / "harmonizerd"
SAMPLES = sorted((ROOT / "sample_data").glob("*.csv*"))
SIX = {
    "clean.csv", "quarantine.csv", "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json",
}  # fmt: skip

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="bin/harmonizerd is not built: make build")


@pytest.fixture(scope="module")
def client():
    with Engine(PROGRAM) as engine, Client(engine.target) as client:
        yield client


def harmonizer(directory: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HARMONIZERD_BIN": str(PROGRAM)}
    return subprocess.run(
        command(*arguments), cwd=directory, env=environment, capture_output=True, text=True, timeout=100
    )


def test_every_sample_is_harmonized_and_accounted_for(tmp_path: Path) -> None:
    done = harmonizer(tmp_path, "run", *SAMPLES, "-o", "out")
    assert (done.returncode, done.stderr) == (0, "")
    for directory in (tmp_path / "out").iterdir():
        assert {p.name for p in directory.iterdir()} >= SIX
        counts = json.loads((directory / "report.json").read_text())["accounting"]
        assert hc.Accounting(**counts).balanced
        assert counts["read"] > 0
    assert len(list((tmp_path / "out").iterdir())) == len(SAMPLES)


def test_exit_codes_are_those_of_the_engine_s_reasons(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n" + bytes(100))
    (tmp_path / "good.csv").write_bytes(b"patient_id,dob\n1,2000-01-31\n")
    refused = harmonizer(tmp_path, "run", "empty.csv", "a.pdf", "good.csv", "-o", "out")
    assert refused.returncode == 3
    assert "empty.csv: refused: line 1" in refused.stderr
    assert "[NOT_TEXT]" in refused.stderr
    assert os.listdir(tmp_path / "out") == ["good"]
    wrong = ("--deidentify", "--operation", "clean")
    assert harmonizer(tmp_path, "run", "good.csv", "-o", "out", *wrong).returncode == 2
    wrong = ("good.csv", "--together", "--set", "evidence_scope=prefix")
    assert harmonizer(tmp_path, "run", "good.csv", "-o", "out", *wrong).returncode == 2
    assert harmonizer(tmp_path, "run", "good.csv", "-o", "out", "--set", "as_of=2024-02-30").returncode == 2


def test_a_checked_file_has_issues_and_report_but_no_clean_file(tmp_path: Path) -> None:
    done = harmonizer(tmp_path, "run", ROOT / "sample_data" / "patients.csv", "-o", "out", "--operation", "validate")
    assert done.returncode == 0
    assert "would be written" in done.stdout
    assert set(os.listdir(tmp_path / "out" / "patients")) == SIX - {"clean.csv", "quarantine.csv"}


def test_the_files_after_a_crash_of_the_engine_are_done(tmp_path: Path) -> None:
    environment = {**os.environ, "HARMONIZERD_BIN": str(PROGRAM)}
    run = subprocess.Popen(
        command("run", "-", SAMPLES[0], "-o", "out"),
        cwd=tmp_path, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdin is not None
    run.stdin.write(b"patient_id,dob\n1,2000-01-31\n")
    run.stdin.flush()
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    assert until(lambda: children.read_text(), 20)
    until(lambda: False, 0.5)  # For the stream to begin.
    os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
    assert run.wait(30) == 4
    out, err = run.communicate()
    assert b"standard input: service unavailable" in err
    assert SAMPLES[0].name.encode() in out
    assert os.listdir(tmp_path / "out") == [SAMPLES[0].name.split(".")[0]]


def test_files_together_say_which_record_is_whose(client: Client) -> None:
    people = b"patient_id,first_name,last_name,birth_date\nP1,Ann,Ames,1980-02-29\nP2,Bob,Burr,1975-12-31\n"
    labs = b"result_id,patient_id,test_name,loinc_code,collection_date,result_value,unit\n" + b"".join(
        b"L%d,P%d,Glucose,2345-7,2024-01-02,%d,mg/dL\n" % (n, n % 3, n) for n in range(3000)
    )
    files = [("labs.csv", labs), ("a.csv", people), ("b.csv", people)]
    told: list[hc.Progress] = []
    run = client.harmonize(files, options={"dedup_policy": "keep_first"}, on_progress=told.append)
    tables = run.tables()
    assert {name: (t.file, t.entity, t.num_rows) for name, t in tables.items()} == {
        "lab_result": (0, "lab_result", 3000), "patient": (1, "patient", 2), "patient.2": (2, "patient", 0),
    }  # fmt: skip
    assert [file.accounting.duplicates for file in run.summary.files] == [0, 0, 2]
    assert [progress.percent for progress in told] == sorted(progress.percent for progress in told)
    assert {progress.bytes_total for progress in told} == {sum(len(data) for _, data in files)}


def test_records_and_the_clean_file_say_the_same(client: Client) -> None:
    run = client.harmonize(SAMPLES[0], artifacts=["clean"], output_format="ndjson")
    rows = [row for batch in run.batches() for row in batch.rows()]
    written = [json.loads(line) for line in run.artifacts["clean.ndjson"].read().splitlines()]
    assert run.summary.accounting.written == len(written)
    assert not run.amendments
    assert rows == [{**row, "record_no": str(row["record_no"])} for row in written]


def test_cancel_and_a_broken_source_leave_the_engine_well(client: Client) -> None:
    def endless():
        yield b"patient_id,dob\n"
        for number in range(10**9):
            yield b"%d,2000-01-31\n" % number * 1000

    with client.harmonize(endless()) as run:
        until(lambda: False, 0.3)
        run.cancel()
        with pytest.raises(hc.Cancelled):
            run.wait()
    assert client.harmonize(SAMPLES[0]).summary.accounting.balanced


def test_inspect_and_the_rule_book(client: Client) -> None:
    found = client.inspect(ROOT / "sample_data" / "patients.csv")
    assert found.entity == "patient"
    assert {"patient", "lab_result", "vital", "generic"} <= {entity.name for entity in client.entities()}
    assert client.entity("patient").fields
    assert "STD-DATE-3" in {rule.id for rule in client.rules()}
    with pytest.raises(hc.NotFound):
        client.entity("nobody")
