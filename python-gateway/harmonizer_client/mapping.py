"""Mapping files on this side: read from a path, put under what the caller says, held to the fields of their entity."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike, fspath
from typing import TYPE_CHECKING

from harmonizer_mapping import MAX_BYTES, Mapping, MappingError, read

from .errors import InvalidOption
from .options import Options, OptionsLike, given_names, to_options

if TYPE_CHECKING:
    from .client import Client

MappingLike = Mapping | str | PathLike[str] | None
# Its wide columns are fields too, which the contract does not list; the harmonizer warns of what is none.
WIDE = "vital"


def load_mapping(source: str | PathLike[str]) -> Mapping:
    """Return the mapping of a file. Errors: InvalidOption says where in the file what is wrong."""
    try:
        with open(source, "rb") as file:
            text = file.read(MAX_BYTES + 1)
        return read(text, fspath(source))
    except OSError as exc:
        raise InvalidOption(f"{fspath(source)}: cannot be read: {exc.strerror}", reason="INVALID_MAPPING") from None
    except MappingError as exc:
        raise refusal(exc) from None


def refusal(exc: MappingError) -> InvalidOption:
    """Return what a wrong mapping file is to a caller."""
    return InvalidOption(str(exc), reason="INVALID_MAPPING")


def with_mapping(
    mapping: MappingLike, options: OptionsLike, entity: str | None = None, explicit: Collection[str] = ()
) -> Options:
    """Return the options of a mapping, a path or what was read from one, with those of the caller over them.

    ``explicit`` names options that the caller set on purpose where ``options`` does not tell. Errors: InvalidOption.
    """
    base = to_options(options, entity)
    if mapping is None:
        return base
    known = mapping if isinstance(mapping, Mapping) else load_mapping(mapping)
    return known.to_options(base, {*explicit, *given_names(options)})


def check_fields(client: Client, mapping: MappingLike, options: Options) -> None:
    """Find a column that is mapped to no field of the entity, where one is named. Errors: InvalidOption names the
    nearest field; what ``Client.entity`` raises."""
    if mapping is None or options.entity in ("", WIDE):
        return
    known = mapping if isinstance(mapping, Mapping) else load_mapping(mapping)
    if any(known.options.column_map.values()):
        fields = [field.name for field in client.entity(options.entity).fields if not field.derived_from]
        try:
            known.check_fields(options.entity, fields)
        except MappingError as exc:
            raise refusal(exc) from None
