"""The contract's messages as JSON: the proto's names, lower-case words for enums, numbers for counts."""

import re
from functools import cache
from typing import Any

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.errors import ValidationFailed
from harmonizer.v1 import options_pb2

Operation = options_pb2.Operation
OutputFormat = options_pb2.OutputFormat


@cache
def _prefix(enum: EnumDescriptor) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"


@cache
def words(enum: EnumDescriptor) -> dict[str, int]:
    """Words of an enum with their numbers: "keep_first" for DEDUP_POLICY_KEEP_FIRST. Zero has no word."""
    return {value.name.removeprefix(_prefix(enum)).lower(): value.number for value in enum.values if value.number}


@cache
def _names(enum: EnumDescriptor) -> dict[int, str]:
    return {number: word for word, number in words(enum).items()}


def word(enum: EnumDescriptor, number: int) -> str | None:
    """Word of a number. None for zero, "not said", and for a number that a newer peer sent."""
    return _names(enum).get(number)


def number(enum: EnumDescriptor, text: str, field: str) -> int:
    """Number of a word; the proto's own name is taken too. Empty: 0. Raises ValidationFailed naming the field."""
    if not text:
        return 0
    found = words(enum).get(text.lower().removeprefix(_prefix(enum).lower()))
    if found is None:
        choice = ", ".join(words(enum))
        raise ValidationFailed(
            f"{field} must be one of: {choice}",
            f"INVALID_{field.upper()}",
            errors=[{"field": field, "message": f"must be one of: {choice}"}],
        )
    return found


def render(message: Message, only_set: bool = False) -> dict[str, Any]:
    """The message as a JSON object. What is not set is null; with only_set it is left out instead."""
    if only_set:
        return {field.name: _field(message, field, only_set) for field, _ in message.ListFields()}
    return {field.name: _field(message, field, only_set) for field in message.DESCRIPTOR.fields}


def _field(message: Message, field: Any, only_set: bool) -> Any:
    if field.has_presence and not message.HasField(field.name):
        return None
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        inner = field.message_type.fields_by_name["value"]
        return {key: _value(item, inner, only_set) for key, item in value.items()}
    if field.is_repeated:
        return [_value(item, field, only_set) for item in value]
    return _value(value, field, only_set)


def _value(value: Any, field: Any, only_set: bool) -> Any:
    if isinstance(value, Timestamp):
        return value.ToJsonString()
    if isinstance(value, Message):
        return render(value, only_set)
    if field.enum_type is not None:
        return word(field.enum_type, value)
    return value
