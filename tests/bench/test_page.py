"""The page of performance is what the committed curves say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_page_tells_the_curves_that_are_committed() -> None:
    import curves

    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    told = json.loads((ROOT / "bench" / "curves.json").read_text("utf-8"))
    for name, text in curves.blocks(told).items():
        (found,) = re.findall(rf"<!-- task: {name} -->\n(.*?)\n<!-- end -->", page, re.DOTALL)
        assert found == text, f"run bench/plots.py: {name}"


def test_the_scarcest_bounds_what_machines_carry() -> None:
    import capacity

    cost = capacity.Costs(
        cpu_a_byte=1e-8, out_a_byte=3, bytes_a_row=75, cpu_a_small_job=0.0112, peak_bytes=512 * capacity.MIB
    )
    machine = capacity.Machine(cores=16, share=0.7, network_bytes_s=1e9, database_commits_s=5000, commits_a_job=5)
    # 1.12 GB/s by the cores; seven bytes leave for each that comes in.
    assert capacity.bytes_a_second(cost, machine) == (pytest.approx(1e8), "network")
    assert capacity.bytes_a_second(cost, capacity.Machine(cores=1, share=0.7))[1] == "cores"
    assert capacity.small_jobs_a_second(cost, machine, 1) == (pytest.approx(1000), "cores")
    assert capacity.small_jobs_a_second(cost, machine, 2) == (pytest.approx(1000), "the one database")
