"""Mapping files: what they say, where they are wrong, and whose word counts."""

import re
from pathlib import Path

import pytest

from harmonizer.v1 import options_pb2
from harmonizer_mapping import MAX_BYTES, Mapping, MappingError, read

GOOD = """
version: 1
name: brewery export
entity: generic
parameters: {date_order: DMY, decimal_mark: ",", default_country: DE, encoding: windows-1252, delimiter: tab,
  skip_rows: 2, header: true, source_system: 007, sex_coding: iso5218, as_of: 2024-12-31, quarantine: false,
  column_date_order: {birth_date: mdy}, source_priority: [a.csv, b.csv], dedup_policy: keep_first}
columns:
  Patient No: patient_id
  Remarks: null
  no: "NO"
  ounces: {type: number, strip: [oz, "oz.", oz. Alumi-Tek]}
  kegs: {type: count, decimal_mark: ".", missing: n. b.}
  seen on: {type: date, order: DMY}
  colour: {type: enum, words: {red: [r, rd], blue: , 1: yes}}
  shade: {type: enum, words: [light, dark]}
  dx: {type: code, system: icd-10-cm}
"""


def options_of(text: str) -> options_pb2.Options:
    return read("version: 1\n" + text).options


def test_everything_that_a_file_can_say() -> None:
    mapping = read(GOOD, "m.yaml")
    options = mapping.options
    assert (mapping.name, options.entity, options.as_of, options.source_system) == (
        "brewery export", "generic", "2024-12-31", "007",
    )  # fmt: skip
    assert (options.delimiter, options.skip_rows, options.header, options.decimal_mark) == ("\t", 2, True, ",")
    assert dict(options.column_date_order) == {"birth_date": options_pb2.DATE_ORDER_MDY}
    assert list(options.source_priority) == ["a.csv", "b.csv"]
    assert dict(options.column_map) == {"Patient No": "patient_id", "Remarks": "", "no": "NO"}
    types = options.column_types
    assert list(types["ounces"].strip) == ["oz", "oz.", "oz. Alumi-Tek"]
    assert (types["kegs"].kind, types["kegs"].decimal_mark) == (options_pb2.COLUMN_KIND_COUNT, ".")
    assert list(types["kegs"].missing) == ["n. b."]
    assert types["seen on"].date_order == options_pb2.DATE_ORDER_DMY
    assert {token: list(w.words) for token, w in types["colour"].words.items()} == {
        "red": ["r", "rd"], "blue": [], "1": ["yes"],
    }  # fmt: skip
    assert sorted(types["shade"].words) == ["dark", "light"]
    assert types["dx"].system == "ICD-10-CM"


def test_json_is_taken_as_it_is() -> None:
    text = '{\n\t"version": 1,\n\t"columns": {"a b": {"type": "bool"}, "c": null, "d": "x\\u00e4/\\/"}\n}'
    options = read(text).options
    assert options.column_types["a b"].kind == options_pb2.COLUMN_KIND_BOOL
    assert dict(options.column_map) == {"c": "", "d": "xä//"}


@pytest.mark.parametrize("text", ["version: 1", "version: 1\ncolumns:\nparameters: {}\n", "\ufeffversion: 1\n"])
def test_a_file_may_say_nothing(text: str) -> None:
    assert read(text.encode()).options == options_pb2.Options()


WRONG = {
    "version: 2": ("1:10", "reads version 1"),
    'version: "one"': ("1:10", "reads version 1"),
    "name: x": ("1:1", "version is missing"),
    "": ("", "a mapping file is a table"),
    "[]": ("1:1", "a mapping file is a table"),
    "version: 1\nversion: 1": ("2:1", "version: is there twice; first on line 1"),
    "version: 1\ncolumns: {a: x, a: y}": ("2:17", "a: is there twice"),
    "version: 1\ncolumn: {}": ("2:1", "did you mean columns?"),
    "version: 1\nname: [x]": ("2:7", "is a text"),
    "version: 1\nentity: patints": ("2:9", "did you mean patient?"),
    "version: 1\nparameters: [x]": ("2:13", "is a table"),
    "version: 1\nparameters: {dat_order: DMY}": ("2:14", "is no parameter; did you mean date_order?"),
    "version: 1\nparameters: {date_order: YDM}": ("2:26", "is one of MDY, DMY"),
    "version: 1\nparameters: {header: yes}": ("2:22", "is true or false"),
    "version: 1\nparameters: {skip_rows: two}": ("2:25", "is a whole number"),
    "version: 1\nparameters: {skip_rows: --2}": ("2:25", "is a whole number"),
    "version: 1\nparameters: {skip_rows: -1}": ("2:25", "greater than or equal to 0"),
    "version: 1\nparameters: {skip_rows: 99999999999}": ("2:25", "is a whole number"),
    "version: 1\nparameters: {as_of: yesterday}": ("2:21", "is written like 2024-12-31"),
    "version: 1\nparameters: {decimal_mark: ;}": ("2:28", "is one of ., ,"),
    "version: 1\nparameters: {delimiter: }": ("2:25", "is empty"),
    "version: 1\nparameters: {column_map: {a: b}}": ("2:14", "stands in columns"),
    "version: 1\nparameters: {entity: patient}": ("2:14", "stands in entity"),
    "version: 1\nparameters: {column_date_order: DMY}": ("2:33", "is a table"),
    "version: 1\nparameters: {source_system: " + "x" * 129 + "}": ("2:29", "at most 128 characters"),
    "version: 1\ncolumns: {'': x}": ("2:11", "has no name"),
    "version: 1\ncolumns: {a: ''}": ("2:14", "null without quotes"),
    "version: 1\ncolumns: {a: [b]}": ("2:14", "is a field, null, or a table"),
    "version: 1\ncolumns: {a: {}}": ("2:14", "type is missing"),
    "version: 1\ncolumns: {a: {type: nummber}}": ("2:21", "did you mean number?"),
    "version: 1\ncolumns: {a: {type: number, srip: x}}": ("2:29", "did you mean strip?"),
    "version: 1\ncolumns: {a: {type: text, strip: x}}": ("2:27", "does not go with type text; it takes missing"),
    "version: 1\ncolumns: {a: {type: number, strip: [' ']}}": ("2:36", "none blank"),
    "version: 1\ncolumns: {a: {type: number, strip: [oz, 12]}}": ("2:36", "none a number"),
    "version: 1\ncolumns: {a: {type: number, strip: " + "x" * 65 + "}}": ("2:36", "at most 64 characters"),
    "version: 1\ncolumns: {a: {type: date, order: YMD}}": ("2:34", "is one of MDY, DMY"),
    "version: 1\ncolumns: {a: {type: enum}}": ("2:14", "needs words"),
    "version: 1\ncolumns: {a: {type: enum, words: {}}}": ("2:34", "is a table of tokens"),
    "version: 1\ncolumns: {a: {type: enum, words: {b: [B-C], d: [bc]}}}": ("2:34", "two tokens share a word"),
    "version: 1\ncolumns: {a: {type: enum, words: {b: ['']}}}": ("2:34", "a word is blank"),
    "version: 1\ncolumns: {a: {type: code}}": ("2:14", "needs system"),
    "version: 1\ncolumns: {a: {type: code, system: ICD10}}": ("2:35", "did you mean ICD-10-CM?"),
    "version: 1\ncolumns: {a: &x b, c: *x}": ("2:14", "anchors"),
    "version: 1\ncolumns: {a: !!python/object/apply:os.system [id]}": ("2:14", "tags"),
    "version: 1\n--- \nversion: 1": ("2:1", "second document"),
    "version: 1\ncolumns: " + "[" * 3000: ("2:18", "nested"),
    "version: 1\ncolumns: {a: [b": ("3:1", "is not YAML"),
    "version: 1\n\tcolumns: x": ("2:1", "is not YAML"),
    "version: 1\n? [a]\n: b": ("2:3", "a name is a text"),
    "version: 1 \x07": ("", "is not YAML"),
    "#" * (MAX_BYTES + 1): ("", "longer than"),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[11:60] if len(text) > 12 else text)
def test_what_is_wrong_is_said_with_its_place(text: str) -> None:
    place, what = WRONG[text]
    with pytest.raises(MappingError) as caught:
        read(text, "m.yaml")
    told = str(caught.value)
    assert told.startswith(f"m.yaml:{place}: " if place else "m.yaml: ")
    assert what in told


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(MappingError, match="is not UTF-8"):
        read(b"version: 1 # \xff")


def test_what_is_said_without_the_path_has_no_word_of_the_file() -> None:
    with pytest.raises(MappingError) as caught:
        read("version: 1\ncolumns: {Jane Doe: {type: number, Secret: x}}")
    assert "Secret" in str(caught.value)
    assert "Jane" in str(caught.value)
    assert (
        caught.value.located == "line 2, column 36: does not go with type number; it takes strip, decimal_mark, missing"
    )


def test_the_caller_wins() -> None:
    mapping = read(
        "version: 1\nentity: generic\n"
        "parameters: {quarantine: true, skip_rows: 3, source_priority: [a], date_order: DMY}\n"
        "columns: {a: x, b: y, c: {type: number}, d: {type: date}}"
    )
    base = options_pb2.Options(entity="patient", skip_rows=0, source_priority=["b"], column_map={"b": "z", "c": "w"})
    base.column_types["a"].kind = options_pb2.COLUMN_KIND_ID
    base.column_types["d"].kind = options_pb2.COLUMN_KIND_DATETIME
    merged = mapping.to_options(base)
    assert (merged.entity, merged.skip_rows, merged.HasField("skip_rows")) == ("patient", 0, True)
    assert list(merged.source_priority) == ["b"]
    assert (merged.quarantine, merged.date_order) == (True, options_pb2.DATE_ORDER_DMY)
    assert dict(merged.column_map) == {"b": "z", "c": "w"}
    assert {name: known.kind for name, known in merged.column_types.items()} == {
        "a": options_pb2.COLUMN_KIND_ID, "d": options_pb2.COLUMN_KIND_DATETIME,
    }  # fmt: skip
    assert mapping.options.entity == "generic"
    assert not mapping.to_options(options_pb2.Options(), {"quarantine", "column_map"}).quarantine
    assert mapping.to_options() == mapping.options


def test_a_field_that_is_none_is_found() -> None:
    mapping: Mapping = read("version: 1\ncolumns:\n  Nr: patient_id\n  Rest: null\n  dob: birth_dat", "m.yaml")
    with pytest.raises(
        MappingError, match=r"m.yaml:5:8: columns.dob: birth_dat: is no field of patient; did you mean birth_date"
    ):
        mapping.check_fields("patient", ["patient_id", "birth_date"])
    mapping.check_fields("patient", ["patient_id", "birth_dat"])


def test_the_page_about_mapping_files_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text("utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    options = read(example).options
    kinds = {options_pb2.ColumnKind.Name(known.kind) for known in options.column_types.values()}
    assert kinds == set(options_pb2.ColumnKind.keys()) - {"COLUMN_KIND_UNSPECIFIED"}
    assert all(f"`{name.removeprefix('COLUMN_KIND_').lower()}`" in page for name in kinds)


@pytest.mark.parametrize("name", ["match_model", "marital_coding", "evidence_scope", "verify_duplicates"])
def test_every_option_is_a_parameter(name: str) -> None:
    words = {"match_model": "fixed", "marital_coding": "v2", "evidence_scope": "prefix", "verify_duplicates": "true"}
    assert getattr(options_of(f"parameters: {{{name}: {words[name]}}}"), name)
