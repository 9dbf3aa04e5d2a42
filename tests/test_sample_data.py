"""The sample files are what their generator writes, and hold what planted.json says they hold."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[1] / "sample_data"
PLANTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "planted.json").read_text("utf-8"))["files"]
LIMIT_BYTES = 60_000


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("samples")
    command = [sys.executable, str(SAMPLES / "generate.py"), str(directory)]
    subprocess.run(command, check=True, timeout=60)
    return directory


def unpacked(path: Path) -> bytes:
    """Content of a file; what gzip makes of the same content depends on the zlib build."""
    stored = path.read_bytes()
    return gzip.decompress(stored) if path.suffix == ".gz" else stored


@pytest.mark.parametrize("name", [*PLANTED, "planted.json", "README.md"])
def test_generator_writes_the_committed_bytes(fresh: Path, name: str) -> None:
    assert unpacked(fresh / name) == unpacked(SAMPLES / name), "run `make sample-data`"


def test_nothing_else_is_written(fresh: Path) -> None:
    assert {path.name for path in fresh.iterdir()} == {*PLANTED, "planted.json", "README.md"}


def test_gzip_header_names_no_time_file_or_system(fresh: Path) -> None:
    header = (fresh / "observations.csv.gz").read_bytes()[:10]
    assert header[:3] == b"\x1f\x8b\x08"
    assert (header[3], header[4:8], header[9]) == (0, bytes(4), 0xFF)


@pytest.mark.parametrize("name", PLANTED)
def test_records_are_counted_right(name: str) -> None:
    file = PLANTED[name]
    records = parse(name)
    assert len(unpacked(SAMPLES / name)) == file["size_bytes"] <= LIMIT_BYTES
    assert len(records) == file["accounting"]["read"]


@pytest.mark.parametrize("name", PLANTED)
def test_accounting_identity_holds(name: str) -> None:
    for count in (PLANTED[name]["accounting"], PLANTED[name]["together"]["accounting"]):
        gone = count["duplicates"] + count["quarantined"] + count["routed"]
        assert count["read"] == count["written"] + gone - count["created"]
        assert min(count.values()) >= 0
        assert count["written"] > 0


@pytest.mark.parametrize("name", PLANTED)
def test_each_plant_points_at_records_that_exist(name: str) -> None:
    read = PLANTED[name]["accounting"]["read"]
    for plant in PLANTED[name]["planted"] + PLANTED[name]["together"]["planted"]:
        assert plant["count"] == (len(plant["records"]) or plant["count"]) > 0
        assert all(1 <= number <= read for number in plant["records"])


@pytest.mark.parametrize("name", PLANTED)
def test_ragged_rows_are_ragged_and_no_others(name: str) -> None:
    """Counted with the standard library's parser, which knows nothing of the generator."""
    width = len(header(name))
    odd = {number for number, cells in enumerate(parse(name), 1) if len(cells) != width}
    said = [p for p in PLANTED[name]["planted"] if p["what"].startswith("ragged")]
    assert odd == {number for plant in said for number in plant["records"]}


REFERENCES = {
    "lab_results.csv": ("PAT_ID", "ENCOUNTER"),
    "vitals.csv": ("patient_id", "encounter_id"),
    "vitals_wide.csv": ("PatientID", "HadmID"),
    "medications.csv": ("patient_id", "encounter_id"),
    "encounters.csv": ("patient_id", "encounter_id"),
    "conditions.csv": ("PATIENT", "ENCOUNTER"),
    "imaging_studies.csv": ("PatientID", None),
    "observations.csv.gz": ("PATIENT", "ENCOUNTER"),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_what_a_record_names_is_on_file_unless_planted(name: str) -> None:
    """Looked up in the bytes of the files, which knows nothing of the generator."""
    missing = set()
    for column, known in zip(REFERENCES[name], (ids("patients.csv", 0), ids("encounters.csv", 0)), strict=True):
        if column:
            place = header(name).index(column)
            cells = [row[place] if len(row) == len(header(name)) else "" for row in parse(name)]
            missing |= {(column, n) for n, cell in enumerate(cells, 1) if cell not in known | {"", r"\N", "NULL"}}
    said = [plant for plant in PLANTED[name]["together"]["planted"] if plant["rule"] == "VAL-REF-1"]
    assert missing == {(plant["column"], number) for plant in said for number in plant["records"]}


def ids(name: str, place: int) -> set[str]:
    return {row[place] for row in parse(name) if len(row) == len(header(name))}


def rows(name: str) -> list[list[str]]:
    text = unpacked(SAMPLES / name).decode(PLANTED[name]["encoding"]).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=PLANTED[name]["delimiter"]))


def header(name: str) -> list[str]:
    return rows(name)[PLANTED[name]["preamble_lines"]]


def parse(name: str) -> list[list[str]]:
    return [cells for cells in rows(name)[PLANTED[name]["preamble_lines"] + 1 :] if cells]
