"""The command `harmonizer run` as a process, with an engine of its own and with one that runs."""

import gzip
import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harmonizer_client.cli import exit_code
from harmonizer_client.cli.place import places, stem_of
from tests_client.conftest import CSV, command, engine_is_alive, until

SIX = {
    "clean.csv", "quarantine.csv", "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json",
}  # fmt: skip


def write(directory: Path, name: str, content: bytes = CSV) -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_becomes_a_folder_with_five_files_and_an_account(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "labs.csv.gz", gzip.compress(CSV))
    write(tmp_path, "labs.csv")
    done = harmonizer("run", "labs.csv", "-o", "out")
    assert (done.returncode, done.stderr) == (0, b"")
    assert {p.name for p in (tmp_path / "out" / "labs").iterdir()} == SIX
    text = done.stdout.decode()
    assert "labs.csv: patient" in text
    assert "3 records read = 2 written + 1 duplicates" in text
    assert "most often: STD-DATE-3 3 warnings" in text
    assert "score 90.0 %" in text
    assert "written to out/labs/" in text
    report = json.loads((tmp_path / "out" / "labs" / "report.json").read_text())
    assert report["accounting"]["read"] == 3


@pytest.mark.parametrize("kinds", [("clean", "report"), ("clean",)])
def test_artifacts_that_are_named_are_all_that_is_written(harmonizer, tmp_path: Path, kinds: tuple[str, ...]) -> None:
    write(tmp_path, "labs.csv")
    done = harmonizer("run", "labs.csv", "-o", "out", *(word for kind in kinds for word in ("--artifact", kind)))
    assert (done.returncode, done.stderr) == (0, b"")
    assert {p.name.partition(".")[0] for p in (tmp_path / "out" / "labs").iterdir()} == set(kinds)
    assert b"3 records read = 2 written + 1 duplicates" in done.stdout


def test_mixed_files_and_ndjson(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "m.csv", b"a\n!mixed\n")
    assert harmonizer("run", "m.csv", "-o", "out", "--format", "ndjson", "--quiet").stdout == b""
    names = {p.name for p in (tmp_path / "out" / "m").iterdir()}
    assert {"clean.ndjson", "clean.vital.ndjson"} < names


def test_two_files_of_one_name_do_not_overwrite_each_other(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "a/labs.csv")
    write(tmp_path, "b/labs.csv", b"x\n1\n")
    done = harmonizer("run", "a/labs.csv", "b/labs.csv", "-o", "out")
    assert done.returncode == 0
    assert (tmp_path / "out" / "labs" / "clean.csv").read_bytes().startswith(b"patient_id")
    assert (tmp_path / "out" / "labs-2" / "clean.csv").read_bytes().startswith(b"x,")
    assert b"out/labs-2/" in done.stdout


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/labs.csv", "labs.csv.gz", "LABS.tsv"], ["labs", "labs-2", "LABS-3"]),
        (["labs.csv", "x/labs.csv", "labs-2.csv"], ["labs", "labs-3", "labs-2"]),
        (["labs.2024.csv.zst", "labs.2024.txt"], ["labs.2024", "labs.2024-2"]),
        (["-", "stdin.csv"], ["stdin", "stdin-2"]),
        (["noext", "dir/..csv", ".csv"], ["noext", "input", "csv"]),
    ],
)
def test_places(paths: list[str], names: list[str]) -> None:
    assert places(paths) == names


def test_no_place_is_outside_its_directory() -> None:
    for path in ("..", "../..", ".", "/", "a/..", "..gz", "...csv.gz"):
        assert stem_of(path) not in ("", ".", "..")
        assert "/" not in stem_of(path)


def test_stdin_goes_to_stdout(harmonizer) -> None:
    for arguments in (("-",), ("-", "-o", "-")):
        done = harmonizer("run", *arguments, stdin=CSV)
        assert done.returncode == 0
        assert done.stdout == b"patient_id,first,record_no,record_status\n1,a,1,ok\n2,b,2,ok\n"
        assert b"standard input: patient" in done.stderr
        assert b"STD-DATE-3" in done.stderr


def test_stdin_goes_to_a_directory_and_a_file_to_stdout(harmonizer, tmp_path: Path) -> None:
    assert harmonizer("run", "-", "-o", "out", "--quiet", stdin=CSV).stdout == b""
    assert (tmp_path / "out" / "stdin" / "clean.csv").exists()
    done = harmonizer("run", write(tmp_path, "p.csv"), "-o", "-", "--quiet", "--format", "ndjson")
    assert json.loads(done.stdout.splitlines()[0])["first"] == "a"
    assert done.stderr == b""


def test_a_reader_that_goes_away_is_no_error_message(environment, tmp_path: Path) -> None:
    body = b"a\n" + b"".join(b"%d\n" % i for i in range(300_000))
    write(tmp_path, "big.csv", body)
    run = subprocess.Popen(
        command("run", "big.csv", "-o", "-", "--quiet"),
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None
    run.stdout.read(10)
    run.stdout.close()
    _, errors = run.communicate(timeout=30)
    assert (run.returncode, errors) == (141, b"")
    assert not engine_is_alive(tmp_path)


USAGE = {
    "no path": (["run", "-o", "out"], b"PATH"),
    "no -o": (["run", "p.csv"], b"-o DIR"),
    "two to stdout": (["run", "p.csv", "p.csv", "-o", "-"], b"one input"),
    "stdin twice": (["run", "-", "-", "-o", "out"], b"once"),
    "artifacts to stdout": (["run", "p.csv", "-o", "-", "--artifact", "issues"], b"-o DIR"),
    "-o is a file": (["run", "p.csv", "-o", "p.csv"], b"not a directory"),
    "unknown option": (["run", "p.csv", "-o", "out", "--frobnicate"], b"--frobnicate"),
    "unknown key": (["run", "p.csv", "-o", "out", "--set", "date_ordr=DMY"], b"did you mean date_order"),
    "wrong type": (["run", "p.csv", "-o", "out", "--set", "skip_rows=x"], b"skip_rows is a whole number"),
    "wrong entity": (["run", "p.csv", "-o", "out", "--entity", "pateint"], b"did you mean patient"),
    "entity twice": (["run", "p.csv", "-o", "out", "--entity", "vital", "--set", "entity=patient"], b"twice"),
    "wrong operation": (["run", "p.csv", "-o", "out", "--operation", "harmonise"], b"harmonize"),
    "unknown command": (["rum"], b"rum"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_is_2_and_starts_nothing(harmonizer, tmp_path: Path, case: str) -> None:
    write(tmp_path, "p.csv")
    arguments, said = USAGE[case]
    done = harmonizer(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr
    assert not (tmp_path / "engine.pid").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("word", ["!later", "!field"])
def test_an_option_the_service_does_not_take_is_2(harmonizer, tmp_path: Path, word: str) -> None:
    write(tmp_path, "p.csv", b"a\n" + word.encode() + b"\n")
    assert harmonizer("run", "p.csv", "-o", "out").returncode == 2


def test_a_refused_input_is_3_and_the_others_are_done(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "bad.csv", b"a\n!refuse\n")
    write(tmp_path, "big.csv", b"a\n!bound\n")
    write(tmp_path, "good.csv")
    (tmp_path / "dir").mkdir()
    done = harmonizer("run", "bad.csv", "dir", "gone.csv", "big.csv", "good.csv", "-o", "out")
    assert done.returncode == 3
    text = done.stderr.decode()
    assert (
        "bad.csv: refused: line 2 (byte 10): quote is never closed; close it or set delimiter [UNCLOSED_QUOTE]" in text
    )
    assert "--set delimiter=" in text
    assert "dir is a directory" in text
    assert "gone.csv: there is no such file" in text
    assert "HARMONIZERD_MAX_COLUMNS" in text
    assert sorted(os.listdir(tmp_path / "out")) == ["good"]


def test_no_service_is_4(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "p.csv")
    write(tmp_path, "q.csv")
    done = harmonizer("run", "p.csv", "q.csv", "-o", "out", "--server", "127.0.0.1:1")
    assert done.returncode == 4
    assert b"service unavailable" in done.stderr
    assert b"not done: q.csv" in done.stderr
    assert not (tmp_path / "out").exists()


def test_no_engine_is_4_and_says_where_it_was_looked_for(harmonizer, tmp_path: Path, monkeypatch) -> None:
    write(tmp_path, "p.csv")
    named = harmonizer("run", "p.csv", "-o", "out", HARMONIZERD_BIN=str(tmp_path / "none"))
    assert named.returncode == 4
    assert b"HARMONIZERD_BIN" in named.stderr
    fails = harmonizer("run", "p.csv", "-o", "out", FAKE_ENGINE_FAILS="1")
    assert fails.returncode == 4
    assert b"cannot make the scratch directory" in fails.stderr
    monkeypatch.setenv("HARMONIZERD_BIN", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("harmonizer_client.process.NAME", "no-such-engine")
    assert exit_code(["run", str(tmp_path / "p.csv"), "-o", str(tmp_path / "out")]) == 4


def test_a_program_that_is_no_engine_is_4(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "p.csv")
    silent = write(tmp_path, "silent", b"#!/bin/sh\necho hello\nsleep 5\n")
    silent.chmod(0o755)
    done = harmonizer("run", "p.csv", "-o", "out", HARMONIZERD_BIN=str(silent))
    assert done.returncode == 4
    assert b"did not say where it listens" in done.stderr


def test_an_engine_that_dies_is_4_and_nothing_half_is_left(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "p.csv", b"a\n!die\n" + b"x\n" * 150_000)
    done = harmonizer("run", "p.csv", "-o", "out")
    assert done.returncode == 4
    assert b"p.csv: service unavailable" in done.stderr
    assert os.listdir(tmp_path / "out") == []


def test_the_files_after_one_that_crashed_a_private_engine_are_done(harmonizer, tmp_path: Path) -> None:
    for name in ("a.csv", "d.csv"):
        write(tmp_path, name)
    for name in ("b.csv", "c.csv"):
        write(tmp_path, name, b"a\n!die\n" + b"x\n" * 150_000)
    done = harmonizer("run", "a.csv", "b.csv", "c.csv", "d.csv", "-o", "out")
    assert done.returncode == 4
    text = done.stderr.decode()
    assert ("b.csv: service unavailable" in text, "c.csv: service unavailable" in text) == (True, True)
    assert "not done" not in text
    assert sorted(os.listdir(tmp_path / "out")) == ["a", "d"]


def test_what_is_left_is_named_where_the_engine_does_not_start_again(harmonizer, program, tmp_path: Path) -> None:
    write(tmp_path, "p.csv", b"a\n!die\n" + b"x\n" * 150_000)
    write(tmp_path, "q.csv")
    program.write_text(program.read_text().replace("exec", f'rm -f "{program}"; exec'))
    done = harmonizer("run", "p.csv", "q.csv", "-o", "out")
    assert done.returncode == 4
    assert b"p.csv: service unavailable" in done.stderr
    assert b"not done: q.csv" in done.stderr
    assert os.listdir(tmp_path / "out") == []


def test_a_checked_file_is_not_said_to_be_written(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "p.csv")
    text = harmonizer("run", "p.csv", "-o", "out", "--operation", "validate").stdout.decode()
    assert "3 records read = 2 would be written + 1 duplicates" in text
    assert "only checked: issues and report are in out/p/" in text
    piped = harmonizer("run", "-", "--operation", "validate", stdin=CSV).stderr.decode()
    assert "2 would be written" in piped
    assert "only checked: -o DIR gets the issues and the report" in piped


def test_a_defect_of_the_service_is_1(harmonizer, tmp_path: Path) -> None:
    for word in (b"!internal", b"!damage", b"!nosummary"):
        write(tmp_path, "p.csv", b"a\n" + word + b"\n")
        assert harmonizer("run", "p.csv", "-o", "out").returncode == 1


def test_a_defect_is_told_with_the_last_words_of_a_private_engine(harmonizer, tmp_path: Path) -> None:
    write(tmp_path, "p.csv", b"a\n!internal\n")
    done = harmonizer("run", "p.csv", "-o", "out")
    assert b"p.csv: failed: internal error [INTERNAL]\n  its log ends with: rule DQ-6 does not hold\n" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
@pytest.mark.parametrize("source", ["file", "stdin"])
def test_an_interrupt_cleans_up(environment, tmp_path: Path, number: int, code: int, source: str) -> None:
    write(tmp_path, "slow.csv", b"a\n!slow\n")
    path = "slow.csv" if source == "file" else "-"
    run = subprocess.Popen(
        command("run", path, "-o", "out"),
        cwd=tmp_path, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    if source == "file":
        assert until(lambda: (tmp_path / "out").exists() and os.listdir(tmp_path / "out"), 20)
    else:  # Nothing is written there: the command waits for its input.
        assert until(lambda: (tmp_path / "engine.pid").exists(), 20)
        time.sleep(0.5)
    began = time.monotonic()
    run.send_signal(number)
    assert run.wait(10) == code
    assert time.monotonic() - began < 3
    _, errors = run.communicate()
    assert errors.decode().strip() in ("interrupted", "terminated")
    assert not (tmp_path / "out").exists() or os.listdir(tmp_path / "out") == []
    assert not engine_is_alive(tmp_path)


def test_a_killed_command_takes_its_engine_along(environment, tmp_path: Path) -> None:
    write(tmp_path, "slow.csv", b"a\n!slow\n")
    run = subprocess.Popen(command("run", "slow.csv", "-o", "out"), cwd=tmp_path, env=environment)
    assert until(lambda: (tmp_path / "out").exists(), 20)
    run.kill()
    run.wait()
    assert not engine_is_alive(tmp_path)


def test_a_running_server_is_used_and_left_alone(harmonizer, engine, tmp_path: Path) -> None:
    write(tmp_path, "p.csv")
    settings = ("--set", "date_order=DMY", "--set", "column_map.first=first_name", "--set", "quarantine=true")
    more = ("--entity", "patient", "--operation", "validate", "--format", "ndjson")
    assert harmonizer("run", "p.csv", "-o", "out", "--server", engine[0], *settings, *more).returncode == 0
    assert not (tmp_path / "engine.pid").exists()
    (spec,) = engine[1].specs
    assert (spec.file_name, spec.size_bytes, spec.operation, spec.output_format) == ("p.csv", len(CSV), 2, 2)
    assert (spec.options.entity, spec.options.date_order, spec.options.quarantine) == ("patient", 2, True)
    assert dict(spec.options.column_map) == {"first": "first_name"}
    assert not spec.records


def test_a_terminal_sees_a_bar_and_then_the_account(environment, tmp_path: Path) -> None:
    write(tmp_path, "slow.csv", b"a\n!slow\n")
    master, slave = pty.openpty()
    run = subprocess.Popen(
        command("run", "slow.csv", "-o", "out"), cwd=tmp_path, env=environment, stdout=slave, stderr=slave
    )
    os.close(slave)
    seen, end = b"", time.monotonic() + 20
    while b"MB/s" not in seen and time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            seen += os.read(master, 4096)
    run.send_signal(signal.SIGINT)
    assert run.wait(10) == 130
    os.close(master)
    assert b"slow.csv" in seen
    assert b"records/s" in seen


def test_lines_are_plain_where_there_is_no_terminal(environment, tmp_path: Path) -> None:
    write(tmp_path, "slow.csv", b"a\n!slow\n")
    run = subprocess.Popen(
        command("run", "slow.csv", "-o", "out"), cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    )
    assert run.stderr is not None
    line = run.stderr.readline()
    run.send_signal(signal.SIGINT)
    run.wait(10)
    run.stderr.close()
    assert line.startswith(b"slow.csv:  50%  standardizing  ")
    assert b"\x1b" not in line
