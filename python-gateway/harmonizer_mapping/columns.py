"""Columns of a mapping file: a field, null for what passes through, or the type of what passes through."""

import unicodedata
from typing import Any

from buf.validate import validate_pb2
from harmonizer.v1.options_pb2 import ColumnKind, ColumnType, DateOrder, Options

from .place import MappingError, Place, nearest, one_of
from .tree import Items, Node, Scalar, Table
from .values import enum_of, enum_words, text_of, texts_of, word_of

# What can be said of each type, besides missing.
DETAILS = {
    "number": ("strip", "decimal_mark"),
    "count": ("strip", "decimal_mark"),
    "date": ("order",),
    "datetime": ("order",),
    "enum": ("words",),
    "code": ("system",),
}
WORDS = {
    name: list(
        getattr(ColumnType.DESCRIPTOR.fields_by_name[name].GetOptions().Extensions[validate_pb2.field].string, "in")
    )
    for name in ("decimal_mark", "system")
}
KINDS = enum_words(ColumnKind.DESCRIPTOR)
Places = dict[tuple[Any, ...], Place]


def read_column(options: Options, column: str, node: Node, places: Places) -> None:
    """Add one column. Errors: MappingError."""
    path = f"columns.{column}"
    if isinstance(node, Items):
        raise MappingError("is a field, null, or a table with a type", node.place, path)
    if isinstance(node, Scalar):
        if not node.is_null and not node.text:
            raise MappingError("is a field, or null without quotes to let the column pass through", node.place, path)
        options.column_map[column] = "" if node.is_null else node.text
        places["column_map", column] = node.place
        return
    options.column_types[column].CopyFrom(_column_type(column, node, path, places))


def _column_type(column: str, table: Table, path: str, places: Places) -> ColumnType:
    places["column_types", column] = table.place
    if "type" not in table.entries:
        raise MappingError(f"type is missing; it {one_of(KINDS)}", table.place, path)
    kind = word_of(table.entries["type"], KINDS, f"{path}.type")
    known = ("type", *DETAILS.get(kind, ()), "missing")
    declared = ColumnType(kind=ColumnKind.ValueType(KINDS[kind]))
    for key, value in table.entries.items():
        if key not in known:
            what = f"does not go with type {kind}; it takes {', '.join(known[1:])}{nearest(key, known)}"
            raise MappingError(what, table.keys[key], f"{path}.{key}")
        places["column_types", column, key] = value.place
        _read_detail(declared, key, value, f"{path}.{key}")
    for needed in ("words", "system"):
        if needed in known and needed not in table.entries:
            raise MappingError(f"a column of type {kind} needs {needed}", table.place, path)
    return declared


def _read_detail(declared: ColumnType, key: str, node: Node, path: str) -> None:
    if key == "strip":
        declared.strip.extend(_strip(node, path))
    elif key == "missing":
        declared.missing.extend(texts_of(node, path))
    elif key == "order":
        declared.date_order = DateOrder.ValueType(enum_of(node, DateOrder.DESCRIPTOR, path))
    elif key == "words":
        _read_words(declared, node, path)
    elif key in WORDS:
        setattr(declared, key, word_of(node, WORDS[key], path))


def _strip(node: Node, path: str) -> list[str]:
    texts = texts_of(node, path)
    if any(not text.strip() or text.strip().isdigit() for text in texts):
        raise MappingError("is a text or a list of texts, none blank and none a number", node.place, path)
    return texts


def _read_words(declared: ColumnType, node: Node, path: str) -> None:
    """Read tokens with their words, or a list of tokens that mean only themselves."""
    if isinstance(node, Items):
        for item in node.items:
            declared.words[text_of(item, path)].SetInParent()
    elif isinstance(node, Table):
        for token, words in node.entries.items():
            given = [] if isinstance(words, Scalar) and words.is_null else texts_of(words, f"{path}.{token}")
            declared.words[token].words.extend(given)
    if not declared.words:
        raise MappingError("is a table of tokens with their words, or a list of tokens", node.place, path)
    meant: dict[str, str] = {}
    for token, known in declared.words.items():
        for word in (token, *known.words):
            if not (key := _key(word)):
                raise MappingError("a word is blank", node.place, path)
            if meant.setdefault(key, token) != token:
                raise MappingError("two tokens share a word", node.place, path)


def _key(word: str) -> str:
    """Return the key under which words are compared (rule 0.8)."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", word) if unicodedata.category(c) != "Mn")
    text = " ".join(bare.casefold().split())
    left = "".join(c for c in text if c not in " -_.'")
    return left if len(left) > 1 else text
