"""What the sample data holds across its files is found when they are taken together, and no more of these rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.files import AS_OF, PLANTED, SAMPLES, identity, issues

README = SAMPLES.parent / "README.md"
RULES = {"VAL-REF-1", "VAL-DATE-2", "VAL-DATE-3", "VAL-DATE-5", "DED-2", "DED-3", "DED-4", "DED-5"}
TOLD = [
    (name, plant)
    for name, file in PLANTED.items()
    for plant in file["planted"] + file["together"]["planted"]
    if plant["rule"] in RULES
]


@pytest.fixture(scope="module")
def together(harmonizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `harmonizer run --together --match` makes of all sample files."""
    directory = tmp_path_factory.mktemp("together") / "o"
    paths = [SAMPLES / name for name in PLANTED]
    done = harmonizer("run", *paths, "--together", "--match", "-o", directory, "--set", f"as_of={AS_OF}", "--quiet")
    assert done.returncode == 0, done.stderr.decode()
    return directory


@pytest.fixture(scope="module")
def found(together: Path) -> list[dict[str, Any]]:
    """The issues of the rules that compare records."""
    return [i for i in issues((together / "issues.ndjson").read_bytes()) if i["rule_id"] in RULES]


def test_every_rule_that_compares_files_has_a_plant() -> None:
    across = {plant["rule"] for file in PLANTED.values() for plant in file["together"]["planted"]}
    assert across == RULES - {"DED-3", "DED-4"}
    assert {plant["rule"] for _, plant in TOLD} == RULES


@pytest.mark.parametrize("rule", sorted(RULES))
def test_errors_and_warnings_are_those_planted(found: list[dict[str, Any]], rule: str) -> None:
    wanted = {
        (name, number, plant["severity"], plant["column"] if rule.startswith("VAL") else "")
        for name, plant in TOLD
        if plant["rule"] == rule and not plant["aggregated"]
        for number in plant["records"]
    }
    came = {
        (i["file"], i["record_no"], i["severity"], i["source_column"] if rule.startswith("VAL") else "")
        for i in found
        if i["rule_id"] == rule and i["severity"] != "information"
    }
    assert came == wanted


def test_removed_and_superseded_records_are_those_planted(found: list[dict[str, Any]]) -> None:
    wanted = sorted((name, p["rule"], p["count"]) for name, p in TOLD if p["aggregated"])
    assert wanted == sorted((i["file"], i["rule_id"], i["count"]) for i in found if i["severity"] == "information")
    (removed,) = (i["message"] for i in found if i["file"] == "vitals_wide.csv")
    (plant,) = PLANTED["vitals_wide.csv"]["together"]["planted"]
    assert removed.startswith(f"record {plant['records'][0]} removed: duplicate_of record ")
    assert removed.endswith('of "vitals.csv"')


def test_pairs_are_matched_or_left_to_a_person_as_planted(together: Path) -> None:
    wanted = {
        number: plant["what"].partition(":")[0]
        for plant in PLANTED["patients.csv"]["together"]["planted"]
        for number in plant["records"]
    }
    pairs = [json.loads(line) for line in (together / "matches.ndjson").read_text().splitlines()]
    assert {pair["b"]["record_no"]: pair["class"] for pair in pairs} == wanted
    assert len(pairs) == len(wanted)
    assert set(wanted.values()) == {"match", "review"}


def test_the_accounts_are_exact(together: Path) -> None:
    report = json.loads((together / "report.json").read_text())
    accounts = {name: file["together"]["accounting"] for name, file in PLANTED.items()}
    assert [file["accounting"] for file in report["files"]] == list(accounts.values())
    assert all(map(identity, accounts.values()))
    for fate, count in report["accounting"].items():
        assert count == sum(account[fate] for account in accounts.values())


def test_the_readme_shows_these_numbers(harmonizer, tmp_path: Path) -> None:
    """In the order that a shell gives the names, and for the patients alone."""
    typed, shown = re.findall(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```$", README.read_text("utf-8"), re.M | re.S)[0]
    assert "run sample_data/*.csv --together" in typed
    said = harmonizer("run", *sorted(SAMPLES.glob("*.csv")), "--together", "-o", tmp_path / "run").stdout
    said += harmonizer("match", SAMPLES / "patients.csv", "-o", tmp_path / "match").stdout
    assert set(shown.splitlines()) <= set(said.decode().splitlines())
    assert shown
