"""A private engine: found, started, heard and ended."""

import os
from pathlib import Path

import pytest

from harmonizer_client import ServiceUnavailable
from harmonizer_client.process import Engine, find_engine
from tests_client.conftest import open_files, until


def shell(directory: Path, text: str) -> Path:
    path = directory / "program"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def test_it_is_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = shell(tmp_path, "")
    assert find_engine({"HARMONIZERD_BIN": str(program)}) == program
    with pytest.raises(ServiceUnavailable, match="HARMONIZERD_BIN"):
        find_engine({"HARMONIZERD_BIN": str(tmp_path)})
    monkeypatch.setattr("harmonizer_client.process.NAME", "program")
    assert find_engine({"PATH": str(tmp_path)}) == program
    with pytest.raises(ServiceUnavailable, match=r"make build.*--server"):
        find_engine({"PATH": ""})


LISTENS = 'echo \'{"event":"listening","grpc":"127.0.0.1:5"}\'\n'


def test_what_it_died_of_is_found_above_its_stack(tmp_path: Path) -> None:
    crash = "echo 'panic: rules read each other' >&2; echo 'goroutine 1 [running]:' >&2; exit 2\n"
    with Engine(shell(tmp_path, LISTENS + crash)) as engine:
        assert engine.target == "127.0.0.1:5"
        assert until(lambda: engine.last_words())
        assert engine.last_words() == "panic: rules read each other"
    with Engine(shell(tmp_path, LISTENS + "echo first >&2; echo last >&2; cat\n")) as engine:
        assert until(lambda: engine.last_words() == "last")


def test_one_that_does_not_end_is_killed_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harmonizer_client.process.DRAIN_SECONDS", 0.2)
    files = open_files()
    engine = Engine(shell(tmp_path, f"trap '' TERM; echo $$ > {tmp_path}/pid\n{LISTENS}while :; do sleep 0.1; done\n"))
    pid = int((tmp_path / "pid").read_text())
    engine.stop()
    engine.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert open_files() == files


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo cannot listen >&2; exit 1\n", "cannot listen"),
        ("exit 3\n", "status 3"),
        ("echo '[]'\n", "did not say where"),
        ("sleep 60\n", "said nothing"),
    ],
)
def test_one_that_does_not_start_says_why(tmp_path: Path, monkeypatch, text: str, said: str) -> None:
    monkeypatch.setattr("harmonizer_client.process.START_SECONDS", 0.5)
    files = open_files()
    with pytest.raises(ServiceUnavailable, match=said):
        Engine(shell(tmp_path, text))
    assert open_files() == files


def test_a_program_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    path = shell(tmp_path, "")
    path.write_bytes(b"\x7fELF nonsense")
    with pytest.raises(ServiceUnavailable, match="cannot be started"):
        Engine(path)
