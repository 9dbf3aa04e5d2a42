"""Generated files have the rows they are said to have, the same each time, and no row of one piece in another."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import extract

    monkeypatch.setattr(extract, "ROOT", tmp_path)
    monkeypatch.setattr(extract, "PIECES", 3)


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("times", [1, 2, 8])
def test_extract_has_so_many_rows(tmp_path: Path, times: int) -> None:
    import extract
    import labs

    path = extract.extract(tmp_path, 40, times)
    lines = path.read_text().splitlines(keepends=True)
    assert lines[0] == labs.HEADER
    assert len(lines) == 1 + 40 * times
    assert lines[1:41] == list(labs.lines(40))
    assert extract.warm(path) == path.stat().st_size
    before = path.read_bytes()
    path.unlink()
    assert extract.extract(tmp_path, 40, times).read_bytes() == before


@pytest.mark.usefixtures("_here")
def test_repeated_rows_are_other_patients(tmp_path: Path) -> None:
    import extract

    lines = extract.extract(tmp_path, 40, 8).read_text().splitlines()[1:]
    assert {line[:3] for line in lines} == {"PT-", "QT-", "RT-"}
    pieces = [set(lines[start : start + 400]) for start in range(0, len(lines), 400)]
    assert max(Counter(line for piece in pieces for line in piece).values()) == 1


def test_shapes_are_as_asked(tmp_path: Path) -> None:
    import shapes

    shapes.wide(tmp_path / "wide.csv", 200, 3)
    assert {len(line.split(",")) for line in (tmp_path / "wide.csv").read_text().splitlines()} == {200}
    shapes.distinct(tmp_path / "distinct.csv", 7, 20)
    rows = [line.split(",") for line in (tmp_path / "distinct.csv").read_text().splitlines()[1:]]
    assert (len(rows), len({row[0] for row in rows}), len({row[2] for row in rows})) == (20, 20, 7)
    shapes.tiny(tmp_path / "tiny.csv", 30)
    lines = (tmp_path / "tiny.csv").read_text().splitlines()[1:]
    assert (len(lines), {len(line) for line in lines}) == (30, {1, 2, 3})
    shapes.issues(tmp_path / "issues.csv", 0, 2)
    assert (tmp_path / "issues.csv").read_text().splitlines()[1].split(",") == [
        "PT-00000000",
        *shapes.PLAIN[1:],
    ]
