"""The watch validator: what every watch of a job must keep, checked over what its connections received.

It knows nothing of the front ends: a trace is what a reader asked for and got, connection by connection, and the job's
log as it was read elsewhere when all was over. Each property has a name, and what breaks one is told under it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

ORDERED = "ordered"
"""Within a connection, ids only grow."""
UNIQUE = "unique"
"""No event comes twice in a connection, nor one that the reader said it has; one id is always the same event."""
COMPLETE = "complete"
"""No event is left out between two; the log itself counts from 1 without gaps and has all that was told."""
RESUMABLE = "resumable"
"""A connection begins with the very event behind the one that it asked for, whichever the reader was told before."""
BOOKMARKED = "bookmarked"
"""A bookmark is the id of the last event that was sent, so that it neither runs ahead nor goes back."""
TERMINAL_LAST = "terminal-last"
"""A watch is over only behind a terminal event; what follows one is a retry, and a finished watch saw the last one."""

PROPERTIES = (ORDERED, UNIQUE, COMPLETE, RESUMABLE, BOOKMARKED, TERMINAL_LAST)
TERMINAL = ("completed", "failed", "cancelled")
RETRIED = "retried"


@dataclass(frozen=True)
class Event:
    """An event, as far as it can be told from another."""

    id: int
    type: str
    time: str = ""


@dataclass(frozen=True)
class Bookmark:
    """A position that the gateway told: by a heartbeat, or next to an event."""

    id: int


class End(Enum):
    """How a connection ended."""

    OVER = "the gateway said that nothing more comes"
    LEFT = "the gateway went away, or sent the reader away"
    CUT = "it broke, or the reader broke it"


@dataclass
class Connection:
    """One connection: the position that it asked for, what came, in order, and how it ended."""

    after: int = 0
    got: list[Event | Bookmark] = field(default_factory=list)
    end: End = End.CUT

    @property
    def events(self) -> list[Event]:
        """The events that came."""
        return [one for one in self.got if isinstance(one, Event)]

    @property
    def position(self) -> int:
        """Id of the last event that the reader has by it."""
        events = self.events
        return events[-1].id if events else self.after


@dataclass(frozen=True)
class Flaw:
    """A property that does not hold, and where."""

    property: str
    text: str


def check(
    connections: Sequence[Connection], log: Sequence[Event], finished: bool = True, to_end: bool = False
) -> list[Flaw]:
    """What is wrong with the trace of one reader.

    finished: it was told that the log is over. to_end: and that when nothing more came, so that a retry behind a
    failure is no excuse; the last connection must have begun after the last event was written.
    """
    entries = {entry.id: entry for entry in log}
    flaws = list(_log(log))
    for number, connection in enumerate(connections, 1):
        for flaw in _connection(connection, entries):
            flaws.append(Flaw(flaw.property, f"connection {number} (after {connection.after}): {flaw.text}"))
    flaws += _seams(connections)
    flaws += _same(connections)
    if finished:
        flaws += _finish(connections, entries, to_end)
    return flaws


def assert_valid(
    connections: Sequence[Connection], log: Sequence[Event], finished: bool = True, to_end: bool = False
) -> None:
    """Fails with every flaw."""
    flaws = check(connections, log, finished, to_end)
    assert not flaws, "\n".join(f"{flaw.property}: {flaw.text}" for flaw in flaws)


def _log(log: Sequence[Event]) -> Iterator[Flaw]:
    if [entry.id for entry in log] != list(range(1, len(log) + 1)):
        yield Flaw(COMPLETE, "the log does not count from 1 without gaps")
    yield from _behind_terminal("the log", log)


def _connection(connection: Connection, entries: Mapping[int, Event]) -> Iterator[Flaw]:
    events = connection.events
    if events and events[0].id > connection.after + 1:
        yield Flaw(RESUMABLE, f"begins with event {events[0].id}")
    yield from _sequence(connection.after, events)
    yield from _behind_terminal("it", events)
    yield from _bookmarks(connection)
    for event in events:
        if event.id not in entries:
            yield Flaw(COMPLETE, f"event {event.id} is not in the log")
        elif event != entries[event.id]:
            yield Flaw(UNIQUE, f"event {event.id} is {event.type} here and {entries[event.id].type} in the log")
    if connection.end is End.OVER:
        yield from _over(connection, entries)


def _sequence(after: int, events: Sequence[Event]) -> Iterator[Flaw]:
    seen: set[int] = set()
    last = after
    for event in events:
        if event.id in seen:
            yield Flaw(UNIQUE, f"event {event.id} comes twice")
        elif event.id <= after:
            yield Flaw(UNIQUE, f"event {event.id} comes though the reader has it")
        elif event.id < last:
            yield Flaw(ORDERED, f"event {event.id} comes behind event {last}")
        seen.add(event.id)
        last = max(last, event.id)
    if left := sorted(set(range(min(seen, default=last), last)) - seen):
        yield Flaw(COMPLETE, f"event {left[0]} is left out")


def _bookmarks(connection: Connection) -> Iterator[Flaw]:
    position = connection.after
    for one in connection.got:
        if isinstance(one, Event):
            position = one.id
        elif one.id != position:
            yield Flaw(BOOKMARKED, f"bookmark {one.id} comes where event {position} is the last that was sent")


def _behind_terminal(whose: str, events: Sequence[Event]) -> Iterator[Flaw]:
    for before, event in pairwise(events):
        if before.type in TERMINAL and event.id == before.id + 1 and event.type != RETRIED:
            yield Flaw(TERMINAL_LAST, f"{whose} goes on with {event.type} behind {before.type}")


def _over(connection: Connection, entries: Mapping[int, Event]) -> Iterator[Flaw]:
    last = entries.get(connection.position)
    if last is None or last.type not in TERMINAL:
        yield Flaw(TERMINAL_LAST, f"is over behind event {connection.position}, which is not terminal")


def _seams(connections: Sequence[Connection]) -> Iterator[Flaw]:
    known: set[int] = set()
    for number, connection in enumerate(connections, 1):
        if known and connection.after not in known:
            yield Flaw(
                RESUMABLE, f"connection {number} goes on behind {connection.after}, which nobody told the reader"
            )
        known |= {connection.after} | {one.id for one in connection.got}


def _same(connections: Sequence[Connection]) -> Iterator[Flaw]:
    told: dict[int, Event] = {}
    for event in (event for connection in connections for event in connection.events):
        if told.setdefault(event.id, event) != event:
            yield Flaw(
                UNIQUE, f"event {event.id} is {told[event.id].type} on one connection and {event.type} on another"
            )


def _finish(connections: Sequence[Connection], entries: Mapping[int, Event], to_end: bool) -> Iterator[Flaw]:
    if not connections or connections[-1].end is not End.OVER:
        yield Flaw(TERMINAL_LAST, "the reader was never told that the log is over")
        return
    told = {event.id for connection in connections for event in connection.events}
    end = connections[-1].position
    if left := sorted(set(range(connections[0].after + 1, end + 1)) - told):
        yield Flaw(COMPLETE, f"event {left[0]} never came")
    # A watch that ended before somebody asked to try again has nothing to do with what came then.
    if end + 1 in entries and (to_end or entries[end + 1].type != RETRIED):
        yield Flaw(TERMINAL_LAST, f"the reader was let go at event {end}, and the log goes on")
