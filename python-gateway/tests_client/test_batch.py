"""Batches as Arrow and pandas, where those are installed, and what is said where they are not."""

import sys

import pytest

from harmonizer_client import Amendment, Batch, Client
from harmonizer_client.amend import amended

BATCH = Batch("patient", ["patient_id", "first"], [["1", "2"], ["a", None]], 2)


def test_to_arrow(client: Client) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = BATCH.to_arrow()
    assert table.schema == pyarrow.schema([("patient_id", pyarrow.string()), ("first", pyarrow.string())])
    assert table.to_pydict() == {"patient_id": ["1", "2"], "first": ["a", None]}
    assert client.harmonize(b"a\n1\n1\n2\n").to_arrow().column("a").to_pylist() == ["1", "2"]


def test_to_pandas(client: Client) -> None:
    pandas = pytest.importorskip("pandas")
    frame = BATCH.to_pandas()
    assert list(frame.columns) == ["patient_id", "first"]
    assert frame["first"].dtype == "string"
    assert frame["first"][1] is pandas.NA
    assert list(client.harmonize(b"a\n1\n1\n2\n").to_pandas("patient")["a"]) == ["1", "2"]


@pytest.mark.parametrize("module", ["pyarrow", "pandas"])
def test_without_the_library_the_error_says_what_to_install(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    convert = BATCH.to_arrow if module == "pyarrow" else BATCH.to_pandas
    with pytest.raises(ImportError, match=f"pip install {module}"):
        convert()


def test_amendments_merge_and_reach_only_their_entity() -> None:
    batch = Batch("vital", ["record_no", "superseded_by"], [["1", "1", "2", None], ["", "", "", None]], 4)
    marks = [
        Amendment("vital", 1, False, "", "", "7"),
        Amendment("vital", 1, False, "error", "", ""),
        Amendment("vital", 2, True, "", "", ""),
        Amendment("patient", 1, True, "", "", ""),
    ]
    assert amended(batch, marks).columns == (["1", "1", None], ["7", "7", None])
    assert amended(batch, marks[3:]) is batch
    nameless = Batch("vital", ["value"], [["1"]], 1)
    assert amended(nameless, marks) is nameless
