"""Blobs: the bytes of uploads and artifacts, under generated names.

The port is small enough for any object store. The adapter here writes to a directory itself, because an answer of 201
promises bytes that survive a power cut, and the file adapters of object store libraries do not flush to disk.
"""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

READ_BYTES = 256 * 1024
BUFFER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Digest:
    """Size in bytes and SHA-256, lower-case hex, of what was written."""

    size_bytes: int
    sha256: str


class BlobWriter(Protocol):
    """Takes the bytes of one blob, in order. Exactly one of commit and abort ends it."""

    @property
    def size_bytes(self) -> int:
        """Bytes taken so far."""

    async def write(self, data: bytes) -> None:
        """Takes the next bytes."""

    async def commit(self) -> Digest:
        """Makes the bytes safe against a power cut."""

    async def abort(self) -> None:
        """Forgets them."""


class BlobStore(Protocol):
    """Keeps bytes under keys that we make."""

    def create(self, key: str) -> BlobWriter:
        """A writer for a key that is not there yet."""

    def read(
        self, key: str, start: int = 0, end: int | None = None, size: int = READ_BYTES
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from start up to end, in pieces of at most size."""

    async def delete(self, keys: Iterable[str]) -> None:
        """Removes the blobs; one that is not there is no error."""

    async def keys(self) -> list[str]:
        """Every key, also those of writers that ended with the process."""


class DirectoryBlobStore:
    """Blobs as files of one directory, mode 0600. A key is a file name; there are no folders to escape from."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def create(self, key: str) -> BlobWriter:
        return _FileWriter(self._path(key))

    async def read(
        self, key: str, start: int = 0, end: int | None = None, size: int = READ_BYTES
    ) -> AsyncGenerator[bytes, None]:
        # Here and not in a thread: a task that is cancelled meanwhile would leave the file open.
        file = _open_at(self._path(key), start)
        try:
            left = None if end is None else end - start
            while left is None or left > 0:
                data = await asyncio.to_thread(file.read, size if left is None else min(size, left))
                if not data:
                    return
                left = None if left is None else left - len(data)
                yield data
        finally:
            file.close()

    async def delete(self, keys: Iterable[str]) -> None:
        await asyncio.to_thread(_unlink, [self._path(key) for key in keys])

    async def keys(self) -> list[str]:
        return await asyncio.to_thread(os.listdir, self._root)

    def _path(self, key: str) -> Path:
        if "/" in key or key in ("", ".", ".."):
            raise ValueError("a blob key is one file name")
        return self._root / key


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _open_at(path: Path, start: int) -> BinaryIO:
    file = path.open("rb", buffering=0)
    file.seek(start)
    return file


class _FileWriter:
    """Buffers, so that a small blob costs one hop to a thread: open, write, hash and flush together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._ended = False
        # A cancelled task leaves its thread running; the descriptor must not be closed under it.
        self._lock = threading.Lock()
        self._hash = hashlib.sha256()
        self._buffer: list[bytes] = []
        self._buffered = 0
        self.size_bytes = 0

    async def write(self, data: bytes) -> None:
        self._buffer.append(data)
        self._buffered += len(data)
        self.size_bytes += len(data)
        if self._buffered >= BUFFER_BYTES:
            await asyncio.to_thread(self._flush)

    async def commit(self) -> Digest:
        await asyncio.to_thread(self._finish)
        return Digest(self.size_bytes, self._hash.hexdigest())

    async def abort(self) -> None:
        await asyncio.shield(asyncio.to_thread(self._drop))

    def _flush(self) -> None:
        with self._lock:
            if not self._ended:
                self._write_out()

    def _write_out(self) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        data = b"".join(self._buffer)
        self._buffer, self._buffered = [], 0
        self._hash.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def _finish(self) -> None:
        with self._lock:
            self._write_out()
            assert self._file is not None
            os.fsync(self._file)
            self._close()
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _drop(self) -> None:
        with self._lock:
            self._close()
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        self._ended = True
        if self._file is not None:
            os.close(self._file)
            self._file = None
