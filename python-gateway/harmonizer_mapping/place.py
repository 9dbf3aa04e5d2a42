"""Where in a mapping file something stands, and what is wrong with it."""

import difflib
from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class MappingError(ValueError):
    """A mapping file cannot be used.

    ``what`` says what is wrong and what is allowed; it names words of the schema, never one of the file. ``path`` says
    of which entry, in words of the file, such as ``columns.seen on.order``; ``place`` is None where no place is to
    blame.
    """

    def __init__(self, what: str, place: Place | None = None, path: str = "", label: str = "") -> None:
        super().__init__(what)
        self.what, self.place, self.path, self.label = what, place, path, label

    def __str__(self) -> str:
        """Say where, of what, and what: ``m.yaml:7:12: columns.seen on.order: is one of MDY, DMY``."""
        where = [self.label] if self.label else []
        if self.place is not None:
            where.append(f"{self.place.line}:{self.place.column}")
        parts = [":".join(where), self.path, self.what]
        return ": ".join(part for part in parts if part)

    @property
    def located(self) -> str:
        """What is wrong and where, without a word of the file."""
        return self.what if self.place is None else f"line {self.place.line}, column {self.place.column}: {self.what}"


def nearest(word: str, words: Iterable[str]) -> str:
    """Return "; did you mean a?", empty where nothing is near."""
    lower = {known.lower(): known for known in words}
    near = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"; did you mean {lower[near[0]]}?" if near else ""


def one_of(words: Iterable[str]) -> str:
    """Return "is one of a, b", a tab and a blank being named."""
    return "is one of " + ", ".join({"\t": "tab"}.get(word, word) for word in words if word)
