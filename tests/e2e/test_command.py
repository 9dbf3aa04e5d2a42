"""The command harmonizer, as installed, over the sample data and over what can go wrong."""

from __future__ import annotations

import gzip
import json
import re
import signal
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.files import AS_OF, OPTIONS, PLANTED, SAMPLES, SIX, SMALL, identity, many_labs, sample, stem
from support.processes import ROOT, environment, free_port, listens, until
from support.rest import Rest

SCRIPT = Path(sys.executable).with_name("harmonizer")
SET = ("--set", f"as_of={AS_OF}")


def refused(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """What the command said on its way out; nothing stands on standard output."""
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("name", PLANTED)
def test_run_makes_what_a_job_makes_to_the_byte(rest: Rest, outputs: Path, name: str) -> None:
    job = rest.done(sample(name), name, options=OPTIONS)
    made = {path.name: path.read_bytes() for path in (outputs / stem(name)).iterdir()}
    assert set(made) == {a["name"] for a in job["artifacts"]} >= SIX
    for artifact in made:
        assert rest.artifact(job["id"], artifact) == made[artifact], artifact


def test_run_says_where_every_record_went(harmonizer, tmp_path: Path) -> None:
    done = harmonizer("run", SAMPLES / "vitals.csv", SAMPLES / "patients.csv", "-o", tmp_path / "o", *SET)
    assert done.returncode == 0
    said = done.stdout.decode()
    for name in ("vitals.csv", "patients.csv"):
        a = json.loads((tmp_path / "o" / stem(name) / "report.json").read_text())["accounting"]
        assert identity(a)
        created = f" - {a['created']:,} created" if a["created"] else ""
        gone = f"{a['duplicates']:,} duplicates + {a['quarantined']:,} quarantined"
        assert f"{a['read']:,} records read = {a['written']:,} written + {gone}{created}\n" in said


def test_run_over_a_running_server(harmonizer, world, outputs: Path, tmp_path: Path) -> None:
    arguments = ("-o", tmp_path, "--server", world.harmonizer.target, *SET)
    assert harmonizer("run", SAMPLES / "conditions.csv", *arguments).returncode == 0
    for path in (outputs / "conditions").iterdir():
        assert (tmp_path / "conditions" / path.name).read_bytes() == path.read_bytes()


def test_a_pipe_through_run(harmonizer, outputs: Path, tmp_path: Path) -> None:
    data, clean = sample("patients.csv"), (outputs / "patients" / "clean.csv").read_bytes()
    done = harmonizer("run", "-", *SET, stdin=data)
    assert done.returncode == 0
    assert done.stdout == clean
    assert f"{PLANTED['patients.csv']['accounting']['read']} records read" in done.stderr.decode()
    assert harmonizer("run", SAMPLES / "patients.csv", "-o", "-", "--quiet", *SET).stdout == clean
    lines = harmonizer("run", "-", "--format", "ndjson", "--quiet", *SET, stdin=data).stdout.splitlines()
    assert len(lines) == PLANTED["patients.csv"]["accounting"]["written"]
    assert json.loads(lines[0])["record_status"] in {"ok", "error"}
    assert harmonizer("run", "-", "-o", tmp_path / "o", stdin=data).returncode == 0
    assert {p.name for p in (tmp_path / "o" / "stdin").iterdir()} == SIX


def test_usage_is_2(harmonizer, tmp_path: Path) -> None:
    path = SAMPLES / "patients.csv"
    assert "-o" in refused(harmonizer("run", path), 2)
    assert "colour" in refused(harmonizer("run", path, "-o", tmp_path, "--set", "colour=red"), 2)
    assert "skip_rows" in refused(harmonizer("run", path, "-o", tmp_path, "--set", "skip_rows=many"), 2)
    assert "entity" in refused(harmonizer("run", path, "-o", tmp_path, "--entity", "horse"), 2)
    assert not list(tmp_path.iterdir())


BAD = {
    "empty.csv": (b"", "empty"),
    "quote.csv": (b'a,b\n1,"x\n', "line 2"),
    "nul.csv": (b"a,b\n1,\x00\x01\x02\n", ""),
    "cut.csv.gz": (gzip.compress(b"a,b\n1,2\n" * 500, mtime=0)[:-9], ""),
    "bomb.csv.gz": (gzip.compress(b"a,b\n" + b"1,2\n" * 8_000_000, mtime=0), "HARMONIZERD_MAX"),
    "a.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "PDF"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_3_with_a_reason(harmonizer, world, tmp_path: Path, name: str) -> None:
    content, word = BAD[name]
    (tmp_path / name).write_bytes(content)
    good = SAMPLES / "clinic_survey.csv"
    server = ("--server", world.harmonizer.target)
    done = harmonizer("run", tmp_path / name, good, "-o", tmp_path / "o", *server)
    if name == "nul.csv":  # Bytes that are no text are refused or read as replaced characters, never lost.
        assert done.returncode in {0, 3}
    else:
        said = refused(done, 3)
        assert f"{name}: refused: " in said
        assert word in said
        assert re.search(r"\[[A-Z_]+\]", said)
        assert not (tmp_path / "o" / stem(name)).exists()
    assert (tmp_path / "o" / "clinic_survey" / "manifest.json").exists()
    assert not list((tmp_path / "o").glob(".*"))


def test_a_directory_and_a_file_that_is_not_there_are_3(harmonizer, world, tmp_path: Path) -> None:
    server = ("--server", world.harmonizer.target)
    assert "directory" in refused(harmonizer("run", tmp_path, "-o", tmp_path / "o", *server), 3)
    assert "no such file" in refused(harmonizer("run", tmp_path / "gone.csv", "-o", tmp_path / "o", *server), 3)


def test_no_service_is_4(harmonizer, tmp_path: Path) -> None:
    path, nobody = SAMPLES / "patients.csv", f"127.0.0.1:{free_port()}"
    assert "unavailable" in refused(harmonizer("run", path, "-o", tmp_path / "o", "--server", nobody), 4)
    missing = refused(harmonizer("run", path, "-o", tmp_path / "o", HARMONIZERD_BIN="/nowhere"), 4)
    assert "HARMONIZERD_BIN" in missing
    assert refused(harmonizer("submit", path, "--server", nobody), 4)
    assert not (tmp_path / "o").exists()


def test_an_interrupted_run_is_130_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_bytes(many_labs(300_000))
    words = [str(SCRIPT), "run", "large.csv", "-o", "o"]
    process = subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
    )
    until(lambda: list(tmp_path.glob("o/.*.partial")) or process.poll() is not None, 60, "the run has begun")
    assert process.poll() is None
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert not list(tmp_path.glob("o/*"))
    assert not list(tmp_path.glob("o/.*"))
    assert children
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 10, "its harmonizer is gone")


def test_submit_watch_get(harmonizer, world, outputs: Path, tmp_path: Path) -> None:
    server = ("--server", f"127.0.0.1:{world.gateway.port}")
    done = harmonizer("submit", SAMPLES / "lab_results.csv", *SET, *server)
    assert done.returncode == 0, done.stderr
    job = done.stdout.decode().strip()
    watched = harmonizer("watch", job, *server)
    assert watched.returncode == 0
    a = PLANTED["lab_results.csv"]["accounting"]
    assert f"{a['read']} records read = {a['written']} written" in watched.stdout.decode()
    assert json.loads(harmonizer("get", job, "--json", *server).stdout)["id"] == job
    assert harmonizer("get", job, "-o", tmp_path, *server).returncode == 0
    for path in (outputs / "lab_results").iterdir():
        assert (tmp_path / "lab_results" / path.name).read_bytes() == path.read_bytes()
    assert (
        harmonizer("get", job, "clean.csv", "-o", "-", *server).stdout
        == (outputs / "lab_results" / "clean.csv").read_bytes()
    )
    piped = harmonizer("submit", "-", *server, stdin=b"").stdout.decode().strip()
    assert refused(harmonizer("watch", piped, *server), 3)


def test_inspect_entities_rules_version(harmonizer, world) -> None:
    server = ("--server", world.harmonizer.target)
    said = harmonizer("inspect", SAMPLES / "lab_results.csv", *server).stdout.decode()
    assert said.startswith("entity      lab_result")
    assert "windows-1252, comma delimiter, with a header, 2 rows before it" in said
    assert "day first" in said
    found = json.loads(harmonizer("inspect", "-", "--json", *server, stdin=SMALL).stdout)
    assert (found["entity"], found["records"]) == ("patient", "3")
    assert "birth_date" in harmonizer("entities", "patient", *server).stdout.decode()
    assert "STD-DATE-3" in harmonizer("rules", *server).stdout.decode()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in harmonizer("version").stdout.decode()


def test_help_lists_every_command(harmonizer) -> None:
    said = harmonizer("--help").stdout.decode()
    for name in ("run", "inspect", "up", "submit", "watch", "get", "entities", "rules", "version"):
        assert re.search(rf"^  {name} ", said, re.MULTILINE)


def test_up_serves_and_drains_both(harmonizer, tmp_path: Path) -> None:
    ports = [free_port() for _ in range(4)]
    names = ("--rest-port", "--jobs-port", "--engine-port", "--metrics-port")
    words = [str(SCRIPT), "up", "--data-dir", str(tmp_path / "data")]
    words += [word for pair in zip(names, map(str, ports), strict=True) for word in pair]
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen(words, stdout=out, stderr=err, cwd=tmp_path, env=environment())
    try:
        until(lambda: b"Ctrl-C" in (tmp_path / "out").read_bytes() or process.poll() is not None, 60, "up")
        assert process.poll() is None, (tmp_path / "err").read_text()
        server = ("--server", f"127.0.0.1:{ports[0]}")
        job = harmonizer("submit", SAMPLES / "patients.csv", *server).stdout.decode().strip()
        assert harmonizer("watch", job, *server).returncode == 0
        one = ("--server", f"127.0.0.1:{ports[2]}")
        assert harmonizer("run", "-", *one, stdin=SMALL).stdout.startswith(b"patient_id,")
        # What has begun is finished: the job of a file that takes a while, and its row.
        (tmp_path / "large.csv").write_bytes(many_labs(60_000))
        large = harmonizer("submit", tmp_path / "large.csv", *server).stdout.decode().strip()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, (tmp_path / "err").read_text()[-3000:]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert not any(map(listens, ports))
    with sqlite3.connect(tmp_path / "data" / "gateway.db") as db:
        assert dict(db.execute("select id, status from jobs"))[large] in {"completed", "queued", "processing"}
        assert dict(db.execute("select id, status from jobs"))[job] == "completed"
