"""Records as they come back: some hundred of one entity, column by column, null distinct from empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from harmonizer.v1 import record_pb2

if TYPE_CHECKING:
    import pandas
    import pyarrow

Cell = str | None
"""A value as text; None is null, "" is an empty text."""


class Batch:
    """``num_rows`` records of one ``entity`` of one ``file``, the position of the file within the run, 0-based;
    ``fields`` are the names of the columns in output order (rule 0.9)."""

    __slots__ = ("_columns", "_message", "entity", "fields", "file", "num_rows")

    def __init__(
        self, entity: str, fields: Sequence[str], columns: Sequence[Sequence[Cell]], num_rows: int, file: int = 0
    ) -> None:
        self.entity = entity
        self.file = file
        self.fields = tuple(fields)
        self.num_rows = num_rows
        self._message: record_pb2.RecordBatch | None = None
        self._columns: tuple[Sequence[Cell], ...] = tuple(columns)

    @classmethod
    def from_proto(cls, fields: tuple[str, ...], message: record_pb2.RecordBatch) -> Batch:
        """Take the message of the contract; its cells become Python strings only when somebody looks at them."""
        batch = cls(message.entity, fields, (), message.record_count, message.file)
        batch._message = message
        return batch

    @property
    def columns(self) -> tuple[Sequence[Cell], ...]:
        """One sequence of num_rows cells for each field."""
        if self._message is not None:
            self._columns = tuple(_cells(column) for column in self._message.columns)
            self._message = None
        return self._columns

    def column(self, field: str) -> Sequence[Cell]:
        """Return the cells of one field. Errors: KeyError."""
        try:
            return self.columns[self.fields.index(field)]
        except ValueError:
            raise KeyError(field) from None

    def rows(self) -> Iterator[dict[str, Cell]]:
        """Yield the records as dicts from field to cell."""
        for cells in zip(*self.columns, strict=True):
            yield dict(zip(self.fields, cells, strict=True))

    def __len__(self) -> int:
        """Number of records."""
        return self.num_rows

    def to_arrow(self) -> pyarrow.RecordBatch:
        """Return an Arrow record batch of string columns. Errors: ImportError without pyarrow."""
        try:
            import pyarrow
        except ImportError as exc:
            raise ImportError("to_arrow() needs pyarrow: pip install pyarrow") from exc
        arrays = [pyarrow.array(column, pyarrow.string()) for column in self.columns]
        return pyarrow.RecordBatch.from_arrays(arrays, names=list(self.fields))

    def to_pandas(self) -> pandas.DataFrame:
        """Return a data frame of dtype "string", null as pandas.NA. Errors: ImportError without pandas."""
        try:
            import pandas
        except ImportError as exc:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from exc
        columns = zip(self.fields, self.columns, strict=True)
        return pandas.DataFrame({field: pandas.array(column, dtype="string") for field, column in columns})


def concat(entity: str, fields: tuple[str, ...], batches: Sequence[Batch], file: int = 0) -> Batch:
    """Return one batch of all records; the batches are of one entity of one file and have the same fields."""
    columns: list[list[Cell]] = [[] for _ in fields]
    for batch in batches:
        for column, cells in zip(columns, batch.columns, strict=True):
            column.extend(cells)
    return Batch(entity, fields, columns, sum(batch.num_rows for batch in batches), file)


def _cells(column: record_pb2.Column) -> list[Cell]:
    cells = cast("list[Cell]", list(column.values))
    for row in column.null_rows:
        cells[row] = None
    return cells
