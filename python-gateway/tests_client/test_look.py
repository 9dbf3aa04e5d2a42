"""The commands inspect, entities, rules, version and every --help."""

import json

import pytest

from harmonizer_client.cli import cli, exit_code
from tests_client.conftest import CSV


def test_inspect_shows_what_a_person_needs(harmonizer, tmp_path) -> None:
    (tmp_path / "p.csv").write_bytes(CSV)
    text = harmonizer("inspect", "p.csv").stdout.decode()
    assert "entity      patient  (scores: patient 7)" in text
    assert "utf-8, comma delimiter, with a header" in text
    assert "canonical name" in text
    assert "N/N/YYYY: day first  (3 day first, 0 month first, 0 undecided)" in text
    assert "MAP-5  no column for birth_date" in text
    found = json.loads(harmonizer("inspect", "-", "--json", stdin=CSV).stdout)
    assert found["columns"][0]["header"] == "patient_id"


def test_inspect_has_the_exit_codes_of_run(harmonizer, engine, tmp_path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"a\n!refuse\n")
    assert harmonizer("inspect", "bad.csv").returncode == 3
    assert harmonizer("inspect", "gone.csv").returncode == 3
    assert harmonizer("inspect", "bad.csv", "--set", "x=1").returncode == 2
    assert harmonizer("inspect", "bad.csv", "--server", "127.0.0.1:1").returncode == 4


def test_the_rule_book(engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["entities", "--server", engine[0]]) == 0
    assert "patient  1" in capsys.readouterr().out
    assert exit_code(["entities", "patient", "--server", engine[0], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entities"][0]["name"] == "patient"
    assert exit_code(["entities", "nobody", "--server", engine[0]]) == 2
    assert "no such entity" in capsys.readouterr().err
    assert exit_code(["rules", "--server", engine[0]]) == 0
    assert "STD-DATE-3  standardize  day or month first" in capsys.readouterr().out


def test_version(harmonizer) -> None:
    done = harmonizer("version", HARMONIZERD_BIN="/nowhere")
    assert done.returncode == 0
    assert b"harmonizer   0." in done.stdout
    assert b"harmonizerd  not found" in done.stdout
    assert b"gateway" not in done.stdout


def test_version_of_a_gateway_that_is_not_there(harmonizer) -> None:
    done = harmonizer("version", "--server", "127.0.0.1:1", HARMONIZERD_BIN="/nowhere")
    assert done.returncode == 4
    assert b"harmonizer   0." in done.stdout
    assert b"the gateway at http://127.0.0.1:1 does not answer" in done.stderr


@pytest.mark.parametrize("command", ["", *cli.commands])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert "Usage: harmonizer" in text
    assert "Exit codes" in text
    assert exit_code([*command.split(), "-h"]) == 0
