"""The bench counts right: pairs against the truth, and sections of the results that keep out of each other's way."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
PERSONS = {"P1": "a", "P2": "a", "P3": "a", "P4": "b", "P5": "b", "P6": "c"}


@pytest.fixture
def _bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of bench find each other beside themselves."""
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])


def pair(cluster: int | None, a: int, b: int) -> str:
    return json.dumps({"cluster": cluster, "a": {"record_no": a}, "b": {"record_no": b}}) + "\n"


@pytest.mark.usefixtures("_bench")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        # A pair for review has no cluster; P1 and P3 are put together by P2 alone.
        ("ours.ndjson", pair(1, 1, 2) + pair(1, 2, 3) + pair(None, 4, 5) + pair(2, 5, 6)),
        ("other.csv", "patient_id,cluster_id\nP1,x\nP2,x\nP3,x\nP4,P4\nP5,y\nP6,y\n"),
    ],
)
def test_quality_counts_pairs_of_one_cluster(tmp_path: Path, name: str, text: str) -> None:
    import quality

    (tmp_path / name).write_text(text)
    found = quality.score(tmp_path / name, PERSONS)
    assert (found.found, found.right, found.true) == (4, 3, 4)
    assert (found.precision, found.recall) == (0.75, 0.75)


@pytest.mark.usefixtures("_bench")
def test_a_task_measured_again_replaces_its_section_alone(tmp_path: Path) -> None:
    import results

    page = tmp_path / "RESULTS.md"
    for task, text in (("labs", "one"), ("matching", "two \\1"), ("labs", "three \\2\n")):
        results.put(page, task, text)
    sections = "<!-- task: labs -->\nthree \\2\n<!-- end -->\n\n<!-- task: matching -->\ntwo \\1\n<!-- end -->\n"
    assert page.read_text() == f"# Benchmarks\n\n{sections}"
