"""Options from dicts and from key=value, every type, every mistake."""

import pytest

from harmonizer.v1 import options_pb2
from harmonizer_client import InvalidOption, Options, parse_settings
from harmonizer_client.options import FIELDS, describe_options, to_options
from harmonizer_client.spec import make_spec

GOOD = {
    "quarantine=true": ("quarantine", True),
    "quarantine=FALSE": ("quarantine", False),
    "spreadsheet_safe=false": ("spreadsheet_safe", False),
    "skip_rows=3": ("skip_rows", 3),
    "skip_rows=0": ("skip_rows", 0),
    "date_order=DMY": ("date_order", options_pb2.DATE_ORDER_DMY),
    "date_order=mdy": ("date_order", options_pb2.DATE_ORDER_MDY),
    "date_order=DATE_ORDER_MDY": ("date_order", options_pb2.DATE_ORDER_MDY),
    "dedup_policy=keep_first": ("dedup_policy", options_pb2.DEDUP_POLICY_KEEP_FIRST),
    "evidence_scope=prefix": ("evidence_scope", options_pb2.EVIDENCE_SCOPE_PREFIX),
    "as_of=2024-02-29": ("as_of", "2024-02-29"),
    "source_system=a=b": ("source_system", "a=b"),
    "delimiter=tab": ("delimiter", "\t"),
    "delimiter=\\t": ("delimiter", "\t"),
    "delimiter=;": ("delimiter", ";"),
    "decimal_mark=,": ("decimal_mark", ","),
    "entity=patient": ("entity", "patient"),
    "encoding=": ("encoding", ""),
}


@pytest.mark.parametrize("setting", GOOD)
def test_settings_take_the_type_of_the_contract(setting: str) -> None:
    name, value = GOOD[setting]
    assert getattr(parse_settings([setting]), name) == value


def test_optional_fields_are_set_even_to_their_zero() -> None:
    options = parse_settings(["skip_rows=0", "header=false"])
    assert options.HasField("skip_rows")
    assert options.HasField("header")
    assert not options.HasField("spreadsheet_safe")


def test_maps_take_what_stands_after_the_first_dot() -> None:
    settings = ["column_map.Date of.Birth=birth_date", "column_map.junk=", "date_order.birth_date=DMY"]
    options = parse_settings([*settings, "column_date_order.death_date=MDY"])
    assert dict(options.column_map) == {"Date of.Birth": "birth_date", "junk": ""}
    assert dict(options.column_date_order) == {"birth_date": 2, "death_date": 1}


def test_the_later_setting_wins() -> None:
    assert parse_settings(["as_of=2024-01-01", "as_of=2025-01-01"]).as_of == "2025-01-01"


BAD = {
    "quarantin=true": "quarantin.*did you mean quarantine",
    "dat_order=DMY": "dat_order.*date_order",
    "zzz=1": "no option 'zzz'$",
    "quarantine": "key=value",
    "quarantine=yes": "quarantine is true or false",
    "quarantine=1": "quarantine is true or false",
    "skip_rows=three": "skip_rows is a whole number from 0 to 1000000",
    "skip_rows=1.5": "skip_rows is a whole number",
    "skip_rows=-1": "skip_rows is from 0",
    "skip_rows=1000001": "skip_rows is from 0 to 1000000",
    "date_order=YMD": "date_order is one of MDY, DMY",
    "date_order=2": "date_order is one of",
    "date_order=UNSPECIFIED": "date_order is one of",
    "date_order.birth_date=x": "column_date_order.birth_date is one of MDY, DMY",
    "dedup_policy=first": "dedup_policy is one of report, keep_first",
    "column_map=birth_date": "column_map is a map: write it as column_map.<name>=<value>",
    "column_map.=x": "column_map.*name is missing",
    "quarantine.x=true": "quarantine is no map",
    "as_of=yesterday": "as_of is written like 2024-12-31",
    "default_country=usa": "default_country is written like US",
    "entity=patients": "entity is one of.*did you mean patient",
    "delimiter=x": "delimiter is one of",
    "sex_coding=02": "sex_coding is one of iso5218, 01",
    "source_system=" + "x" * 129: "source_system is at most 128",
    "=1": "no option ''",
    "column_types.a=number": "column_types stands in a mapping file: --mapping",
}


@pytest.mark.parametrize("setting", BAD)
def test_a_bad_setting_is_named(setting: str) -> None:
    with pytest.raises(InvalidOption, match=BAD[setting]):
        parse_settings([setting])


def test_a_dict_is_typed_and_none_is_left_out() -> None:
    plain = {"quarantine": True, "header": None, "skip_rows": 2, "date_order": 2}
    options = to_options({**plain, "column_map": {"a": "b"}})
    assert (options.quarantine, options.skip_rows, options.date_order) == (True, 2, 2)
    assert dict(options.column_map) == {"a": "b"}
    assert not options.HasField("header")


def test_types_of_columns_are_dicts_of_their_own() -> None:
    red = {"red": ["r", "rd"], "blue": []}
    types = {"a": {"kind": "number", "strip": ["oz"], "decimal_mark": None}, "b": {"kind": "enum", "words": red}}
    options = to_options({"column_types": types, "source_priority": ["a.csv", "b.csv"]})
    assert options.column_types["a"].kind == options_pb2.COLUMN_KIND_NUMBER
    assert list(options.column_types["a"].strip) == ["oz"]
    assert {token: list(w.words) for token, w in options.column_types["b"].words.items()} == red
    assert list(options.source_priority) == ["a.csv", "b.csv"]
    assert list(parse_settings(["source_priority=a.csv,b.csv"]).source_priority) == ["a.csv", "b.csv"]


WRONG_TYPE: list[dict[str, object]] = [
    {"quarantine": "true"},
    {"quarantine": 1},
    {"skip_rows": "3"},
    {"skip_rows": True},
    {"as_of": 20240101},
    {"column_map": "x"},
    {"column_map": {1: "x"}},
    {"column_map": {"a": 1}},
    {"date_order": True},
    {"date_order": 9},
    {"source_priority": "a.csv"},
    {"source_priority": [1]},
    {"column_types": {"a": "number"}},
    {"column_types": {"a": {"kind": "nummber"}}},
    {"column_types": {"a": {"kin": "number"}}},
    {"column_types": {"a": {"kind": "number", "strip": "oz"}}},
    {"column_types": {"a": {"words": {"b": "c"}}}},
    {"column_types": {"": {"kind": "number"}}},
]


@pytest.mark.parametrize("bad", WRONG_TYPE)
def test_a_dict_with_the_wrong_type_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidOption, match=next(iter(bad))):
        to_options(bad)


def test_a_message_is_copied_and_the_entity_given_once() -> None:
    mine = Options(as_of="2024-01-01")
    assert to_options(mine, "vital").entity == "vital"
    assert mine.entity == ""
    with pytest.raises(InvalidOption, match="twice"):
        to_options({"entity": "patient"}, "vital")


def test_every_option_is_described_and_every_description_is_accepted() -> None:
    described = describe_options()
    assert len(described) == len(FIELDS) - 1  # column_types, which stands in a mapping file
    for line in described:
        key, _, words = line.partition("=")
        value = words.replace(" or ", "|").replace(",", "|").split("|")[0]
        made_up = {"<text>": "x", "<number>": "1"}
        parse_settings([f"{key.replace('<name>', 'x')}={made_up.get(value, value)}"])


@pytest.mark.parametrize("bad", [{"operation": "harmonise"}, {"output_format": "parquet"}, {"artifacts": ["reports"]}])
def test_words_of_the_spec_are_checked(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidOption, match=f"{next(iter(bad))} is one of"):
        make_spec(**bad)  # type: ignore[arg-type]
