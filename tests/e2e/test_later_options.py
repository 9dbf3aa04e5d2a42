"""What a later release brings is refused by both services alike: by the gateway before it makes a job of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from support.files import SMALL
from support.rest import Rest, problem
from support.world import World

from buf.validate import validate_pb2
from harmonizer.v1.options_pb2 import Options
from harmonizer_client import Client, HarmonizerError, Unimplemented

TEXTS = {"as_of": "2024-01-31", "default_country": "DE", "default_timezone": "Europe/Berlin", "source_system": "x"}
MAPS = {"column_map": {"note": ""}, "column_date_order": {"birth_date": "DATE_ORDER_DMY"}}
LATER = {"match", "deidentify", "lineage", "dedup_policy"}


def values(field: FieldDescriptor) -> Iterator[Any]:
    """Every value of an option that has few, one of an option that has many."""
    if field.enum_type is not None:
        yield from (value.name for value in field.enum_type.values)
    elif field.type == FieldDescriptor.TYPE_BOOL:
        yield from (False, True)
    elif field.type == FieldDescriptor.TYPE_INT32:
        yield 1
    elif field.name in MAPS:
        yield MAPS[field.name]
    elif words := getattr(field.GetOptions().Extensions[validate_pb2.field].string, "in"):
        yield from words
    else:
        yield TEXTS[field.name]


EACH = [(field.name, value) for field in Options.DESCRIPTOR.fields for value in values(field)]


def refused_by_harmonizer(client: Client, options: dict[str, Any]) -> str:
    """What the harmonizer says of options of a later release. Empty: it takes them, or refuses them otherwise."""
    message = Options(**options)
    try:
        client.harmonize(SMALL, options=message).wait()
    except Unimplemented as error:
        return str(error) if error.reason == "OPTION_NOT_IMPLEMENTED" else error.reason
    except HarmonizerError:
        return ""
    return ""


def refused_by_gateway(rest: Rest, upload_id: str, options: dict[str, Any]) -> str:
    """What the gateway says of them. Empty: it made a job."""
    answer = rest.post("/api/v1/jobs", json={"upload_id": upload_id, "options": options})
    if answer.status_code == 201:
        return ""
    return problem(answer, 501, "NOT_IMPLEMENTED", "OPTION_NOT_IMPLEMENTED")["detail"]


def test_both_refuse_the_same_options_in_the_same_words(world: World) -> None:
    upload_id = world.rest.post("/api/v1/uploads", content=SMALL).json()["id"]
    refused = set()
    with Client(world.harmonizer.target) as client:
        for name, value in EACH:
            ours = refused_by_gateway(world.rest, upload_id, {name: value})
            assert refused_by_harmonizer(client, {name: value}) == ours, name
            if ours:
                assert name in ours
                refused.add(name)
    assert refused == LATER


@pytest.mark.parametrize("name", sorted(LATER))
def test_no_way_in_takes_an_option_of_a_later_release(rest: Rest, name: str) -> None:
    asked = {"options": json.dumps({name: "merge" if name == "dedup_policy" else True})}
    for answer in (
        rest.post("/api/v1/jobs", files={"file": ("a.csv", SMALL)}, data=asked),
        rest.post("/api/v1/harmonize", params=asked, content=SMALL),
        rest.post("/api/v1/inspect", params=asked, content=SMALL),
    ):
        said = problem(answer, 501, "NOT_IMPLEMENTED", "OPTION_NOT_IMPLEMENTED")
        assert [error["field"] for error in said["errors"]] == [f"options.{name}"]
