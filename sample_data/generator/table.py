"""One extract in the making: rows in file order, the clothes it wears, and a ledger of faults."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

ERROR, WARNING, INFO = "error", "warning", "information"

Cells = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """What one rule must say about one record, or about the file when no row carries it."""

    rule: str
    severity: str
    column: str
    what: str
    together: bool = False  # Said only when the files are taken together and patients are matched.


@dataclass(frozen=True)
class Plant:
    """A fault and the cells that cause it; `cells` may compute them from the row it lands on."""

    fault: Fault
    cells: Cells | Callable[[Cells], Cells]
    where: Callable[[Cells], bool] = lambda _cells: True


@dataclass
class Row:
    """One line of the file: cells by column, or raw text that no writer would produce."""

    cells: Cells
    raw: str | None = None
    counted: bool = True
    planted: bool = False
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Clothes:
    """How the bytes are dressed. `encoding` is a Python codec name."""

    delimiter: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"
    preamble: tuple[str, ...] = ()
    gzipped: bool = False


class Table:
    """Rows of one extract. Record numbers exist only when the file is complete."""

    def __init__(self, name: str, entity: str, header: Iterable[str], clothes: Clothes, rng: Random) -> None:
        self.name, self.entity, self.header = name, entity, list(header)
        self.clothes, self.rng = clothes, rng
        self.rows: list[Row] = []
        self.file_faults: list[Fault] = []
        self.moves = dict.fromkeys(("duplicates", "quarantined", "routed", "created"), 0)
        self.stands_elsewhere = 0  # Records that an earlier file has: removed when taken together.

    def add(self, cells: Cells, *faults: Fault) -> Row:
        """Append a record; its faults are ordinary mess, so it may still receive a plant."""
        row = Row({name: cells.get(name, "") for name in self.header}, faults=list(faults))
        self.rows.append(row)
        return row

    def insert(self, row: Row, after: Row | None = None) -> Row:
        """Put a row at a random place behind `after` (or anywhere)."""
        start = self.rows.index(after) + 1 if after else 0
        self.rows.insert(self.rng.randint(start, len(self.rows)), row)
        row.planted = True
        return row

    def pick(self, where: Callable[[Cells], bool] = lambda _cells: True) -> Row:
        """Take a row nobody has planted anything in; from now on it is taken."""
        free = [row for row in self.rows if not row.planted and row.raw is None]
        row = self.rng.choice([row for row in free if where(row.cells)])
        row.planted = True
        return row

    def plant(self, plants: Iterable[Plant]) -> None:
        """Overwrite cells of one untouched row for each plant."""
        for plant in plants:
            row = self.pick(plant.where)
            changed = plant.cells(row.cells) if callable(plant.cells) else plant.cells
            unknown = changed.keys() - row.cells.keys()
            if unknown:
                raise KeyError(f"{self.name}: no column {sorted(unknown)}")
            row.cells.update(changed)
            row.faults = [mess for mess in row.faults if mess.column not in changed]
            row.faults.append(plant.fault)

    def duplicate(
        self,
        count: int,
        disguise: Callable[[Cells], Cells] = lambda _cells: {},
        where: Callable[[Cells], bool] = lambda _cells: True,
        what: str = "the same record again",
    ) -> None:
        """Repeat records that DED-1 must remove, byte for byte or in a disguise."""
        for _ in range(count):
            first = self.pick(where)
            again = Row(dict(first.cells) | disguise(first.cells))
            again.faults.append(Fault("DED-1", INFO, "", what))
            self.insert(again, after=first)
        self.moves["duplicates"] += count

    def again(
        self,
        changed: Callable[[Cells], Cells],
        *faults: Fault,
        where: Callable[[Cells], bool] = lambda _cells: True,
    ) -> None:
        """Repeat a record's key with other contents; nothing is removed."""
        first = self.pick(where)
        row = Row(first.cells | changed(first.cells), faults=list(faults))
        self.insert(row, after=first)

    def broken(self, raw: str, fault: Fault) -> None:
        """Insert a line that cannot be read as a record: always quarantined."""
        self.insert(Row({}, raw=raw, faults=[fault]))
        self.moves["quarantined"] += 1

    def blank(self) -> None:
        """Insert a blank line; it is skipped and not a record."""
        self.insert(Row({}, raw="", counted=False))
        self.file_faults.append(Fault("STD-CSV-1", INFO, "", "blank line, skipped"))

    def content(self) -> bytes:
        """The bytes of the file before compression."""
        lines = [*self.clothes.preamble, self.line(self.header)]
        lines += [self.line(row.cells.values()) if row.raw is None else row.raw for row in self.rows]
        text = "".join(line + self.clothes.newline for line in lines)
        mark = "\ufeff" if self.clothes.encoding == "utf-16-le" else ""
        return (mark + text).encode(self.clothes.encoding)

    def encode(self) -> bytes:
        """The bytes on disk; a gzip header names no time, no file and no operating system."""
        if not self.clothes.gzipped:
            return self.content()
        packed = gzip.compress(self.content(), 9, mtime=0)
        return packed[:9] + b"\xff" + packed[10:]

    def line(self, cells: Iterable[str]) -> str:
        """Cells of one record, quoted where RFC 4180 needs it."""
        special = (self.clothes.delimiter, '"', "\n", "\r")
        return self.clothes.delimiter.join(
            '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in special) else cell for cell in cells
        )
