"""The writer of a blob that is a file: hashed, written and flushed in threads while the loop takes more."""

import asyncio
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from gateway.blobs import wipe, writeback
from gateway.blobs.oserrors import answering
from gateway.blobs.port import BlobExists, Digest, Hash

BATCH_BYTES = 512 * 1024
# Pieces that are smaller on average are worth a copy to save calls.
_PIECE_BYTES = 16 * 1024

Batch = list[bytes]


class FileWriter:
    """Collects a batch while a thread hashes and writes the one before it.

    A small blob costs one hop to a thread: open, write, hash and flush together.
    """

    def __init__(self, path: Path, remove: wipe.Remove, check: Callable[[], None], hashes: Sequence[Hash] = ()) -> None:
        self._path, self._remove, self._check = path, remove, check
        self._hashes = hashes or (hashlib.sha256(),)
        self._file: int | None = None
        self._ended = False
        # A cancelled task leaves its thread running; the descriptor must not be closed under it.
        self._lock = threading.Lock()
        self._batch: Batch = []
        self._batched = 0
        self._writing: asyncio.Future[None] | None = None
        self._made = False
        self._written, self._begun = 0, 0
        self.size_bytes = 0

    async def write(self, data: bytes) -> None:
        self._batch.append(data)
        self._batched += len(data)
        self.size_bytes += len(data)
        if self._batched >= BATCH_BYTES:
            await self.landed()
            self._writing = asyncio.get_running_loop().run_in_executor(None, self._flush, self._taken())
            # Where the next call is abort, nobody asks how it ended.
            self._writing.add_done_callback(lambda ended: ended.cancelled() or ended.exception())

    async def commit(self) -> Digest:
        await self.landed()
        await asyncio.to_thread(self._commit)
        return self.digest()

    async def abort(self) -> None:
        await asyncio.shield(asyncio.to_thread(self._drop))

    async def landed(self) -> None:
        """Waits for the batch that is being written. Raises what that raised."""
        if self._writing is not None:
            # Unlike awaiting it, does not cancel a batch that waits for a thread.
            await asyncio.wait({self._writing})
            self._writing.result()

    def digest(self) -> Digest:
        """Of a file that is finished."""
        return Digest(self.size_bytes, self._hashes[0].hexdigest())

    def _taken(self) -> Batch:
        batch, self._batch, self._batched = self._batch, [], 0
        return batch

    def _flush(self, batch: Batch) -> None:
        with self._lock, answering():
            if not self._ended:
                self._write_out(batch)

    def _write_out(self, batch: Batch) -> None:
        file = self._opened()
        size = sum(map(len, batch))
        if size < _PIECE_BYTES * len(batch):
            batch = [b"".join(batch)]
        for data in batch:
            for sha in self._hashes:
                sha.update(data)
            view = memoryview(data)
            while view:
                view = view[os.write(file, view) :]
        self._written += size
        if self._written - self._begun >= writeback.EVERY_BYTES:
            writeback.begin(file, self._begun, self._written - self._begun)
            self._begun = self._written

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

    def _commit(self) -> None:
        self.complete()
        self.flush()
        keep_names(self._path.parent)

    def complete(self) -> None:
        """In a thread, when the last batch has landed: writes what is left. The file is whole, but not yet safe."""
        with self._lock, answering():
            # Aborted before this thread came to run: the file must not come back.
            if self._ended:
                return
            self._write_out(self._taken())
            os.fchmod(self._opened(), 0o600)

    def flush(self) -> None:
        """In a thread, once complete: makes the bytes safe, but not yet the name."""
        with self._lock, answering():
            if self._ended or self._file is None:
                return
            os.fsync(self._file)
            self._check()
            self._close()

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


def keep_names(directory: Path) -> None:
    """Makes the names in the directory safe."""
    with answering():
        names = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(names)
        finally:
            os.close(names)
