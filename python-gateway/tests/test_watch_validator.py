"""The watch validator against broken traces: each property, broken once, is told by its name."""

import pytest
from watch_validator import (
    BOOKMARKED,
    COMPLETE,
    ORDERED,
    PROPERTIES,
    RESUMABLE,
    TERMINAL_LAST,
    UNIQUE,
    Bookmark,
    Connection,
    End,
    Event,
    assert_valid,
    check,
)  # fmt: skip

TYPES = "created started progress failed retried started progress progress cancelling cancelled".split()
LOG = [Event(number, kind, f"t{number}") for number, kind in enumerate(TYPES, 1)]


def event(number: int) -> Event:
    return LOG[number - 1]


def connection(after: int, *got: int | Bookmark | Event, end: End = End.CUT) -> Connection:
    return Connection(after, [event(one) if isinstance(one, int) else one for one in got], end)


def over(after: int, *got: int | Bookmark | Event) -> Connection:
    return connection(after, *got, end=End.OVER)


def names(*connections: Connection, log: list[Event] = LOG, finished: bool = True) -> set[str]:
    return {flaw.property for flaw in check(connections, log, finished)}


@pytest.mark.parametrize(
    "connections",
    [
        [over(0, *range(1, 11))],
        [connection(0), connection(0, 1, 2, Bookmark(2)), over(2, Bookmark(2), *range(3, 11), Bookmark(10))],
        [connection(0, 1, 2, 3, 4, end=End.LEFT), over(4, *range(5, 11)), over(10)],
        [connection(0, 1, 2, 3, 4), over(2, *range(3, 11))],
        [over(7, 8, 9, 10)],
        [over(0, 1, 2, 3, 4)],
        [over(4), over(4, *range(5, 11))],
    ],
    ids=["at once", "bookmarks", "left", "from an earlier one", "from the middle", "before a retry", "again after it"],
)
def test_what_is_right_has_no_flaw(connections):
    assert_valid(connections, LOG)


BROKEN = {
    "a step back": (ORDERED, [over(0, 1, 2, 4, 3, 5, 6, 7, 8, 9, 10)]),
    "two swapped behind a reconnection": (ORDERED, [connection(0, 1), over(1, 3, 2, 4, 5, 6, 7, 8, 9, 10)]),
    "the same twice": (UNIQUE, [over(0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10)]),
    "what the reader has": (UNIQUE, [connection(0, 1, 2), over(2, 2, 3, 4, 5, 6, 7, 8, 9, 10)]),
    "one id, two events": (UNIQUE, [connection(0, 1, Event(2, "progress", "t2")), over(2, *range(3, 11))]),
    "another time": (UNIQUE, [connection(0, 1, Event(2, "started", "now")), over(2, *range(3, 11))]),
    "a gap": (COMPLETE, [over(0, 1, 2, 4, 5, 6, 7, 8, 9, 10)]),
    "an event of nobody": (COMPLETE, [over(0, *range(1, 11)), over(10, Event(11, "retried", "t11"))]),
    "a lost start": (RESUMABLE, [over(0, *range(2, 11))]),
    "a gap where it was cut": (RESUMABLE, [connection(0, 1, 2), over(2, *range(4, 11))]),
    "a lost event behind a bookmark": (RESUMABLE, [connection(0, 1, 2, Bookmark(2)), over(2, *range(4, 11))]),
    "a position of nobody": (RESUMABLE, [connection(0, 1, 2), over(5, *range(6, 11))]),
    "a bookmark ahead": (BOOKMARKED, [connection(0, 1, 2, Bookmark(3)), over(2, *range(3, 11))]),
    "a bookmark behind": (BOOKMARKED, [connection(0, 1, 2, Bookmark(1)), over(2, *range(3, 11))]),
    "a bookmark that goes back": (BOOKMARKED, [connection(0, 1, 2), over(2, Bookmark(2), Bookmark(0), *range(3, 11))]),
    "a bookmark of an event that comes next": (BOOKMARKED, [over(0, 1, Bookmark(2), *range(2, 11))]),
    "over in the middle": (TERMINAL_LAST, [over(0, 1, 2, 3)]),
    "over at once": (TERMINAL_LAST, [over(0)]),
    "never over": (TERMINAL_LAST, [connection(0, *range(1, 11), end=End.LEFT)]),
    "nobody came": (TERMINAL_LAST, []),
}  # fmt: skip


@pytest.mark.parametrize(("name", "connections"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_named(name, connections):
    assert name in names(*connections)


@pytest.mark.parametrize("name", ["a step back", "the same twice", "a gap", "a bookmark ahead", "over in the middle"])
def test_one_flaw_is_told_under_one_name(name):
    wanted, connections = BROKEN[name]
    assert names(*connections) == {wanted}


def test_every_property_is_broken_above():
    assert {name for name, _ in BROKEN.values()} == set(PROPERTIES)


def test_a_watcher_that_is_sent_away_before_the_last_terminal_event():
    log = [*LOG[:3], Event(4, "failed", "t4"), Event(5, "progress", "t5"), Event(6, "completed", "t6")]
    assert names(Connection(0, log[:4], End.OVER), log=log) == {TERMINAL_LAST}


def test_a_watch_that_takes_a_failure_for_the_end_though_a_retry_follows():
    trace = [over(0, 1, 2, 3, 4)]
    assert check(trace, LOG) == []
    assert {flaw.property for flaw in check(trace, LOG, to_end=True)} == {TERMINAL_LAST}


def test_a_log_with_a_hole():
    log = [*LOG[:2], *LOG[3:]]
    assert COMPLETE in names(Connection(0, log, End.OVER), log=log)


def test_a_trace_that_goes_on_needs_no_end():
    assert names(connection(0, 1, 2, 3), finished=False) == set()
    with pytest.raises(AssertionError, match=r"^terminal-last: the reader was never told"):
        assert_valid([connection(0, 1, 2, 3)], LOG)
