"""What a mapping file says, ready to be merged with what a caller says."""

from collections.abc import Collection
from collections.abc import Mapping as Names
from dataclasses import dataclass, field

from harmonizer.v1.options_pb2 import Options

from .place import MappingError, Place, nearest


@dataclass(frozen=True)
class Mapping:
    """A mapping file that was read. It must not be changed."""

    options: Options
    """The entity, the parameters, column_map and column_types."""
    name: str = ""
    label: str = ""
    """What to call the file in a message."""
    places: Names[str, Place] = field(default_factory=dict)
    """Where the field of a column stands, by column."""

    def to_options(self, base: Options | None = None, explicit: Collection[str] = ()) -> Options:
        """Return the file's options with those of ``base`` over them.

        ``explicit`` are names of options that the caller set on purpose, perhaps to their default, which ``base`` alone
        does not tell. Of column_map and column_types each column counts for itself, in both together.
        """
        merged = Options()
        merged.CopyFrom(self.options)
        if base is None:
            return merged
        maps = {name for name, known in Options.DESCRIPTOR.fields_by_name.items() if _is_map(known)}
        for name in {known.name for known, _ in base.ListFields()} | set(explicit):
            if name not in maps:
                merged.ClearField(name)  # type: ignore[arg-type]
        for column in base.column_map:
            merged.column_types.pop(column, None)
        for column in base.column_types:
            merged.column_map.pop(column, None)
        merged.MergeFrom(base)
        return merged

    def check_fields(self, entity: str, fields: Collection[str]) -> None:
        """Find a column that is mapped to no field of its entity. Errors: MappingError names the nearest field."""
        for column, target in self.options.column_map.items():
            if target and target not in fields:
                what = f"is no field of {entity}{nearest(target, fields)}"
                raise MappingError(what, self.places.get(column), f"columns.{column}: {target}", self.label)


def _is_map(known: object) -> bool:
    message = getattr(known, "message_type", None)
    return message is not None and message.GetOptions().map_entry
