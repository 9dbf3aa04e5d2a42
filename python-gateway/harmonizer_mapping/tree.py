"""YAML as a tree of texts with their places: the safe subset of version 1.2 that mapping files are written in.

Nothing is made of a text before somebody says what it should be: ``no`` is a word, not false; 007 keeps its zeros;
2024-12-31 is a text. Tags, anchors, aliases, repeated keys and second documents are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from .place import MappingError, Place

# libyaml is 30 times as fast; a YAML without it still reads, slowly.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 8
NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; ``plain``: without quotes."""

    text: str
    plain: bool
    place: Place

    @property
    def is_null(self) -> bool:
        """Whether it stands for nothing."""
        return self.plain and self.text in NULLS


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Names with their entries, in order; ``keys`` are the places of the names."""

    entries: "dict[str, Node]"
    keys: dict[str, Place]
    place: Place


Node = Scalar | Items | Table


def parse(text: str) -> Node | None:
    """Return the tree of one document, None where there is none. Errors: MappingError."""
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")  # JSON may be indented by tabs, which YAML forbids; neither has one in a text.
    events = _events(text)
    try:
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise MappingError("a second document begins here: one is enough", _place(event))
                root = _node(next(events), events, 0)
        return root
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise MappingError(f"is not YAML: {exc.problem or exc.context}", _at(mark) if mark else None) from None
    except yaml.YAMLError:
        raise MappingError("is not YAML: it has a character that is not text") from None


def _events(text: str) -> Iterator[Any]:
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise MappingError("anchors (&) and aliases (*) are not taken: write it out, or in quotes", _place(event))
        if getattr(event, "tag", None) is not None:
            raise MappingError("tags (!) are not taken: write it in quotes if it is text", _place(event))
        yield event


def _node(event: Any, events: Iterator[Any], depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise MappingError(f"is nested more than {MAX_DEPTH} deep", _place(event))
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            items.append(_node(inner, events, depth + 1))
        return Items(tuple(items), _place(event))
    entries: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    while not isinstance(inner := next(events), yaml.MappingEndEvent):
        key = _node(inner, events, depth + 1)
        if not isinstance(key, Scalar):
            raise MappingError("a name is a text, not a list or a table", key.place)
        if key.text in keys:
            raise MappingError(f"is there twice; first on line {keys[key.text].line}", key.place, key.text)
        keys[key.text] = key.place
        entries[key.text] = _node(next(events), events, depth + 1)
    return Table(entries, keys, _place(event))


def _scalar(event: Any) -> Scalar:
    text: str = event.value
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        try:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16")  # as JSON writes what is beyond \uffff
        except UnicodeDecodeError:
            raise MappingError("has half of a character", _place(event)) from None
    return Scalar(text, event.style in (None, ""), _place(event))


def _place(event: Any) -> Place:
    return _at(event.start_mark)


def _at(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)
