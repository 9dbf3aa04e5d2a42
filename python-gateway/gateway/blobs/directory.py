"""Blobs as files of one directory: ours, because an answer of 201 promises bytes that survive a power cut.

The file adapters of object store libraries do not flush to disk.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
import stat
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from gateway.blobs import wipe
from gateway.blobs.port import PAGE_KEYS, READ_BYTES, BlobExists, BlobMissing, BlobWriter, Digest, checked, is_key
from gateway.errors import StorageFull, StorageUnavailable

BUFFER_BYTES = 1024 * 1024
PING_SECONDS = 5.0

Entries = Any
"""What os.scandir gives."""

# No room, no room for this user, and a file larger than file system or process limits allow.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DirectoryBlobStore:
    """Blobs as files, mode 0600, in a directory, mode 0700. A key is a file name; there are no folders to escape from.

    Until it is committed, and while it is wiped, a file has mode 0200, and reading it says that it is missing.

    secure: deleted bytes are overwritten with zeros first; gateway.blobs.wipe says what that does not reach.
    """

    def __init__(self, root: Path, secure: bool = False) -> None:
        self._root, self._remove = root, wipe.remove if secure else _unlink
        with _answering():
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Not its device: that may be another number when the same disk is mounted again.
            self._inode = os.stat(root).st_ino

    def create(self, key: str) -> BlobWriter:
        return _FileWriter(self._path(key), self._remove, self._check)

    async def read(
        self, key: str, start: int = 0, end: int | None = None, size: int = READ_BYTES
    ) -> AsyncGenerator[bytes, None]:
        # Here and not in a thread: a task that is cancelled meanwhile would leave the file open.
        file = self._open(key)
        try:
            while want := size if end is None else min(size, max(end - start, 0)):
                data = await asyncio.to_thread(_piece, file, want, start)
                if not data:
                    return
                start += len(data)
                yield data
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
        with _answering():
            if os.stat(self._root).st_ino != self._inode:
                raise StorageUnavailable("the blob directory is another one than at the start: is its disk mounted?")

    def _open(self, key: str) -> int:
        path = self._path(key)
        with _answering():
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
        with _answering():
            for path in paths:
                self._remove(path)

    def _entries(self) -> Entries:
        self._check()
        with _answering():
            return os.scandir(self._root)

    def _path(self, key: str) -> Path:
        return self._root / checked(key)


@contextmanager
def _answering() -> Iterator[None]:
    """Turns what the system says into what the port says."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("the data directory has no room left: free space, or raise its quota") from error
        raise StorageUnavailable("the blob directory cannot be used") from error


def _page(entries: Entries) -> list[str]:
    with _answering():
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


def _piece(file: int, size: int, start: int) -> bytes:
    # With its offset: a thread left running by a cancelled task must not move the place of another reader's file.
    with _answering():
        data = os.pread(file, size, start)
        if not _is_whole(file):
            raise BlobMissing
        return data


def _is_whole(file: int | Path) -> bool:
    # Looked at in the mode, because root may open any file.
    return bool(os.stat(file).st_mode & stat.S_IRUSR)


class _FileWriter:
    """Buffers, so that a small blob costs one hop to a thread: open, write, hash and flush together."""

    def __init__(self, path: Path, remove: wipe.Remove, check: Callable[[], None]) -> None:
        self._path, self._remove, self._check = path, remove, check
        self._file: int | None = None
        self._ended = False
        # A cancelled task leaves its thread running; the descriptor must not be closed under it.
        self._lock = threading.Lock()
        self._hash = hashlib.sha256()
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._made = False
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
        with self._lock, _answering():
            if not self._ended:
                self._write_out()

    def _write_out(self) -> None:
        file = self._opened()
        data = b"".join(self._buffer)
        self._buffer, self._buffered = [], 0
        self._hash.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]

    def _opened(self) -> int:
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, wipe.HALF)
            except FileExistsError:
                raise BlobExists from None
            self._made = True
            # Says to every process that somebody is at work on it. Where a file system has no locks, a grace time does.
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_EX)
        return self._file

    def _finish(self) -> None:
        with self._lock, _answering():
            # Aborted before this thread came to run: the file must not come back.
            if self._ended:
                return
            self._write_out()
            file = self._opened()
            os.fchmod(file, 0o600)
            os.fsync(file)
            self._check()
            self._close()
            directory = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def _drop(self) -> None:
        with self._lock, suppress(OSError):
            self._close()
            if self._made:
                self._remove(self._path)

    def _close(self) -> None:
        self._ended = True
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)
