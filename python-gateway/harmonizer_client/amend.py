"""Changes to records that were already sent, and how to apply them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from harmonizer.v1 import record_pb2

from .batch import Batch, Cell

MARKS = ("record_status", "collision_group", "superseded_by")


@dataclass(frozen=True, slots=True)
class Amendment:
    """New marks of one record, named by file, entity and record number (1-based, header excluded); "" means
    unchanged."""

    entity: str
    record_no: int
    removed: bool
    """A later step found the record to be a duplicate or moved it to the quarantine."""
    record_status: str
    collision_group: str
    superseded_by: str
    file: int = 0
    """Position of the file within the run, 0-based."""

    @classmethod
    def from_proto(cls, message: record_pb2.Amendment) -> Self:
        """Take the message of the contract."""
        marks = (message.record_status, message.collision_group, message.superseded_by)
        return cls(message.entity, message.record_no, message.removed, *marks, message.file)


def amended(batch: Batch, amendments: Sequence[Amendment]) -> Batch:
    """Return the batch with the amendments of its file and entity applied, removed records left out.

    A batch without the column record_no is returned as it is: nothing says which record is which. Where several
    records have one number (a blood pressure split in two), all are amended.
    """
    changes = _merged(a for a in amendments if (a.file, a.entity) == (batch.file, batch.entity))
    if not changes or "record_no" not in batch.fields:
        return batch
    numbers = batch.column("record_no")
    keep = [row for row, number in enumerate(numbers) if not (number in changes and changes[number].removed)]
    columns = [
        _amended_column(field, column, numbers, changes)
        for field, column in zip(batch.fields, batch.columns, strict=True)
    ]
    cells = [[column[row] for row in keep] for column in columns]
    return Batch(batch.entity, batch.fields, cells, len(keep), batch.file)


def _merged(amendments: Iterable[Amendment]) -> dict[str, Amendment]:
    """Return one amendment a record number as text; a later mark replaces an earlier one, removed stays removed."""
    changes: dict[str, Amendment] = {}
    for new in amendments:
        old = changes.setdefault(str(new.record_no), new)
        marks = {mark: getattr(new, mark) or getattr(old, mark) for mark in MARKS}
        changes[str(new.record_no)] = replace(new, removed=old.removed or new.removed, **marks)
    return changes


def _amended_column(
    field: str, column: Sequence[Cell], numbers: Sequence[Cell], changes: Mapping[str, Amendment]
) -> Sequence[Cell]:
    if field not in MARKS:
        return column
    marks = {number: mark for number, change in changes.items() if (mark := getattr(change, field))}
    return [
        marks.get(number, cell) if number is not None else cell for number, cell in zip(numbers, column, strict=True)
    ]
