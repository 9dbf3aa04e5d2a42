"""Mapping files over REST: parts, members and queries; the caller's options win; nothing of the file in an error."""

import json

import pytest
from running_gateway import PATIENTS

from harmonizer.v1.options_pb2 import COLUMN_KIND_NUMBER, DATE_ORDER_DMY

MAPPING = """
version: 1
entity: patient
parameters: {date_order: DMY, quarantine: true}
columns:
  nr: patient_id
  weight: {type: number, strip: [kg]}
"""


def fits(options) -> bool:
    return (
        dict(options.column_map) == {"nr": "patient_id"}
        and options.column_types["weight"].kind == COLUMN_KIND_NUMBER
        and options.date_order == DATE_ORDER_DMY
        and options.entity == "patient"
    )


async def test_a_job_of_a_form_shows_what_the_mapping_came_to(gw, fake):
    form = {"mapping": MAPPING, "options": '{"quarantine": false, "column_map": {"dob": "birth_date"}}'}
    answer = await gw.http.post("/api/v1/jobs", files={"file": ("p.csv", PATIENTS)}, data=form)
    assert answer.status_code == 201, answer.text
    options = answer.json()["options"]
    assert options["column_map"] == {"nr": "patient_id", "dob": "birth_date"}
    assert options["column_types"]["weight"]["strip"] == ["kg"]
    assert (options["date_order"], options["entity"]) == ("dmy", "patient")
    assert "quarantine" not in options
    assert "mapping" not in answer.json()


async def test_a_job_of_an_upload_takes_text_and_object(gw):
    upload = (await gw.http.post("/api/v1/uploads", content=PATIENTS, params={"file_name": "p.csv"})).json()
    known = {"version": 1, "columns": {"nr": "patient_id", "rest": None}}
    for mapping in (json.dumps(known), known, "version: 1\ncolumns: {nr: patient_id, rest: }"):
        given = {"upload_id": upload["id"], "mapping": mapping}
        answer = await gw.http.post("/api/v1/jobs", json=given)
        assert answer.status_code == 201, answer.text
        assert answer.json()["options"]["column_map"] == {"nr": "patient_id", "rest": ""}


async def test_inspect_and_the_pipe(gw, fake):
    upload = (await gw.http.post("/api/v1/uploads", content=PATIENTS, params={"file_name": "p.csv"})).json()
    form = [("mapping", (None, MAPPING)), ("file", ("p.csv", PATIENTS))]
    answers = [
        await gw.http.post("/api/v1/inspect", files=form),
        await gw.http.post("/api/v1/inspect", params={"mapping": MAPPING}, content=PATIENTS),
        await gw.http.post("/api/v1/inspect", json={"upload_id": upload["id"], "mapping": MAPPING}),
        await gw.http.post("/api/v1/harmonize", params={"mapping": MAPPING}, content=PATIENTS),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4, [answer.text for answer in answers]
    assert all(fits(spec.options) for spec in fake.specs)
    late = await gw.http.post("/api/v1/inspect", files=list(reversed(form)))
    assert (late.status_code, late.json()["errors"]) == (
        422,
        [{"field": "mapping", "message": "must stand before the file"}],
    )


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            "version: 1\ncolumns: {Jane Doe: {type: number, sekret: x}}",
            "line 2, column 36: does not go with type number",
        ),
        ("version: 1\ncolumns: {Jane Doe: x, Jane Doe: y}", "line 2, column 24: is there twice"),
        ("version: 9", "line 1, column 10: is not known"),
        ("#" * (1 << 20) + "#", "is longer than 1048576 bytes"),
    ],
)
async def test_a_wrong_mapping_is_refused_without_its_words(gw, mapping, message):
    answer = await gw.http.post("/api/v1/jobs", files={"file": ("p.csv", PATIENTS)}, data={"mapping": mapping})
    assert (answer.status_code, answer.json()["reason"]) == (422, "INVALID_MAPPING")
    assert answer.json()["errors"][0]["message"].startswith(message)
    assert "Jane" not in answer.text
    assert "sekret" not in answer.text
    assert await gw.gateway.blobs.keys() == []


async def test_a_mapping_of_the_wrong_type(gw):
    upload = (await gw.http.post("/api/v1/uploads", content=PATIENTS)).json()
    answer = await gw.http.post("/api/v1/jobs", json={"upload_id": upload["id"], "mapping": ["x"]})
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"field": "mapping", "message": "must be a text"}],
    )
