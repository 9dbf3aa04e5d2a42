"""What a profiler prints becomes stacks, and stacks a graph and shares that add up."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

PPROF = """\
File: engine.test
Type: cpu
-----------+-------------------------------------------------------
         3   runtime.memmove
             github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode.(*Encoder).row (inline)
             github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool.(*Pool).work
-----------+-------------------------------------------------------
         2   runtime.asyncPreempt
             slices.SortFunc[go.shape.[]github.com/open-harmonizer/harmonizer/x.Y,go.shape.int]
             github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool.(*Pool).work
-----------+-------------------------------------------------------
"""
STACKS = Counter({"pool.(*Pool).work;encode.(*Encoder).row;runtime.memmove": 3, "pool.(*Pool).work;slices.SortFunc": 2})


def test_traces_of_pprof_are_folded() -> None:
    import stacks

    assert stacks.from_pprof(PPROF) == STACKS


def test_raw_samples_of_py_spy_are_folded() -> None:
    import stacks

    lines = ["main (a.py:1);work (b c.py:2) 2\n", "main (a.py:1) 1\n", "main (a.py:1);work (b c.py:2) 3\n", "\n"]
    assert stacks.folded(lines) == {"main (a.py:1);work (b c.py:2)": 5, "main (a.py:1)": 1}


def test_shares_are_charged_to_the_nearest_that_has_a_name() -> None:
    import profiles_page
    import stacks

    found = STACKS + Counter({"runtime.mcall;runtime.schedule": 4, "runtime.gcBgMarkWorker;runtime.scanobject": 1})
    shares = [("the rest", 0.4), ("encode", 0.3), ("pool", 0.2), ("garbage collection", 0.1)]
    assert stacks.shares(found, profiles_page.go_package) == shares
    assert profiles_page.package("get (gateway/jobs/service.py:12)") == "gateway/jobs"
    assert profiles_page.package("execute (sqlalchemy/orm/session.py:2)") == "sqlalchemy"
    assert profiles_page.package("sleep (asyncio/tasks.py:637)") == ""


def test_table_counts_a_function_that_calls_itself_once() -> None:
    import stacks

    table = stacks.top(Counter({"a;b;b": 1, "a": 1})).splitlines()
    assert table[0] == "2 samples"
    assert {tuple(line.split()) for line in table[2:4]} == {("50.0%", "50.0%", "b"), ("50.0%", "100.0%", "a")}


def test_graph_is_well_formed_and_widths_are_shares() -> None:
    import flame

    root = ElementTree.fromstring(flame.draw(STACKS + Counter({"<module> (x.py:1)": 5}), "a & b"))
    name = "{http://www.w3.org/2000/svg}"
    shares = {group.attrib["data-name"]: float(group.attrib["data-s"]) for group in root.iter(f"{name}g")}
    assert shares["all"] == 1
    assert shares["pool.(*Pool).work"] == 0.5
    assert shares["runtime.memmove"] == 0.3
    assert shares["<module> (x.py:1)"] == 0.5
    assert "a & b" in "".join(root.itertext())


def test_graph_of_nothing_is_empty() -> None:
    import flame

    ElementTree.fromstring(flame.draw(Counter(), "nothing"))
