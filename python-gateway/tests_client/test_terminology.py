"""The directory with the user's code systems, on its way to a harmonizer that a command starts."""

import os
from pathlib import Path

import pytest

from harmonizer_client import ServiceUnavailable
from harmonizer_client.cli import exit_code
from harmonizer_client.process import Engine
from tests_client.test_process import LISTENS, shell

ANY_PORTS = [word for port in ("rest", "jobs", "engine", "metrics") for word in (f"--{port}-port", "0")]
# Writes down what it was told and ends.
TOLD = 'echo "$HARMONIZERD_TERMINOLOGY" > "{path}"; echo "HARMONIZERD_TERMINOLOGY: no code system" >&2; exit 1\n'


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stand-in for harmonizerd writes which directory it was told of; the tables are in tables/."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "labs.csv").write_bytes(b"a,b\n1,2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARMONIZERD_TERMINOLOGY", raising=False)
    monkeypatch.setenv("HARMONIZERD_BIN", str(shell(tmp_path, TOLD.format(path=tmp_path / "told"))))
    return tmp_path / "told"


def test_an_engine_is_told_of_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program = shell(tmp_path, f'echo "$HARMONIZERD_TERMINOLOGY" > "{tmp_path}/told"\n{LISTENS}cat\n')
    for given, want in (("tables", str(tmp_path / "tables")), (None, os.environ.get("HARMONIZERD_TERMINOLOGY", ""))):
        with Engine(program, terminology=given):
            assert (tmp_path / "told").read_text() == f"{want}\n"


def test_reading_great_tables_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harmonizer_client.process.START_SECONDS", 0.2)
    program = shell(tmp_path, f"sleep 0.8\n{LISTENS}cat\n")
    with Engine(program, terminology=tmp_path) as engine:
        assert engine.target == "127.0.0.1:5"
    with pytest.raises(ServiceUnavailable, match="said nothing"):
        Engine(program)


def test_run_tells_its_engine(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["run", "labs.csv", "-o", "out", "--terminology", "tables"]) == 4
    assert told.read_text() == f"{told.parent / 'tables'}\n"
    assert "HARMONIZERD_TERMINOLOGY: no code system" in capsys.readouterr().err


def test_up_tells_its_engine(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["up", *ANY_PORTS, "--terminology", "tables"]) == 4
    assert told.read_text() == f"{told.parent / 'tables'}\n"
    assert "harmonizerd did not start" in capsys.readouterr().err


def test_a_harmonizer_that_runs_has_its_own(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["run", "labs.csv", "-o", "out", "--server", "127.0.0.1:1", "--terminology", "tables"]) == 2
    said = capsys.readouterr().err
    assert "--terminology is for a harmonizer that this command starts" in said
    assert "HARMONIZERD_TERMINOLOGY" in said
    assert not told.exists()


@pytest.mark.parametrize("command", [["run", "labs.csv", "-o", "out"], ["up", *ANY_PORTS]])
def test_a_directory_that_is_not_there_is_2(told: Path, command: list[str]) -> None:
    assert exit_code([*command, "--terminology", "nowhere"]) == 2
    assert exit_code([*command, "--terminology", "labs.csv"]) == 2
    assert not told.exists()
