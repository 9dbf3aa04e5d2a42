"""Small parts by themselves: ids, words, ranges, lines, options, settings, forms."""

import asyncio
import csv
import io
import json
import logging
import os
import uuid

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from gateway import contract, options, paging, ranges
from gateway.engine import chunks
from gateway.errors import ValidationFailed
from gateway.ids import is_id, new_id
from gateway.logs import JsonFormatter
from gateway.results.lines import CsvRecords, split, unguarded
from gateway.settings import Settings, SettingsError, load
from harmonizer.v1 import harmonizer_service_pb2, job_service_pb2, options_pb2, record_pb2


def test_ids_are_uuids_of_version_7_in_order_of_time():
    ids = [new_id() for _ in range(100)]
    assert all(is_id(i) and uuid.UUID(i).version == 7 and uuid.UUID(i).variant == uuid.RFC_4122 for i in ids)
    assert len(set(ids)) == 100
    assert [i[:8] for i in ids] == sorted(i[:8] for i in ids)
    assert not is_id("../x")
    assert not is_id(new_id() + "\n")


def test_every_enum_of_the_contract_has_words_and_back():
    for module in (options_pb2, record_pb2, harmonizer_service_pb2, job_service_pb2):
        for enum in module.DESCRIPTOR.enum_types_by_name.values():
            words = contract.words(enum)
            assert len(words) == len(enum.values) - 1
            for word, number in words.items():
                assert word == word.lower()
                assert contract.word(enum, number) == word
                assert contract.number(enum, word, "x") == number
                assert contract.number(enum, enum.values_by_number[number].name, "x") == number
            assert contract.word(enum, 0) is None
    assert contract.words(job_service_pb2.JobStatus.DESCRIPTOR).keys() == {
        "queued", "processing", "completed", "failed", "cancelled", "cancelling",
    }  # fmt: skip


def test_a_message_is_rendered_whole_with_numbers_as_numbers():
    summary = harmonizer_service_pb2.HarmonizeSummary(input_bytes=2**40, score="1.0")
    got = contract.render(summary)
    assert set(got) == {f.name for f in summary.DESCRIPTOR.fields}
    assert (got["input_bytes"], got["accounting"], got["artifacts"]) == (2**40, None, [])
    json.dumps(got)


def test_options_go_round():
    given_options = {
        "entity": "lab_result", "column_map": {"A b": "patient_id", "c": ""}, "date_order": "mdy", "skip_rows": 0,
        "column_date_order": {"birth_date": "dmy"}, "header": False, "quarantine": True, "dedup_policy": "merge",
        "match": True, "match_model": "estimated", "source_priority": ["b.csv", "a,b.csv"],
        "column_types": {
            "ABV": {"kind": "number", "strip": ["%"], "decimal_mark": ","},
            "seen": {"kind": "date", "date_order": "dmy", "missing": ["-"]},
            "kind": {"kind": "enum", "words": {"yes": {"words": ["ja", "j"]}, "no": {"words": ["nein"]}}},
            "code": {"kind": "code", "system": "LOINC"},
        },
    }  # fmt: skip
    parsed = options.from_json(given_options)
    assert contract.render(parsed, only_set=True) == given_options
    assert options.from_json(json_format.MessageToDict(parsed)) == parsed
    assert options.from_json(json_format.MessageToDict(parsed, preserving_proto_field_name=True)) == parsed
    assert options.parse("") == options.from_json(None) == options_pb2.Options()


KINDS = list(contract.words(options_pb2.ColumnKind.DESCRIPTOR))
TYPES = st.fixed_dictionaries(
    {"kind": st.sampled_from(KINDS)},
    optional={
        "strip": st.lists(st.text("%ozU ", min_size=1, max_size=4), min_size=1, max_size=3),
        "date_order": st.sampled_from(["mdy", "dmy"]),
        "words": st.dictionaries(st.text("ab", min_size=1), st.just({"words": ["x"]}), min_size=1, max_size=2),
    },
)


@given(st.dictionaries(st.text("aB _-ä", min_size=1, max_size=8), TYPES, min_size=1, max_size=4))
def test_types_of_columns_go_round_under_any_header(types):
    parsed = options.from_json({"column_types": types})
    assert contract.render(parsed, only_set=True) == {"column_types": types}
    assert options.from_json(contract.render(parsed)) == parsed


@pytest.mark.parametrize(
    ("types", "field"),
    [
        ({"CANARY": {"kind": "CANARY"}}, "options.column_types"),
        ({"CANARY": "CANARY"}, "options.column_types"),
        ({"CANARY": {"CANARY": 1}}, "options.column_types"),
        ({"CANARY": {}}, "options.column_types.kind"),
        ({"CANARY": {"kind": "code", "system": "CANARY"}}, "options.column_types.system"),
    ],
)
def test_a_wrong_type_of_a_column_is_named_without_its_header(types, field):
    with pytest.raises(ValidationFailed) as caught:
        options.from_json({"column_types": types})
    assert [error["field"] for error in caught.value.errors] == [field]
    assert "CANARY" not in f"{caught.value.detail}{caught.value.errors}"


@given(st.binary(max_size=60), st.text("0123456789-,= bytes", max_size=14))
def test_no_range_header_breaks_anything(data, header):
    try:
        span = ranges.span({"range": header}, len(data), '"x"')
    except ranges.RangeNotSatisfiable:
        return
    assert 0 <= span.start <= span.end <= len(data)
    assert span.partial or (span.start, span.end) == (0, len(data))


@given(st.text(max_size=60))
def test_a_name_in_a_header_is_only_a_name(name):
    header = ranges.attachment(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert "/" not in header
    assert "\\" not in header


CELLS = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6), st.integers(1, 9), st.integers(0, 5))
def test_csv_records_are_read_back_from_any_place(rows, size, skip):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["a", "b"], *rows])
    data = out.getvalue().encode()

    async def read(start: int, quoted: bool = True) -> list:
        async def pieces():
            for at in range(start, len(data), size):
                yield data[at : at + size]

        return [placed async for group in split(pieces(), start, quoted) for placed in group]

    header, *lines = asyncio.run(read(0))
    reader = CsvRecords(header[1])
    want = [{"a": unguarded(a), "b": unguarded(b)} for a, b in rows]
    assert reader.read(line for _, line in lines) == want
    assert header[0] + sum(len(line) + 1 for _, line in lines) == len(data)
    if skip < len(lines):
        assert asyncio.run(read(lines[skip][0])) == lines[skip + 1 :]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("", None), ("'=1+1", "=1+1"), ("'-x", "-x"), ("'-5", "'-5"), ("'@a", "@a"), ("'", "'"), ("'a", "'a"),
     ("-5", "-5"),
     ("'＝1", "＝1"), ("'\tx", "\tx")],
)  # fmt: skip
def test_the_guard_of_sec_1_is_taken_off(cell, value):
    assert unguarded(cell) == value


@given(st.lists(st.binary(max_size=40)), st.integers(1, 20))
def test_chunks_keep_every_byte(pieces, size):
    async def collect() -> list[bytes]:
        async def source():
            for piece in pieces:
                yield piece

        return [chunk async for chunk in chunks(source(), size)]

    got = asyncio.run(collect())
    assert b"".join(got) == b"".join(pieces)
    assert all(chunk for chunk in got)


def test_page_tokens():
    token = paging.encode([5, "x"], "q")
    assert paging.decode(token, "q", int, str) == [5, "x"]
    for bad in (token[:-2], token + "A", "é", paging.encode([5], "q"), paging.encode([5, "x"], "other")):
        with pytest.raises(ValidationFailed):
            paging.decode(bad, "q", int, str)


@pytest.mark.parametrize(
    ("name", "value"),
    [("HOST", "0.0.0.0"), ("HOST", "192.0.2.1"), ("HOST", "example.org"), ("REST_PORT", "x"), ("REST_PORT", "70000"),
     ("WORKERS", "0"), ("LOG_LEVEL", "loud"), ("MAX_UPLOAD_BYTES", "-1")],
)  # fmt: skip
def test_a_bad_setting_names_itself(monkeypatch, name, value):
    monkeypatch.setenv(f"HARMONIZER_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert f"HARMONIZER_{name}" in str(caught.value)


def test_settings_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HARMONIZER_REST_PORT", "1234")
    monkeypatch.setenv("HARMONIZER_UNKNOWN", "is another program's")
    monkeypatch.setenv("HARMONIZER_GRPC_PORT", "")
    settings = load()
    assert (settings.rest_port, settings.grpc_port, settings.host) == (1234, 8090, "127.0.0.1")
    assert settings.data_dir == tmp_path / "harmonizer"
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/harmonizer/gateway.db"
    for host in ("localhost", "127.0.0.1", "::1"):
        assert Settings(host=host).is_loopback
    assert not Settings(host="0.0.0.0", allow_unauthenticated_bind=True).is_loopback


def test_a_log_line_holds_no_text_of_an_exception():
    try:
        int("CANARY")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "broke", (), __import__("sys").exc_info())
    record.job_id = "j"
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["exception"], line["job_id"]) == ("broke", "ValueError", "j")
    assert os.path.basename(__file__) in line["at"][0]
    assert "CANARY" not in json.dumps(line)
