"""Blobs as files of one directory: ours, because an answer of 201 promises bytes that survive a power cut.

The file adapters of object store libraries do not flush to disk.
"""

import asyncio
import fcntl
import os
import stat
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, cast

from gateway.blobs import wipe
from gateway.blobs.oserrors import answering
from gateway.blobs.port import (
    PAGE_KEYS,
    READ_BYTES,
    BlobMissing,
    BlobWriter,
    Digest,
    Each,
    Hash,
    checked,
    is_key,
    nothing,
)
from gateway.blobs.writer import FileWriter, keep_names
from gateway.errors import StorageUnavailable

PING_SECONDS = 5.0
STRETCH_BYTES = 1024 * 1024
"""Most that is read in one hop to a thread, which costs more than reading a piece does."""

Entries = Any
"""What os.scandir gives."""


class DirectoryBlobStore:
    """Blobs as files, mode 0600, in a directory, mode 0700. A key is a file name; there are no folders to escape from.

    Until it is committed, and while it is wiped, a file has mode 0200, and reading it says that it is missing.

    secure: deleted bytes are overwritten with zeros first; gateway.blobs.wipe says what that does not reach.
    """

    def __init__(self, root: Path, secure: bool = False) -> None:
        self._root, self._remove = root, wipe.remove if secure else _unlink
        with answering():
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Not its device: that may be another number when the same disk is mounted again.
            self._inode = os.stat(root).st_ino

    def create(self, key: str, hashes: Sequence[Hash] = ()) -> BlobWriter:
        return FileWriter(self._path(key), self._remove, self._check, hashes)

    async def commit(self, writers: Sequence[BlobWriter], each: Each = nothing) -> list[Digest]:
        files = cast("Sequence[FileWriter]", writers)
        for file in files:
            await file.landed()
        await asyncio.to_thread(self._commit, files, each)
        return [file.digest() for file in files]

    def _commit(self, files: Sequence[FileWriter], each: Each) -> None:
        # All are written before any is flushed: a journal then takes them together, and the flushes that follow the
        # first have little left to do.
        for file in files:
            file.complete()
        for file in files:
            file.flush()
            each()
        keep_names(self._root)

    async def read(
        self, key: str, start: int = 0, end: int | None = None, size: int = READ_BYTES
    ) -> AsyncGenerator[bytes, None]:
        # Here and not in a thread: a task that is cancelled meanwhile would leave the file open.
        file = self._open(key)
        try:
            # Little at first, so that a page costs a page.
            count, most = 2, max(1, STRETCH_BYTES // size)
            while end is None or start < end:
                count = min(count, most)
                pieces = await asyncio.to_thread(_pieces, file, start, end, size, count)
                for data in pieces:
                    start += len(data)
                    yield data
                if len(pieces) < count:
                    return
                count *= 2
        finally:
            os.close(file)

    async def delete(self, keys: Iterable[str]) -> None:
        await asyncio.to_thread(self._delete, [self._path(key) for key in keys])

    async def pages(self) -> AsyncGenerator[list[str], None]:
        entries = await asyncio.to_thread(self._entries)
        try:
            while page := await asyncio.to_thread(_page, entries):
                yield [name for name in page if is_key(name)]
        finally:
            entries.close()

    async def keys(self) -> list[str]:
        return [key async for page in self.pages() for key in page]

    async def written(self, keys: Iterable[str]) -> set[str]:
        return await asyncio.to_thread(lambda: {key for key in keys if _is_locked(self._path(key))})

    async def ping(self) -> None:
        try:
            usable = await asyncio.wait_for(asyncio.to_thread(self._usable), PING_SECONDS)
        except TimeoutError:
            usable = False
        if not usable:
            raise StorageUnavailable("the blob directory does not answer")

    def _usable(self) -> bool:
        with suppress(StorageUnavailable):
            self._check()
            return os.access(self._root, os.W_OK | os.X_OK)
        return False

    def _check(self) -> None:
        """Raises StorageUnavailable where the directory is not the one that was opened: a mount point without its disk
        is a directory too, and an empty one.
        """
        with answering():
            if os.stat(self._root).st_ino != self._inode:
                raise StorageUnavailable("the blob directory is another one than at the start: is its disk mounted?")

    def _open(self, key: str) -> int:
        path = self._path(key)
        with answering():
            try:
                return os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                self._check()
                raise BlobMissing from None
            except PermissionError:
                if not _is_whole(path):
                    raise BlobMissing from None
                raise

    def _delete(self, paths: list[Path]) -> None:
        with answering():
            for path in paths:
                self._remove(path)

    def _entries(self) -> Entries:
        self._check()
        with answering():
            return os.scandir(self._root)

    def _path(self, key: str) -> Path:
        return self._root / checked(key)


def _page(entries: Entries) -> list[str]:
    with answering():
        return [entry.name for entry in islice(entries, PAGE_KEYS)]


def _is_locked(path: Path) -> bool:
    try:
        file = os.open(path, os.O_WRONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(file)
    return False


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


def _pieces(file: int, start: int, end: int | None, size: int, count: int) -> list[bytes]:
    """Up to so many pieces; fewer where the file or the stretch asked for ends."""
    pieces = list[bytes]()
    with answering():
        while len(pieces) < count and (want := size if end is None else min(size, end - start)):
            # With its offset: a thread left running by a cancelled task must not move the place of another's file.
            data = os.pread(file, want, start)
            if not data:
                break
            pieces.append(data)
            start += len(data)
        if not _is_whole(file):
            raise BlobMissing
        return pieces


def _is_whole(file: int | Path) -> bool:
    # Looked at in the mode, because root may open any file.
    return bool(os.stat(file).st_mode & stat.S_IRUSR)
