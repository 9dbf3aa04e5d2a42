"""Every option of the contract is taken by every way in, and those of this release do what they say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from support.files import OPTIONS, SIX, SMALL, identity
from support.rest import Rest, problem
from support.world import World

from buf.validate import validate_pb2
from harmonizer.v1.options_pb2 import Options
from harmonizer_client import Client, HarmonizerError, Unimplemented

HAVE_MANY: dict[str, Any] = {
    "as_of": "2024-01-31", "default_country": "DE", "default_timezone": "Europe/Berlin", "source_system": "x",
    "source_priority": ["a.csv"], "column_map": {"note": ""}, "column_date_order": {"birth_date": "DATE_ORDER_DMY"},
    "column_types": {"note": {"kind": "COLUMN_KIND_NUMBER", "strip": ["%"]}},
}  # fmt: skip
PEOPLE = (
    b"patient_id,first_name,last_name,birth_date,sex,phone,address_line1,zip,updated_at\n"
    b"P1,Jon,Ames,1980-02-29,M,,1 High St,02139,2020-01-01\n"
    b"P2,Bea,Burr,1975-12-31,F,617-555-0100,2 Low St,02139,2020-01-01\n"
    b"P1,Jonathan,Ames,1980-02-29,M,617-555-0199,1 High St,02139,2024-01-01\n"
    b"P9,Bea,Burr,1975-12-31,F,617-555-0100,2 Low St,02139,2021-01-01\n"
)
BEERS = b"beer,abv\nOne,5.0%\nTwo,4.7 %\nThree,n/a\n"


def values(field: FieldDescriptor) -> Iterator[Any]:
    """Every value of an option that has few, one of an option that has many."""
    if field.enum_type is not None:
        yield from (value.name for value in field.enum_type.values)
    elif field.type == FieldDescriptor.TYPE_BOOL:
        yield from (False, True)
    elif field.type == FieldDescriptor.TYPE_INT32:
        yield 1
    elif field.name in HAVE_MANY:
        yield HAVE_MANY[field.name]
    else:
        yield from getattr(field.GetOptions().Extensions[validate_pb2.field].string, "in")


EACH = [(field.name, value) for field in Options.DESCRIPTOR.fields for value in values(field)]


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def made(rest: Rest, data: bytes = PEOPLE, **options: Any) -> dict[str, bytes]:
    """The artifacts of a job with these options, by name."""
    job = rest.done(data, "people.csv", options=json.dumps(json.loads(OPTIONS) | options))
    assert identity(job["summary"]["accounting"])
    return {a["name"]: rest.artifact(job["id"], a["name"]) for a in job["artifacts"]}


def test_no_option_is_for_a_later_release(world: World) -> None:
    assert {name for name, _ in EACH} == {field.name for field in Options.DESCRIPTOR.fields}
    upload_id = world.rest.post("/api/v1/uploads", content=SMALL).json()["id"]
    with Client(world.harmonizer.target) as client:
        for name, value in EACH:
            answer = world.rest.post("/api/v1/jobs", json={"upload_id": upload_id, "options": {name: value}})
            assert answer.status_code == 201, (name, answer.text)
            try:
                client.harmonize(SMALL, options=Options(**{name: value})).wait()
            except Unimplemented:
                raise AssertionError(name) from None
            except HarmonizerError:
                continue  # Read as another encoding, the file may be none.


def test_lineage_tells_of_every_cell_that_changed(rest: Rest) -> None:
    files = made(rest, lineage=True)
    assert set(files) == SIX | {"lineage.ndjson"}
    lines = [json.loads(line) for line in files["lineage.ndjson"].splitlines()]
    told = {(line["record_no"], line["field"]): line for line in lines}
    clean = rows(files["clean.csv"])
    changed = {
        (int(row["record_no"]), field.removesuffix("_source"))
        for row in clean
        for field, cell in row.items()
        if field.endswith("_source") and cell
    }
    assert changed
    assert changed <= set(told)
    for row in clean:
        for field in (f for n, f in changed if n == int(row["record_no"])):
            line = told[int(row["record_no"]), field]
            assert (line["source_value"], line["output_value"]) == (row[f"{field}_source"], row[field])
            assert (line["file"], line["rules"][0]["rule_id"][:3]) == ("people.csv", "STD")


def test_match_explains_pairs_without_values_and_queues_reviews(rest: Rest) -> None:
    files = made(rest, match=True, match_model="fixed")
    assert set(files) == SIX | {"matches.ndjson", "review.csv"}
    pairs = [json.loads(line) for line in files["matches.ndjson"].splitlines()]
    assert ("match", 2, 4) in {(p["class"], p["a"]["record_no"], p["b"]["record_no"]) for p in pairs}
    assert not [text for text in (b"Bea", b"Burr", b"1975", b"Low St", b"P9") if text in files["matches.ndjson"]]
    reviews = [pair for pair in pairs if pair["class"] == "review"]
    assert len(rows(files["review.csv"])) == 2 * len(reviews)
    report = json.loads(files["report.json"])
    assert report["matching"]["matches"] + report["matching"]["reviews"] == len(pairs)
    assert report["matching"]["asked"] == "fixed"
    assert len(rows(files["clean.csv"])) == 4, "pairs are told; nothing is merged"


def test_merge_makes_one_record_of_those_with_one_key(rest: Rest) -> None:
    clean = rows(made(rest, dedup_policy="merge")["clean.csv"])
    assert [row["patient_id"] for row in clean] == ["P1", "P2", "P9"]
    assert (clean[0]["first_name"], clean[0]["phone"]) == ("Jonathan", "+16175550199")


def test_deidentified_records_name_nobody(rest: Rest) -> None:
    files = made(rest, deidentify=True)
    whole = b"".join(files.values())
    clean = rows(files["clean.csv"])
    assert len(clean) == 4
    assert not [text for text in (b"Jon", b"Ames", b"Burr", b"1980-02-29", b"555-0100", b"High St") if text in whole]
    answer = rest.post("/api/v1/harmonize", params={"options": '{"deidentify": true}'}, content=PEOPLE)
    assert answer.status_code == 200
    assert b"Ames" not in answer.content


def test_columns_have_the_types_that_are_declared(rest: Rest) -> None:
    types = {"abv": {"kind": "number", "strip": ["%"], "missing": ["n/a"]}}
    clean = rows(made(rest, BEERS, entity="generic", column_types=types)["clean.csv"])
    assert [row["abv"] for row in clean] == ["5", "4.7", ""] or [row["abv"] for row in clean] == ["5.0", "4.7", ""]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"match_model": "magic"}, "options.match_model"),
        ({"source_priority": "a.csv"}, "options.source_priority"),
        ({"source_priority": ["a"] * 101}, "options.source_priority"),
        ({"column_types": {"abv": {"kind": "magic"}}}, "options.column_types"),
        ({"column_types": {"abv": {"system": "LOINC"}}}, "options.column_types.kind"),
    ],
)
def test_what_they_cannot_be_is_named(rest: Rest, options: dict[str, Any], field: str) -> None:
    asked = {"options": json.dumps(options)}
    for answer in (
        rest.post("/api/v1/jobs", files={"file": ("a.csv", SMALL)}, data=asked),
        rest.post("/api/v1/harmonize", params=asked, content=SMALL),
        rest.post("/api/v1/inspect", params=asked, content=SMALL),
    ):
        said = problem(answer, 422, "VALIDATION_ERROR", "INVALID_OPTION")
        assert [error["field"] for error in said["errors"]] == [field]
