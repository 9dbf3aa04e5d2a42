"""Job options: harmonizer.v1.Options as JSON, checked by the rules that stand in the proto, for REST and gRPC alike."""

from typing import Any

import orjson
import protovalidate
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from gateway import contract
from gateway.errors import FieldError, ValidationFailed, safe_name
from harmonizer.v1.options_pb2 import Options


def parse(text: str | bytes) -> Options:
    """Options from JSON text. Empty: none. Raises ValidationFailed naming each wrong option, never its value."""
    if not text:
        return Options()
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid([{"field": "options", "message": "must be a JSON object"}], "INVALID_JSON") from None
    return from_json(given)


def from_json(given: Any) -> Options:
    """Options from a JSON value. Raises ValidationFailed."""
    if given is None:
        return Options()
    if not isinstance(given, dict):
        raise _invalid([{"field": "options", "message": "must be a JSON object"}], "INVALID_OPTION")
    options, unknown, wrong = Options(), list[FieldError](), list[FieldError]()
    for key, value in given.items():
        field = _fields.get(key)
        if field is None:
            unknown.append({"field": f"options.{safe_name(key)}", "message": "is not an option"})
        elif not _take(options, field, value):
            wrong.append({"field": f"options.{field.name}", "message": f"must be {_kind(field)}"})
    if unknown or wrong:
        raise _invalid(unknown + wrong, "UNKNOWN_OPTION" if unknown else "INVALID_OPTION")
    check(options, "options.")
    return options


def names(given: Any) -> set[str]:
    """The options that JSON, text or value, says something of. It was parsed before."""
    value = orjson.loads(given) if isinstance(given, str) and given else given
    return {_fields[key].name for key in value or {}}


def check(message: Message, prefix: str = "") -> None:
    """Applies the proto's rules. Raises ValidationFailed with the path of each field that breaks one."""
    violations = protovalidate.collect_violations(message)
    if violations:
        errors = [{"field": prefix + _path(v), "message": v.proto.message} for v in violations]
        raise _invalid(errors, "INVALID_OPTION" if prefix else "INVALID_FIELD")


# By the proto's name and by its JSON name, as proto JSON has it.
_fields: dict[str, FieldDescriptor] = {f.name: f for f in Options.DESCRIPTOR.fields} | {
    f.json_name: f for f in Options.DESCRIPTOR.fields
}


def _take(options: Options, field: FieldDescriptor, value: Any) -> bool:
    try:
        json_format.ParseDict({field.name: _enum_names(field, value)}, options)
    except json_format.ParseError:  # Its text quotes the value.
        return False
    return True


def _enum_names(field: FieldDescriptor, value: Any) -> Any:
    """The value with our words ("mdy") replaced by the proto's names (DATE_ORDER_MDY), which are taken as they are."""
    if field.message_type is not None and isinstance(value, dict):
        known = field.message_type.fields_by_name
        inner = known["value"] if _is_map(field) else None
        return {key: _enum_names(i, item) if (i := inner or known.get(key)) else item for key, item in value.items()}
    if field.enum_type is not None and isinstance(value, str):
        return contract.words(field.enum_type).get(value.lower(), value)
    return value


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _kind(field: FieldDescriptor) -> str:
    if _is_map(field) and field.message_type is not None:
        inner = field.message_type.fields_by_name["value"].message_type
        return "an object of texts" if inner is None else f"an object of {inner.name}"
    if field.is_repeated:
        return "a list of texts"
    if field.enum_type is not None:
        return "one of: " + ", ".join(contract.words(field.enum_type))
    kinds = {FieldDescriptor.CPPTYPE_STRING: "a text", FieldDescriptor.CPPTYPE_BOOL: "true or false"}
    return kinds.get(field.cpp_type, "a whole number")


def _path(violation: protovalidate.Violation) -> str:
    # Keys of a map are headers of the file, so only the names of fields are told.
    return ".".join(element.field_name for element in violation.proto.field.elements) if violation.proto.field else ""


def _invalid(errors: list[FieldError], reason: str) -> ValidationFailed:
    first = errors[0]
    return ValidationFailed(f"{first['field']} {first['message']}", reason, errors)
