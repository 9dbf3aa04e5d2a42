"""The commands over several files: run --together, submit --together, match, and the options that have a name."""

import json
from pathlib import Path

import pytest

from harmonizer_client import Summary
from harmonizer_client.cli import exit_code
from harmonizer_client.cli.account import account, between
from harmonizer_client.cli.given import MODELS, POLICIES
from harmonizer_client.progress import Accounting, FileSummary
from tests_client.conftest import CSV

OTHER = b"patient_id,first\n2,b\n3,c\n"
WHOLE = {
    "clean.patient.csv", "clean.patient.2.csv", "quarantine.csv", "issues.ndjson", "report.json", "manifest.json",
    "operation-outcome.json",
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").write_bytes(OTHER)
    return tmp_path


@pytest.fixture
def server(engine) -> list[str]:
    return ["--server", engine[0]]


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_together_is_one_run_with_one_report(here: Path, server, engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["run", "a.csv", "b.csv", "--together", "-o", "out", *server]) == 0
    assert names(here / "out") == WHOLE
    assert (here / "out" / "clean.patient.2.csv").read_text().splitlines()[1:] == ["3,c,2,ok"]
    assert json.loads((here / "out" / "report.json").read_text())["accounting"]["read"] == 5
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("2 files: ")
    assert "  a.csv: patient, 3 records read = 2 written + 1 duplicates" in said
    assert "  b.csv: patient, 2 records read = 1 written + 1 duplicates" in said
    assert "  together: 5 records read = 3 written + 2 duplicates" in said
    assert said[-1] == "  written to out/"
    assert [file.file_name for file in engine[1].files[-1]] == ["a.csv", "b.csv"]


def test_without_it_each_goes_by_itself(here: Path, server, engine) -> None:
    assert exit_code(["run", "a.csv", "b.csv", "-o", "out", "--quiet", *server]) == 0
    assert names(here / "out") == {"a", "b"}
    assert [len(files) for files in engine[1].files] == [1, 1]


def test_a_file_that_is_missing_leaves_nothing(here: Path, server, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["run", "a.csv", "gone.csv", "--together", "-o", "out", *server]) == 3
    assert "gone.csv: there is no such file" in capsys.readouterr().err
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "a.csv", "b.csv", "--together"], "-o DIR"),
        (["run", "-", "--together"], "-o DIR"),
        (["run", "-", "-", "--together", "-o", "out"], "once only"),
        (["run", "a.csv", "b.csv", "--together", "-o", "-"], "-o DIR for several"),
        (["run", "a.csv", "-o", "out", "--match-model", "magic"], "magic"),
        (["run", "a.csv", "-o", "out", "--dedup-policy", "all"], "all"),
        (["run", "a.csv", "-o", "out", "--source-priority", "a,b"], "comma"),
        (["match", "a.csv"], "--out"),
        (["match", "-", "-", "-o", "out"], "once only"),
        (["match", "a.csv", "-o", "a.csv"], "not a directory"),
        (["submit", "a.csv", "b.csv"], "--together"),
    ],
)
def test_wrong_usage_is_2(here: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(arguments) == 2
    assert words in capsys.readouterr().err
    assert not (here / "out").exists()


def test_options_have_names_of_their_own(here: Path, server, engine, capsys: pytest.CaptureFixture[str]) -> None:
    given = "--match --match-model fixed --deidentify --lineage --dedup-policy merge --source-priority b.csv"
    more = ["--source-priority", "a.csv", "--set", "quarantine=true"]
    assert exit_code(["run", "a.csv", "b.csv", "--together", "-o", "out", *given.split(), *more, *server]) == 0
    options = engine[1].specs[-1].options
    assert (options.match, options.match_model, options.deidentify, options.lineage) == (True, "fixed", True, True)
    assert options.dedup_policy == 4
    assert list(options.source_priority) == ["b.csv", "a.csv"]
    assert options.quarantine
    assert names(here / "out") == WHOLE | {"lineage.ndjson", "matches.ndjson", "review.csv"}
    said = capsys.readouterr().out
    assert "  matching: 3 pairs matched (2 persons with more than one record), 1 to review; 1,234 pairs" in said


def test_a_name_wins_over_a_setting(here: Path, server, engine) -> None:
    asked = ["--set", "match_model=auto", "--match-model", "fixed", "--set", "match=false", "--match"]
    assert exit_code(["run", "a.csv", "-o", "out", "--quiet", *asked, *server]) == 0
    assert (engine[1].specs[-1].options.match, engine[1].specs[-1].options.match_model) == (True, "fixed")


def test_the_choices_are_those_of_the_contract() -> None:
    assert MODELS == ["auto", "fixed", "estimated"]
    assert POLICIES == ["report", "keep_first", "most_complete", "merge"]


def test_match_writes_pairs_and_reviews(here: Path, server, engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["match", "a.csv", "b.csv", "-o", "out", "--model", "estimated", *server]) == 0
    assert names(here / "out") == {"matches.ndjson", "review.csv", "report.json", "manifest.json"}
    options = engine[1].specs[-1].options
    assert (options.entity, options.match, options.match_model) == ("patient", True, "estimated")
    assert len(engine[1].files[-1]) == 2
    said = capsys.readouterr().out.splitlines()
    assert (
        "  3 pairs matched (2 persons with more than one record), 1 to review; 1,234 pairs compared, fixed model"
        in said
    )
    assert any("review.csv holds patient values" in line for line in said)
    assert said[-1] == "  written to out/"
    assert exit_code(["match", "a.csv", "-o", "out", "--quiet", *server]) == 0
    assert capsys.readouterr().out == ""
    assert engine[1].specs[-1].options.match_model == "auto"


def test_match_reads_standard_input(harmonizer, tmp_path: Path) -> None:
    done = harmonizer("match", "-", "-o", "out", stdin=CSV)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"standard input: ")


def test_a_run_in_parts_is_seen_as_one(harmonizer, here: Path) -> None:
    """With an engine of its own; standard input may stand among the files."""
    done = harmonizer("run", "-", "b.csv", "--together", "-o", "out", "--format", "ndjson", stdin=CSV)
    assert done.returncode == 0, done.stderr
    assert {"clean.patient.ndjson", "clean.patient.2.ndjson"} < names(here / "out")
    refused = harmonizer("run", "a.csv", "-", "--together", "-o", "other", stdin=b"a\n!refuse\n")
    assert refused.returncode == 3
    assert b"2 files: refused" in refused.stderr
    assert not (here / "other").exists()


def summary(*files: FileSummary) -> Summary:
    total = Accounting(*(sum(getattr(f.accounting, name) for f in files) for name in Accounting.__slots__))
    return Summary("patient", total, 0, 0, 0, 0, None, "", 10, (), 5, "x", files)


def test_the_account_of_several_files_names_each() -> None:
    files = [FileSummary(f"{n}.csv", "vital", Accounting(n, n, 0, 0, 0, 0), 0, "", 1) for n in (1, 2)]
    text = account("2 files", summary(*files), {}, "validate", "end")
    assert "  1.csv: vital, 1 records read = 1 would be written" in text
    assert "  together: 3 records read = 3 would be written" in text
    one = account("1.csv", summary(files[0]), {}, "harmonize", "end")
    assert "together" not in one
    assert one.startswith("1.csv: patient, ")


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ([], []),
        ([{"rule_id": "VAL-REF-1", "num_denominator": 0, "num_violated": 0}], []),
        ([{"rule_id": "VAL-REF-1", "num_denominator": 9, "num_violated": 0, "status": "not_applicable"}], []),
        ([{"rule_id": "VAL-REF-1", "num_denominator": 1200, "num_violated": 0}],
         ["  references: 1,200 records looked up, none without what they name"]),
        ([{"rule_id": "VAL-REF-1", "num_denominator": 5, "num_violated": 2}] * 2 + [{"rule_id": "X"}],
         ["  references: 10 records looked up, 4 without what they name"]),
    ],
)  # fmt: skip
def test_references_are_told_where_any_were_looked_up(checks: list[dict], words: list[str]) -> None:
    assert between({"rules": checks}) == words


def test_an_output_that_cannot_be_written_is_named(here: Path, server, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "file").write_text("")
    assert exit_code(["run", "a.csv", "b.csv", "--together", "-o", "file/out", *server]) == 1
    assert "cannot be written" in capsys.readouterr().err
