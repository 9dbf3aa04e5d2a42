"""Job parameters (rule 0.5) from a dict or from ``key=value`` texts, checked against the contract itself.

Names, types, allowed words and ranges are read from the descriptor of ``harmonizer.v1.Options``, so an option that
is added to the contract is known here as soon as the stubs are.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from buf.validate import validate_pb2
from harmonizer.v1 import options_pb2

from .errors import InvalidOption

Options = options_pb2.Options
OptionsLike = Options | Mapping[str, object] | None

FIELDS: dict[str, FieldDescriptor] = {field.name: field for field in Options.DESCRIPTOR.fields}
ENTITIES = tuple(
    name for name in getattr(FIELDS["entity"].GetOptions().Extensions[validate_pb2.field].string, "in") if name
)
BOOLS = {"true": True, "false": False}
# date_order.birth_date=DMY is what a person writes; the contract calls the map column_date_order.
MAP_PREFIXES = {"date_order": "column_date_order"}
# A shell makes a tab hard to type.
# What the patterns of the contract say, for people.
FORMS = {"as_of": "2024-12-31", "default_country": "US"}
NAMED_MARKS = {"\t": "tab"}
DELIMITER_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def to_options(options: OptionsLike, entity: str | None = None) -> Options:
    """Return a message of the contract. A dict maps option names to bool, int, str, a list or, for maps, a dict; None
    is left out.

    ``entity`` fills the option of that name. Errors: InvalidOption names the key and lists close matches.
    """
    message = Options()
    if isinstance(options, Options):
        message.CopyFrom(options)
    else:
        for key, value in (options or {}).items():
            if value is not None:
                _set(message, key, value)
    if entity is not None:
        if message.entity not in ("", entity):
            raise InvalidOption(f"entity is given twice: {entity} and {message.entity}")
        _set(message, "entity", entity)
    return message


def parse_settings(settings: Iterable[str]) -> Options:
    """Return the options that ``key=value`` texts name, the later one winning. Maps: ``column_map.<header>=<field>``.

    Errors: InvalidOption.
    """
    message = Options()
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise InvalidOption(f"{key!r}: write it as key=value")
        name, dot, entry = key.partition(".")
        name = MAP_PREFIXES.get(name, name) if dot else name
        if not dot and name in FIELDS and _is_map(FIELDS[name]):
            raise InvalidOption(f"{name} is a map: write it as {name}.<name>=<value>")
        _set(message, name, {entry: value} if dot else value, text=True)
    return message


def describe_options() -> list[str]:
    """Return a line for each option: how it is written on a command line, and the words or the form of its value."""
    return [line for field in FIELDS.values() for line in _lines(field)]


def words_of(name: str) -> list[str]:
    """Return the words that an option may be."""
    field = FIELDS[name]
    if field.enum_type is not None:
        return [_shown(word) for word in _enum_words(field.enum_type)]
    return [word for word in getattr(_rules(field).string, "in") if word]


def given_names(options: OptionsLike) -> frozenset[str]:
    """Return the names of the options that a caller set on purpose, as far as what they gave tells."""
    if isinstance(options, Options):
        return frozenset(field.name for field, _ in options.ListFields())
    return frozenset(name for name, value in (options or {}).items() if value is not None)


def _lines(field: FieldDescriptor) -> list[str]:
    if _is_of_messages(field):
        return []
    if field.is_repeated and not _is_map(field):
        return [f"{field.name}=<text>,<text>"]
    if not _is_map(field):
        return [f"{field.name}={_words(field)}"]
    spelling = next((short for short, name in MAP_PREFIXES.items() if name == field.name), field.name)
    return [f"{spelling}.<name>={_words(_map_value(field))}"]


def _words(field: FieldDescriptor) -> str:
    if field.enum_type is not None:
        return "|".join(_shown(word) for word in _enum_words(field.enum_type))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return "true|false"
    if field.type == FieldDescriptor.TYPE_INT32:
        return "<number>"
    words = [word for word in getattr(_rules(field).string, "in") if word]
    if field.name in FORMS:
        return FORMS[field.name]
    return " or ".join(NAMED_MARKS.get(word, word) for word in words) if words else "<text>"


def _set(message: Message, key: str, value: object, *, text: bool = False, within: str = "") -> None:
    """Set one option, or one field of a message ``within`` one; ``text`` says that it comes from a command line, where
    everything is a string."""
    descriptor: Any = message.DESCRIPTOR
    fields: dict[str, FieldDescriptor] = {known.name: known for known in descriptor.fields}
    field, path = fields.get(key), f"{within}.{key}" if within else key
    if field is None:
        raise InvalidOption(
            f"there is no {'option' if not within else f'part of {within}'} {key!r}{close_matches(key, fields)}"
        )
    if _is_map(field):
        _set_map(message, field, path, value, text)
    elif isinstance(value, Mapping):
        raise InvalidOption(f"{path} is no map: write it as {key}=<value>")
    elif field.is_repeated:
        _set_list(message, field, path, value, text)
    else:
        setattr(message, key, _value(field, path, value, text))


def _set_list(message: Message, field: FieldDescriptor, path: str, value: object, text: bool) -> None:
    if text and isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, (list, tuple)):
        raise InvalidOption(f"{path} is a list of texts")
    message.ClearField(field.name)
    getattr(message, field.name).extend(_string(field, path, item) for item in value)


def _set_map(message: Message, field: FieldDescriptor, path: str, value: object, text: bool) -> None:
    if text and _is_of_messages(field):
        raise InvalidOption(f"{path} stands in a mapping file: --mapping")
    if not isinstance(value, Mapping):
        raise InvalidOption(f"{path} is a map from {_entry_words(field)}, not {type(value).__name__}")
    target = getattr(message, field.name)
    for entry, inner in value.items():
        if not isinstance(entry, str) or not entry:
            raise InvalidOption(f"{path}: a name is missing after the dot")
        if _is_of_messages(field):
            _set_message(target[entry], f"{path}.{entry}", inner)
        else:
            target[entry] = _value(_map_value(field), f"{path}.{entry}", inner, text)


def _set_message(message: Message, path: str, value: object) -> None:
    """Fill a message from a dict; one that holds but a list, from the list."""
    message.SetInParent()
    fields = message.DESCRIPTOR.fields
    if len(fields) == 1 and not isinstance(value, Mapping):
        value = {fields[0].name: value}
    if not isinstance(value, Mapping):
        raise InvalidOption(f"{path} is a map from name to value, not {type(value).__name__}")
    for key, inner in value.items():
        if inner is not None:
            _set(message, str(key), inner, within=path)


def _value(field: FieldDescriptor, key: str, value: object, text: bool) -> Any:
    if field.enum_type is not None:
        return _enum(field.enum_type, key, value)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _bool(key, value, text)
    if field.type == FieldDescriptor.TYPE_INT32:
        return _int(field, key, value, text)
    return _string(field, key, value)


def _bool(key: str, value: object, text: bool) -> bool:
    if isinstance(value, bool):
        return value
    if text and isinstance(value, str) and value.lower() in BOOLS:
        return BOOLS[value.lower()]
    raise InvalidOption(f"{key} is true or false")


def _int(field: FieldDescriptor, key: str, value: object, text: bool) -> int:
    if text and isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,9}", value):
        value = int(value)
    bounds = _rules(field).int32
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidOption(f"{key} is a whole number from {bounds.gte} to {bounds.lte}")
    if not bounds.gte <= value <= bounds.lte:
        raise InvalidOption(f"{key} is from {bounds.gte} to {bounds.lte}")
    return value


def _enum(enum: EnumDescriptor, key: str, value: object) -> int:
    """Take DMY, dmy, DATE_ORDER_DMY or the number of a value."""
    prefix, words = _prefix(enum), _enum_words(enum)
    if isinstance(value, int) and not isinstance(value, bool) and value in words.values():
        return value
    word = value.upper().removeprefix(prefix) if isinstance(value, str) else ""
    if word in words:
        return words[word]
    raise InvalidOption(f"{key} is one of {', '.join(_shown(w) for w in words)}")


def _string(field: FieldDescriptor, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidOption(f"{key} is text, not {type(value).__name__}")
    if field.name == "delimiter":
        value = DELIMITER_WORDS.get(value, value)
    rules = _rules(field).string
    words = [word for word in getattr(rules, "in") if word]
    if value and words and value not in words:
        shown = ", ".join(repr(w) if not w.isalnum() and len(w) == 1 else w for w in words)
        raise InvalidOption(f"{key} is one of {shown}{close_matches(value, words)}")
    if rules.pattern and not re.search(rules.pattern, value):
        raise InvalidOption(f"{key} is written like {FORMS.get(field.name, rules.pattern)}")
    if rules.max_len and len(value) > rules.max_len:
        raise InvalidOption(f"{key} is at most {rules.max_len} characters long")
    return value


def close_matches(word: str, words: Iterable[str]) -> str:
    """Return "; did you mean a, b?", empty where nothing is near."""
    near = difflib.get_close_matches(word, list(words), n=3, cutoff=0.6)
    return f"; did you mean {', '.join(near)}?" if near else ""


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _is_of_messages(field: FieldDescriptor) -> bool:
    return _is_map(field) and _map_value(field).message_type is not None


def _map_value(field: FieldDescriptor) -> FieldDescriptor:
    assert field.message_type is not None
    return field.message_type.fields_by_name["value"]


def _entry_words(field: FieldDescriptor) -> str:
    if _is_of_messages(field):
        return "name to map"
    return "name to " + ("word" if _map_value(field).enum_type is not None else "text")


def _rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    return field.GetOptions().Extensions[validate_pb2.field]


def _enum_words(enum: EnumDescriptor) -> dict[str, int]:
    prefix = _prefix(enum)
    return {value.name.removeprefix(prefix): value.number for value in enum.values if value.number}


def _shown(word: str) -> str:
    """Write a word as people do: keep_first, but DMY."""
    return word if len(word) == 3 else word.lower()


def _prefix(enum: EnumDescriptor) -> str:
    return enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
