"""Where the bytes of a file come from: a path, a file object, bytes, or an iterator of bytes; and several of them."""

import io
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Self, TypeGuard, cast

from .errors import InvalidOption, SourceError

CHUNK_BYTES = 512 * 1024
"""Measured: gRPC in Python costs about 0.2 ms a message whatever its size, and no more is gained past this."""

NOT_A_SOURCE = "source is a path, a binary file, bytes or an iterator of bytes, not {}"
Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]
AsyncSource = Source | AsyncIterable[bytes]
Named = tuple[str, Source]
"""A source with the name that the service is told."""
Sources = Source | Named | list[Source | Named]
"""One file or a list of them, which are harmonized together. A list of bytes alone is the pieces of one file."""
AsyncSources = AsyncSource | Named | list[Source | Named]
MOST_FILES = 100
_BYTES = (bytes, bytearray, memoryview)


class Input:
    """A source that was opened: ``file_name`` for the spec, ``size_bytes`` (0: not known), and its chunks, once."""

    def __init__(self, file_name: str, size_bytes: int, pieces: Iterator[bytes], file: BinaryIO | None = None) -> None:
        self.file_name = file_name
        self.size_bytes = size_bytes
        self._pieces = pieces
        self._file = file

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in pieces of 1 byte to 512 KiB. Errors: SourceError where reading fails."""
        try:
            for piece in self._pieces:
                yield from _cut(piece)
        except OSError as exc:
            raise _unreadable(self.file_name, exc) from exc
        finally:
            self.close()

    def __enter__(self) -> Self:
        """Return the input."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the file if this object opened it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def open_source(source: Source, file_name: str | None = None) -> Input:
    """Open a source. ``file_name`` overrides the name the service is told; its words help to choose the entity
    (MAP-2).

    Errors: SourceError for a path that cannot be opened or is a directory; TypeError for anything else, text included.
    """
    if isinstance(source, (str, os.PathLike)):
        return _open_path(Path(source), file_name)
    if isinstance(source, _BYTES):
        content = bytes(source)
        return Input(file_name or "", len(content), iter((content,)))
    if hasattr(source, "read"):
        file = cast("BinaryIO", source)
        return Input(file_name or _base_name(getattr(file, "name", "")), _size_left(file), _read_pieces(file))
    if isinstance(source, Iterable):
        return Input(file_name or "", 0, _checked(source))
    raise TypeError(NOT_A_SOURCE.format(type(source).__name__))


def open_sources(source: Sources, file_name: str | None = None) -> list[Input]:
    """Open every source of a run. Errors: as open_source, InvalidOption for more than 100; none is left open."""
    files = source if _is_several(source) else [cast("Source", source)]
    if file_name is not None and len(files) > 1:
        raise TypeError("file_name names one file; give each of several as (name, source)")
    if len(files) > MOST_FILES:
        raise InvalidOption(f"a run takes at most {MOST_FILES} files")
    opened: list[Input] = []
    try:
        for file in files:
            opened.append(_open(file, file_name))
    except BaseException:
        close_all(opened)
        raise
    return opened


def close_all(inputs: Iterable[Input]) -> None:
    """Close what was opened."""
    for opened in inputs:
        opened.close()


def total_bytes(inputs: Sequence[Input]) -> int:
    """Return the size of all together, 0 where that of one is not known."""
    sizes = [opened.size_bytes for opened in inputs]
    return sum(sizes) if all(sizes) else 0


def _is_several(source: Sources) -> TypeGuard[list[Source | Named]]:
    return isinstance(source, list) and not all(isinstance(item, _BYTES) for item in source)


def _open(source: Source | Named, file_name: str | None) -> Input:
    if isinstance(source, tuple) and len(source) == 2 and isinstance(source[0], str):
        name, source = source
        return open_source(source, file_name or name)
    return open_source(cast("Source", source), file_name)


def _open_path(path: Path, file_name: str | None) -> Input:
    try:
        file = path.open("rb", buffering=0)
    except OSError as exc:
        raise _unreadable(str(path), exc) from exc
    status = os.fstat(file.fileno())
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    return Input(file_name or path.name, size, _read_pieces(file), file)


def _unreadable(name: str, exc: OSError) -> SourceError:
    if isinstance(exc, IsADirectoryError):
        return SourceError(f"{name} is a directory; name the files in it", reason="IS_A_DIRECTORY")
    if isinstance(exc, FileNotFoundError):
        return SourceError(f"{name}: there is no such file", reason="NO_SUCH_FILE")
    return SourceError(f"{name} cannot be read: {exc.strerror or type(exc).__name__}", reason="UNREADABLE")


def _base_name(name: object) -> str:
    return os.path.basename(name) if isinstance(name, str) and not name.startswith("<") else ""


def _size_left(file: BinaryIO) -> int:
    """Return the bytes from the file's position to its end, 0 where that cannot be told (pipes, gzip objects)."""
    try:
        status = os.fstat(file.fileno())
        # A GzipFile shares the descriptor of the compressed file, but what it reads has another length.
        if not stat.S_ISREG(status.st_mode) or not _is_plain(file):
            return 0
        return max(status.st_size - file.tell(), 0)
    except (AttributeError, OSError, ValueError):
        return 0


def _is_plain(file: object) -> bool:
    return isinstance(file, io.FileIO) or isinstance(getattr(file, "raw", None), io.FileIO)


def _read_pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(CHUNK_BYTES):
        if not isinstance(piece, bytes):
            raise TypeError("the file is open as text; open it with mode 'rb'")
        yield piece


def _checked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if not isinstance(piece, _BYTES):
            raise TypeError(NOT_A_SOURCE.format("an iterator of " + type(piece).__name__))
        yield bytes(piece)


def _cut(piece: bytes) -> Iterator[bytes]:
    if 0 < len(piece) <= CHUNK_BYTES:
        yield piece
        return
    for start in range(0, len(piece), CHUNK_BYTES):
        yield piece[start : start + CHUNK_BYTES]


async def async_chunks(source: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield the bytes of an asynchronous iterator in pieces of 1 byte to 512 KiB."""
    async for piece in source:
        for part in _cut(piece):
            yield part
