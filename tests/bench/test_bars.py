"""A bar is met, not met, or not measured; nothing else."""

from __future__ import annotations

import pytest

MIB = 1 << 20
SIZES = {
    "sizes.grpc.1.rows": 1e6,
    "sizes.grpc.1.bytes": 90e6,
    "sizes.grpc.1.seconds": 1.0,
    "sizes.grpc.1.harmonizerd": 100 * MIB,
    "sizes.rest.1.rows": 1e6,
    "sizes.rest.1.bytes": 90e6,
    "sizes.rest.1.seconds": 2.0,
    "sizes.rest.1.harmonizerd": 300 * MIB,
    "sizes.rest.1.gateway": 190 * MIB,
    "sizes.grpc.10.rows": 1e7,
    "sizes.grpc.10.bytes": 900e6,
    "sizes.grpc.10.seconds": 11.0,
    "sizes.grpc.10.harmonizerd": 100 * MIB,
    "sizes.rest.10.rows": 1e7,
    "sizes.rest.10.bytes": 900e6,
    "sizes.rest.10.seconds": 24.0,
    "sizes.rest.10.harmonizerd": 300 * MIB,
    "sizes.rest.10.gateway": 201 * MIB,
}


def verdicts(facts: dict[str, float]) -> dict[str, tuple[str, str]]:
    """Of each bar what was measured, and whether it is met."""
    import bars

    rows = [line.strip("|").split("|") for line in bars.section(facts, "command", True).splitlines()[6:]]
    return {cells[0].strip(): (cells[2].strip(), cells[3].strip()) for cells in rows}


def test_nothing_is_met_that_was_not_measured() -> None:
    found = verdicts({})
    assert len(found) > 10
    assert set(found.values()) == {("not measured", "")}


@pytest.mark.parametrize(("ours", "verdict"), [(0.5, "met"), (0.51, "**not met**")])
def test_ratio_is_that_of_the_medians(ours: float, verdict: str) -> None:
    found = verdicts({"labs.grpc": ours, "labs.duckdb": 2.0})
    assert found["90 MB labs, gRPC client to clean CSV on disk, against DuckDB"][1] == verdict
    assert found["90 MB labs, gRPC client to clean CSV on disk, against Polars"] == ("not measured", "")


def test_memory_grows_by_24_bytes_a_record_and_time_by_15_of_100() -> None:
    found = verdicts(SIZES)
    # 256 MiB and 22.9 MiB for a million records: the worse of both ways counts.
    assert found["harmonizer's memory, 90 MB"] == ("300 MiB", "**not met**")
    assert found["harmonizer's memory, 900 MB"] == ("300 MiB", "met")
    assert found["gateway's memory, 90 MB"] == ("190 MiB", "met")
    assert found["gateway's memory, 900 MB"] == ("201 MiB", "**not met**")
    assert found["a byte of 900 MB over grpc"] == ("1.1 times one of 90 MB", "met")
    assert found["a byte of 900 MB over rest"] == ("1.2 times one of 90 MB", "**not met**")


def test_a_smaller_run_says_so() -> None:
    import bars

    assert "smaller than the bars ask for" in bars.section({}, "command", False)
    assert "smaller than the bars ask for" not in bars.section({}, "command", True)


def test_each_run_begins_with_another() -> None:
    import contest

    orders = [contest.turns(["a", "b", "c"], number) for number in range(4)]
    assert orders == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]
