"""From the text of a mapping file to its options."""

from typing import Any

from harmonizer.v1.options_pb2 import Options

from .columns import read_column
from .mapping import Mapping
from .parameters import read_entity, read_parameter
from .place import MappingError, Place, nearest, one_of
from .tree import Items, Node, Scalar, Table, parse
from .values import text_of

VERSION = 1
MAX_BYTES = 1024 * 1024
PARTS = ("version", "name", "entity", "parameters", "columns")
# What a mapping file says in its own way.
OWN = ("entity", "column_map", "column_types")
PARAMETERS = {name: known for name, known in Options.DESCRIPTOR.fields_by_name.items() if name not in OWN}


def read(source: str | bytes, label: str = "") -> Mapping:
    """Return the mapping of a text, YAML or JSON. ``label`` is what to call it in a message. Errors: MappingError."""
    try:
        return _read(parse(_decode(source)), label)
    except MappingError as exc:
        exc.label = exc.label or label
        raise


def _decode(source: str | bytes) -> str:
    if len(source) > MAX_BYTES:
        raise MappingError(f"is longer than {MAX_BYTES} bytes")
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MappingError("is not UTF-8") from None


def _read(root: Node | None, label: str) -> Mapping:
    if not isinstance(root, Table):
        raise MappingError(f"a mapping file is a table of {', '.join(PARTS)}", root.place if root else None)
    _check_version(root)
    for key in root.entries:
        if key not in PARTS:
            raise MappingError(f"is not known; a part {one_of(PARTS)}{nearest(key, PARTS)}", root.keys[key], key)
    options, places = Options(), dict[tuple[Any, ...], Place]()
    if (entity := root.entries.get("entity")) is not None:
        options.entity = read_entity(entity)
    _read_parameters(options, root.entries.get("parameters"), places)
    _read_columns(options, root.entries.get("columns"), places)
    _check_rules(options, places)
    name = root.entries.get("name")
    targets = {key[1]: place for key, place in places.items() if key[0] == "column_map"}
    return Mapping(options, text_of(name, "name") if name is not None else "", label, targets)


def _check_version(root: Table) -> None:
    version = root.entries.get("version")
    if version is None:
        raise MappingError(f"version is missing: begin with version: {VERSION}", root.place)
    if not isinstance(version, Scalar) or version.text != str(VERSION):
        raise MappingError(f"is not known: this release reads version {VERSION}", version.place, "version")


def _table(node: Node | None, path: str) -> Table:
    """Return the table of a part, an empty one where nothing is said."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return Table({}, {}, Place(1, 1))
    if isinstance(node, Items | Scalar):
        raise MappingError("is a table of names with their entries", node.place, path)
    return node


def _read_parameters(options: Options, node: Node | None, places: dict[tuple[Any, ...], Place]) -> None:
    table = _table(node, "parameters")
    for key, value in table.entries.items():
        path, known = f"parameters.{key}", PARAMETERS.get(key)
        if key in OWN:
            part = "entity" if key == "entity" else "columns"
            raise MappingError(f"stands in {part} of the mapping file, not here", table.keys[key], path)
        if known is None:
            raise MappingError(f"is no parameter{nearest(key, PARAMETERS)}", table.keys[key], path)
        read_parameter(options, known, value, path)
        places[(key,)] = value.place


def _read_columns(options: Options, node: Node | None, places: dict[tuple[Any, ...], Place]) -> None:
    table = _table(node, "columns")
    for column, value in table.entries.items():
        if not column:
            raise MappingError("a column has no name", table.keys[column], "columns")
        read_column(options, column, value, places)


def _check_rules(options: Options, places: dict[tuple[Any, ...], Place]) -> None:
    """Apply the rules that stand in the contract. Errors: MappingError."""
    import protovalidate  # Takes longer to load than all the rest.

    for violation in protovalidate.collect_violations(options):
        elements = violation.proto.field.elements if violation.proto.field else ()
        flat = tuple(part for element in elements for part in _step(element))
        place = next((places[flat[:n]] for n in range(len(flat), 0, -1) if flat[:n] in places), None)
        raise MappingError(violation.proto.message, place, ".".join(str(part) for part in flat))


def _step(element: Any) -> tuple[Any, ...]:
    return (element.field_name, element.subscript.value) if element.subscript else (element.field_name,)
