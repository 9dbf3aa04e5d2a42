"""What a text of a mapping file is made into once it is known what it should be."""

import functools
import re
from collections.abc import Iterable, Mapping

from google.protobuf.descriptor import EnumDescriptor

from .place import MappingError, nearest, one_of
from .tree import Items, Node, Scalar

BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INT32 = range(-(2**31), 2**31)


def text_of(node: Node, path: str) -> str:
    """Return a text as it stands, a number being its digits. Errors: MappingError."""
    if not isinstance(node, Scalar):
        raise MappingError("is a text", node.place, path)
    if node.is_null:
        raise MappingError("is empty: leave it out, or write it in quotes if it is a word", node.place, path)
    return node.text


def texts_of(node: Node, path: str) -> list[str]:
    """Return a list of texts; one alone is a list of one. Errors: MappingError."""
    if isinstance(node, Items):
        return [text_of(item, path) for item in node.items]
    return [text_of(node, path)]


def bool_of(node: Node, path: str) -> bool:
    """Return true or false. Errors: MappingError."""
    if isinstance(node, Scalar) and node.plain and node.text in BOOLS:
        return BOOLS[node.text]
    raise MappingError("is true or false", node.place, path)


def int_of(node: Node, path: str) -> int:
    """Return a whole number. Errors: MappingError."""
    if isinstance(node, Scalar) and node.plain and re.fullmatch("-?[0-9]{1,10}", node.text) and int(node.text) in INT32:
        return int(node.text)
    raise MappingError("is a whole number", node.place, path)


def word_of(node: Node, words: Iterable[str], path: str) -> str:
    """Return one of the words, whatever its case. Errors: MappingError."""
    known = [word for word in words if word]
    text = text_of(node, path)
    for word in known:
        if word.lower() == text.lower():
            return word
    raise MappingError(f"{one_of(known)}{nearest(text, known)}", node.place, path)


def enum_of(node: Node, enum: EnumDescriptor, path: str) -> int:
    """Return the number of a word of an enum. Errors: MappingError."""
    words = enum_words(enum)
    return words[word_of(node, words, path)]


@functools.cache
def enum_words(enum: EnumDescriptor) -> Mapping[str, int]:
    """Return the words of an enum as people write them: keep_first, but DMY."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    words = {value.name.removeprefix(prefix): value.number for value in enum.values if value.number}
    return {word if len(word) == 3 and enum.name == "DateOrder" else word.lower(): n for word, n in words.items()}
