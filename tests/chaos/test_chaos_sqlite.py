"""Some rounds of chaos over a gateway on SQLite; `make chaos` runs hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.chaos.rounds import campaign


@pytest.mark.timeout(300)
def test_no_promise_is_broken_on_sqlite(tmp_path: Path):
    done = campaign("sqlite", "directory", tmp_path, seed=15, rounds=4)
    assert done.jobs["completed"] >= 12, "clients got what they wanted"
    assert done.faults["kill"] + done.faults["hold"] >= 2, "processes were killed"
    assert done.faults["fill"] >= 1, "the disk was full"
