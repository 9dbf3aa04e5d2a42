"""Every fault that the sample data's ledger claims is found, at its records, and the account is exact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.files import PLANTED, identity, issues, stem
from support.rest import Rest

PLANTS = [(name, plant) for name, file in PLANTED.items() for plant in file["planted"]]


def label(case: Any) -> str:
    name, plant = case
    return f"{stem(name)}-{plant['rule']}-{plant['severity']}-{plant['what'][:30]}"


@pytest.fixture(scope="module")
def found(outputs: Path) -> dict[str, list[dict[str, Any]]]:
    """The issues of each file."""
    return {name: issues((outputs / stem(name) / "issues.ndjson").read_bytes()) for name in PLANTED}


def test_the_engine_knows_every_rule_planted(rest: Rest) -> None:
    rules = {rule["id"] for rule in rest.get("/api/v1/rules").json()["rules"]}
    together = {plant["rule"] for file in PLANTED.values() for plant in file["together"]["planted"]}
    assert {plant["rule"] for _, plant in PLANTS} | together <= rules


@pytest.mark.parametrize("name", PLANTED)
def test_the_account_is_exact(outputs: Path, name: str) -> None:
    report = json.loads((outputs / stem(name) / "report.json").read_text())
    wanted = PLANTED[name]
    assert report["entity"] == wanted["entity"]
    assert identity(report["accounting"])
    assert report["accounting"]["read"] == wanted["accounting"]["read"]
    assert report["accounting"] == wanted["accounting"]


@pytest.mark.parametrize("case", PLANTS, ids=label)
def test_what_was_planted_is_found(found: dict[str, list[dict[str, Any]]], case: tuple[str, dict[str, Any]]) -> None:
    name, plant = case
    matching = [issue for issue in found[name] if matches(issue, plant)]
    count = sum(issue["count"] for issue in matching)
    assert count >= plant["count"], f"{plant}: {len(matching)} issues, {count} together"
    if plant["records"] and not plant["aggregated"]:
        missing = set(plant["records"]) - {issue["record_no"] for issue in matching}
        assert not missing, f"{plant['rule']} says nothing of records {sorted(missing)}"
    elif not plant["records"]:
        assert {issue["record_no"] for issue in matching} == {None}


def matches(issue: dict[str, Any], plant: dict[str, Any]) -> bool:
    """Whether the issue may be the plant's. An issue about a record or a derived field names no source column."""
    return (issue["rule_id"], issue["severity"]) == (plant["rule"], plant["severity"]) and (
        issue["source_column"] in (plant["column"], None) or not plant["column"]
    )


@pytest.mark.parametrize("name", PLANTED)
def test_issue_records_are_those_of_the_rule_book(found: dict[str, list[dict[str, Any]]], name: str) -> None:
    """Rule 0.4: file findings first, E and W by record, I last; I aggregated, each once."""
    order = [rank(issue) for issue in found[name]]
    assert order == sorted(order)
    once = [
        tuple(issue[key] for key in ("rule_id", "entity", "source_column", "field", "outcome", "message", "record_no"))
        for issue in found[name]
        if issue["severity"] == "information"
    ]
    assert len(once) == len(set(once))
    for issue in found[name]:
        assert issue["count"] >= 1
        assert len(issue.get("record_nos") or ()) <= min(5, issue["count"])
        assert issue["file"] == name
        assert issue["record_no"] is None or 1 <= issue["record_no"] <= PLANTED[name]["accounting"]["read"]


def rank(issue: dict[str, Any]) -> tuple[int, int]:
    """The place of an issue. What is told once for many records stands with the information."""
    if issue["record_no"] is not None and issue["severity"] != "information":
        return 1, issue["record_no"]
    return (0 if issue["count"] == 1 and not issue.get("record_nos") and issue["severity"] != "information" else 2), 0


@pytest.mark.parametrize("name", PLANTED)
def test_the_report_counts_the_issues(outputs: Path, found: dict[str, list[dict[str, Any]]], name: str) -> None:
    report = json.loads((outputs / stem(name) / "report.json").read_text())
    counted = dict.fromkeys(("error", "warning", "information"), 0)
    for issue in found[name]:
        counted[issue["severity"]] += issue["count"]
    assert report["issues"] == counted
    assert set(report) >= {"entity", "accounting", "columns", "rules", "score"}
