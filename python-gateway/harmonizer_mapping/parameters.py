"""Job parameters of a mapping file, by the types that the contract gives them."""

import re
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from buf.validate import validate_pb2
from harmonizer.v1.options_pb2 import Options

from .place import MappingError
from .tree import Node, Table
from .values import bool_of, enum_of, int_of, text_of, texts_of, word_of

DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
# What the patterns of the contract say, for people.
FORMS = {"as_of": "2024-12-31", "default_country": "US"}
ENTITIES = [
    word
    for word in getattr(
        Options.DESCRIPTOR.fields_by_name["entity"].GetOptions().Extensions[validate_pb2.field].string, "in"
    )
    if word
]


def read_entity(node: Node) -> str:
    """Return the name of an entity. Errors: MappingError."""
    return word_of(node, ENTITIES, "entity")


def read_parameter(options: Options, known: FieldDescriptor, node: Node, path: str) -> None:
    """Set one option. Errors: MappingError."""
    message = known.message_type
    if message is not None and message.GetOptions().map_entry:
        if not isinstance(node, Table):
            raise MappingError("is a table of names with their entries", node.place, path)
        target = getattr(options, known.name)
        for name, inner in node.entries.items():
            target[name] = _value(message.fields_by_name["value"], inner, f"{path}.{name}")
    elif known.is_repeated:
        getattr(options, known.name).extend(texts_of(node, path))
    else:
        setattr(options, known.name, _value(known, node, path))


def _value(known: FieldDescriptor, node: Node, path: str) -> Any:
    if known.enum_type is not None:
        return enum_of(node, known.enum_type, path)
    if known.type == FieldDescriptor.TYPE_BOOL:
        return bool_of(node, path)
    if known.type == FieldDescriptor.TYPE_INT32:
        return int_of(node, path)
    text = text_of(node, path)
    if known.name == "delimiter" and text in DELIMITERS:
        return DELIMITERS[text]
    rules = known.GetOptions().Extensions[validate_pb2.field].string
    if rules.pattern and not re.search(rules.pattern, text):
        raise MappingError(f"is written like {FORMS.get(known.name, rules.pattern)}", node.place, path)
    words = getattr(rules, "in")
    return word_of(node, words, path) if words else text
