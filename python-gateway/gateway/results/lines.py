"""Records inside a blob, one after the other, each with the place behind it, so that a page can begin anywhere."""

import csv
import io
import re
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from typing import Any

import orjson

Placed = tuple[int, bytes]
"""A line without its end, and the offset of the first byte behind it."""

csv.field_size_limit(2**31 - 1)  # The harmonizer bounds its fields; the module's own bound is lower.

_GUARDED = re.compile("'[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


async def split(
    chunks: AsyncGenerator[bytes, None], offset: int = 0, quoted: bool = False
) -> AsyncGenerator[list[Placed], None]:
    """Lines in groups, at most one a chunk. With quoted, a line break between quotation marks (CSV) ends no line."""
    rest = list[bytes]()
    async with aclosing(chunks):
        async for chunk in chunks:
            rest.append(chunk)
            if b"\n" in chunk:  # A line of many chunks is put together once.
                group, offset, tail = _group(b"".join(rest).split(b"\n"), offset, quoted)
                rest = [tail]
                yield group
    if last := b"".join(rest):
        yield [(offset + len(last), last)]


def _group(lines: list[bytes], offset: int, quoted: bool) -> tuple[list[Placed], int, bytes]:
    group, held = list[Placed](), b""
    for line in lines[:-1]:
        held = held + b"\n" + line if held else line
        if quoted and held.count(b'"') % 2:
            continue
        offset += len(held) + 1
        group.append((offset, held))
        held = b""
    return group, offset, held + b"\n" + lines[-1] if held else lines[-1]


class CsvRecords:
    """Reads our own CSV back: comma, LF, an empty cell for null, formulas guarded by an apostrophe (rule SEC-1)."""

    def __init__(self, header: bytes) -> None:
        self.fields = next(csv.reader(io.StringIO(header.decode(), newline="")), [])

    def read(self, lines: Iterable[bytes]) -> list[dict[str, str | None]]:
        """Each line's record by its field names."""
        rows = csv.reader(line.decode() for line in lines)
        # Hardly a cell is guarded, and a look at its first character is cheap.
        return [
            {
                field: unguarded(cell) if cell[:1] == "'" else cell or None
                for field, cell in zip(self.fields, row, strict=False)
            }
            for row in rows
        ]


def unguarded(cell: str) -> str | None:
    """The cell before the guard of rule SEC-1, which rule 0.10 removes on reading; null where it is empty."""
    if _GUARDED.match(cell) and not _PLAIN_NUMBER.fullmatch(cell[1:]):
        return cell[1:]
    return cell or None


def ndjson(group: list[Placed]) -> Iterator[tuple[int, Any]]:
    """Parsed lines with the place behind each."""
    for place, line in group:
        yield place, orjson.loads(line)
