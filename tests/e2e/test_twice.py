"""Rule 0.10 from end to end: what was harmonized is harmonized again to the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.files import AS_OF, PLANTED, identity, stem
from support.rest import Rest

CLEAN = [(name, "clean.csv", PLANTED[name]["entity"]) for name in PLANTED] + [
    ("observations.csv.gz", "clean.vital.csv", "vital"),
    ("observations.csv.gz", "clean.generic.csv", "generic"),
]


@pytest.mark.parametrize(("name", "artifact", "entity"), CLEAN, ids=lambda word: word.split(".csv")[0])
def test_a_clean_file_does_not_change(rest: Rest, outputs: Path, name: str, artifact: str, entity: str) -> None:
    clean = (outputs / stem(name) / artifact).read_bytes()
    options = json.dumps({"as_of": AS_OF, "entity": entity})
    answer = rest.post("/api/v1/harmonize", content=clean, params={"options": options, "file_name": artifact})
    assert answer.status_code == 200, answer.text
    assert first_difference(clean, answer.content) is None


@pytest.mark.parametrize("name", PLANTED)
def test_a_second_job_has_nothing_left_to_do(rest: Rest, outputs: Path, name: str) -> None:
    """No record is removed, split or refused any more."""
    clean = (outputs / stem(name) / "clean.csv").read_bytes()
    options = json.dumps({"as_of": AS_OF, "entity": PLANTED[name]["entity"]})
    job = rest.done(clean, "clean.csv", options=options)
    accounting = job["summary"]["accounting"]
    assert identity(accounting)
    assert accounting["read"] == accounting["written"]


def first_difference(one: bytes, two: bytes) -> str | None:
    """Where two files differ, in words; None where they do not."""
    for number, (a, b) in enumerate(zip(one.split(b"\n"), two.split(b"\n"), strict=False), 1):
        if a != b:
            return f"line {number}: {a!r} became {b!r}"
    return None if one == two else f"{len(one)} bytes became {len(two)}"
