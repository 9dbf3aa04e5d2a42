"""`harmonizer run --terminology`: shape checks become membership checks, and everything says which tables were used."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

LABS = """patient_id,loinc_code,result_value,unit,collected_date
P1,2345-7,95,mg/dL,2024-01-02
P2,4548-4,6.1,%,2024-01-02
P3,2951-2,140,mmol/L,2024-01-02
P4,2951-3,140,mmol/L,2024-01-02
"""
LOINC = '"LOINC_NUM","COMPONENT","STATUS"\n"2345-7","-","ACTIVE"\n"4548-4","-","DEPRECATED"\n'


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A directory with a release of LOINC that has two codes."""
    release = tmp_path / "tables" / "Loinc_2.78"
    release.mkdir(parents=True)
    (release / "Loinc.csv").write_text(LOINC)
    (tmp_path / "labs.csv").write_text(LABS)
    return tmp_path / "tables"


def findings(directory: Path) -> dict[int, tuple[str, str]]:
    """Severity and message of VAL-LOINC-1 by record."""
    lines = (directory / "issues.ndjson").read_text().splitlines()
    issues = [json.loads(line) for line in lines]
    return {i["record_no"]: (i["severity"], i["message"]) for i in issues if i["rule_id"] == "VAL-LOINC-1"}


def test_codes_are_looked_up_in_the_user_s_tables(harmonizer, tables: Path, tmp_path: Path) -> None:
    for out, more in (("shape", ()), ("members", ("--terminology", "tables"))):
        done = harmonizer("run", "labs.csv", "-o", out, *more, cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
    shape = {4: ("error", "check digit does not match")}
    assert findings(tmp_path / "shape" / "labs") == shape
    assert findings(tmp_path / "members" / "labs") == shape | {
        2: ("warning", "deprecated in the loaded LOINC table"),
        3: ("error", "not a code of the loaded LOINC table"),
    }
    with (tmp_path / "members" / "labs" / "clean.csv").open(newline="") as clean:
        rows = list(csv.DictReader(clean))
    assert [row["loinc_code"] for row in rows] == ["2345-7", "4548-4", "2951-2", "2951-3"]
    assert [row["record_status"] for row in rows] == ["ok", "ok", "error", "error"]


def test_report_and_manifest_say_which_tables(harmonizer, tables: Path, tmp_path: Path) -> None:
    assert harmonizer("run", "labs.csv", "-o", "o", "--terminology", tables, cwd=tmp_path).returncode == 0
    used = {
        "LOINC": {
            "version": "2.78",
            "count": 2,
            "inactive": 1,
            "sha256": hashlib.sha256(LOINC.encode()).hexdigest(),
            "files": ["Loinc_2.78/Loinc.csv"],
        }
    }
    for name in ("report.json", "manifest.json"):
        content = (tmp_path / "o" / "labs" / name).read_text()
        assert json.loads(content)["parameters"]["terminology"] == used
        assert str(tmp_path) not in content


def test_a_directory_without_tables_is_4_with_a_reason(harmonizer, tables: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    none = harmonizer("run", "labs.csv", "-o", "o", "--terminology", "empty", cwd=tmp_path)
    assert none.returncode == 4
    assert "no code system is recognized in the directory" in none.stderr.decode()
    (tables / "codes.csv").write_text("system,code\nLOINC,GLU\n")
    damaged = harmonizer("run", "labs.csv", "-o", "o", "--terminology", tables, cwd=tmp_path)
    assert damaged.returncode == 4
    assert "HARMONIZERD_TERMINOLOGY: codes.csv: line 2: the code is not written as LOINC" in damaged.stderr.decode()
    assert not (tmp_path / "o").exists()


def test_a_harmonizer_that_runs_has_its_own(harmonizer, world, tables: Path, tmp_path: Path) -> None:
    server = ("--server", world.harmonizer.target)
    done = harmonizer("run", "labs.csv", "-o", "o", "--terminology", tables, *server, cwd=tmp_path)
    assert done.returncode == 2
    assert "--terminology is for a harmonizer that this command starts" in done.stderr.decode()
    assert not (tmp_path / "o").exists()
