"""Blobs as objects of a bucket: S3, Google Cloud Storage or Azure, spoken by obstore.

An upload that is larger than a part is a multipart upload: the store shows it complete or not at all. A writer that is
aborted cancels its upload. One that dies with its process, or with its store, leaves parts that no listing of objects
shows; a lifecycle rule of the bucket removes them (docs/adr/0009-blob-stores.md).
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, S3Store

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
from gateway.errors import StorageFull, StorageUnavailable

if TYPE_CHECKING:  # Only the stubs have these.
    from obstore.store import ClientConfig, RetryConfig

Bucket = S3Store | GCSStore | AzureStore
T = TypeVar("T")

# The smallest part that S3 takes; 10,000 of them, the most it takes, are 50 GB.
PART_BYTES = 5 * 1024 * 1024
# Largest stretch asked for at once. It starts at the size of a piece and doubles, so that a page costs a page.
STRETCH_BYTES = 4 * 1024 * 1024

# How stores say that there is no room: S3's quota codes (Ceph, MinIO and others) and the statuses that mean it.
_FULL = ("507 Insufficient Storage", "QuotaExceeded", "StorageFull", "InsufficientStorage")


@dataclass(frozen=True)
class Limits:
    """How long a store may be silent, in seconds, and how often a request to it is tried again."""

    connect_seconds: float = 3.0
    silence_seconds: float = 10.0
    retry_seconds: float = 10.0
    retries: int = 4

    @property
    def call_seconds(self) -> float:
        """Bound of one request with all its retries."""
        return self.silence_seconds + self.retry_seconds

    def client(self, allow_http: bool) -> "ClientConfig":
        """The timeouts as obstore takes them."""
        return {
            "allow_http": allow_http,
            "connect_timeout": timedelta(seconds=self.connect_seconds),
            "read_timeout": timedelta(seconds=self.silence_seconds),
            "timeout": timedelta(seconds=self.call_seconds),
        }

    def retry(self) -> "RetryConfig":
        """The retries as obstore takes them."""
        return {"max_retries": self.retries, "retry_timeout": timedelta(seconds=self.retry_seconds)}


class ObjectBlobStore:
    """Blobs as objects of a bucket, under a prefix that is part of the bucket given."""

    def __init__(self, bucket: Bucket, limits: Limits) -> None:
        self._bucket, self._limits = bucket, limits

    def create(self, key: str, hashes: Sequence[Hash] = ()) -> BlobWriter:
        return _ObjectWriter(self._bucket, checked(key), self._limits.call_seconds, hashes)

    async def commit(self, writers: Sequence[BlobWriter], each: Each = nothing) -> list[Digest]:
        async def one(writer: BlobWriter) -> Digest:
            digest = await writer.commit()
            each()
            return digest

        return await asyncio.gather(*map(one, writers))

    async def read(
        self, key: str, start: int = 0, end: int | None = None, size: int = READ_BYTES
    ) -> AsyncGenerator[bytes, None]:
        total: int = (await self._found(obstore.head_async(self._bucket, checked(key))))["size"]
        end, stretch = total if end is None else min(end, total), size
        while start < end:
            upto = min(start + stretch, end)
            data = memoryview(await self._found(self._stretch(key, start, upto)))
            for at in range(0, len(data), size):
                yield bytes(data[at : at + size])
            start, stretch = upto, max(size, min(2 * stretch, STRETCH_BYTES))

    async def delete(self, keys: Iterable[str]) -> None:
        names = [checked(key) for key in keys]
        try:
            await self._found(obstore.delete_async(self._bucket, names))
        except BlobMissing:
            # Google and Azure stop at a blob that is not there; the others are then removed by themselves.
            for name in names:
                with suppress(BlobMissing):
                    await self._found(obstore.delete_async(self._bucket, name))

    async def pages(self) -> AsyncGenerator[list[str], None]:
        pages = obstore.list(self._bucket, chunk_size=PAGE_KEYS)
        while True:
            with _answering():
                page = await anext(pages, None)
            if page is None:
                return
            yield [entry["path"] for entry in page if is_key(entry["path"])]

    async def keys(self) -> list[str]:
        return [key async for page in self.pages() for key in page]

    async def written(self, keys: Iterable[str]) -> set[str]:
        return set()

    async def ping(self) -> None:
        # A folder that is never there: the answer is empty, however many blobs there are.
        nothing = obstore.list(self._bucket, "ping", chunk_size=1)
        with _answering(), suppress(StopAsyncIteration):
            await asyncio.wait_for(_first(nothing), self._limits.connect_seconds + 2)

    async def _stretch(self, key: str, start: int, end: int) -> obstore.Bytes:
        answer = await obstore.get_async(self._bucket, key, options={"range": (start, end)})
        data = await answer.bytes_async()
        if len(data) != end - start:
            raise StorageUnavailable("the blob store sent fewer bytes than it has")
        return data

    async def _found(self, call: Coroutine[Any, Any, T]) -> T:
        """The answer, or BlobMissing. A bucket that is gone says the same as a blob that is gone, so it is asked."""
        try:
            with _answering():
                return await call
        except _NotFound:
            await self.ping()
            raise BlobMissing from None


class _NotFound(StorageUnavailable):
    """The blob or its bucket is not there."""


@contextmanager
def _answering() -> Iterator[None]:
    """Turns what the store says into what the port says. Its text is only looked at, never passed on."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise _told(error) from error


def _told(error: Exception) -> StorageFull | StorageUnavailable:
    # Room first: Ceph answers 403 when a quota is used up.
    text = str(error)
    if any(word in text for word in _FULL):
        return StorageFull("the bucket has no room left: free space, or raise its quota")
    if isinstance(error, FileNotFoundError) or "404 Not Found" in text:
        return _NotFound("the blob store has no such bucket")
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or "403 Forbidden" in text:
        return StorageUnavailable("the blob store refuses the gateway's credentials")
    return StorageUnavailable("the blob store does not answer")


async def _first(pages: Any) -> Any:
    return await anext(pages)


class _Aborted(Exception):
    """Raised into obstore's upload: the one way to make it tell the store to forget the parts."""


class _ObjectWriter:
    """One put for what fits into a part, else a multipart upload fed by a queue of one: four parts of memory at most.

    The upload is a task of its own and never cancelled: obstore would leave its parts behind. A call that fails or is
    cancelled leaves it running, and abort ends it.
    """

    def __init__(self, bucket: Bucket, key: str, bound_seconds: float, hashes: Sequence[Hash] = ()) -> None:
        self._bucket, self._key, self._bound = bucket, key, bound_seconds
        self._hashes = hashes or (hashlib.sha256(),)
        self._buffer = bytearray()
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._upload: asyncio.Task[None] | None = None
        self._aborted = False
        self.size_bytes = 0

    async def write(self, data: bytes) -> None:
        self._buffer += data
        self.size_bytes += len(data)
        # More than a part, not a part: what fits into one is put whole.
        while len(self._buffer) > PART_BYTES:
            part = bytes(memoryview(self._buffer)[:PART_BYTES])
            del self._buffer[:PART_BYTES]
            await self._hand(part)

    async def commit(self) -> Digest:
        last = bytes(self._buffer)
        self._buffer.clear()
        if self._upload is None:
            await asyncio.to_thread(self._hash, last)
            self._upload = self._started(last)
        else:
            await self._hand(last)
            await self._offer(None)
        # The last part, then the completion.
        await self._landed(2 * self._bound)
        return Digest(self.size_bytes, self._hashes[0].hexdigest())

    async def abort(self) -> None:
        await asyncio.shield(asyncio.create_task(self._drop()))

    def _hash(self, part: bytes) -> None:
        for sha in self._hashes:
            sha.update(part)

    async def _hand(self, part: bytes) -> None:
        await asyncio.to_thread(self._hash, part)
        if self._upload is None:
            self._upload = self._started(self._source())
        await self._offer(part)

    async def _offer(self, part: bytes | None) -> None:
        """Waits for room in the queue, or for the upload's failure."""
        assert self._upload is not None
        offer = asyncio.create_task(self._parts.put(part))
        try:
            await asyncio.wait({offer, self._upload}, timeout=self._bound, return_when=asyncio.FIRST_COMPLETED)
            if self._upload.done() or not offer.done():
                await self._landed(0)
        finally:
            offer.cancel()

    async def _landed(self, seconds: float) -> None:
        """Waits for the end of the upload. Raises what it failed with, or that it takes too long."""
        assert self._upload is not None
        await asyncio.wait({self._upload}, timeout=seconds)
        if not self._upload.done():
            raise StorageUnavailable("the blob store takes too long")
        self._upload.result()

    def _started(self, source: bytes | AsyncIterator[bytes]) -> asyncio.Task[None]:
        upload = asyncio.create_task(self._put(source))
        # Nobody may be left to ask how it ended.
        upload.add_done_callback(lambda ended: ended.exception())
        return upload

    async def _put(self, source: bytes | AsyncIterator[bytes]) -> None:
        whole = isinstance(source, bytes)
        with _answering():
            await obstore.put_async(
                self._bucket, self._key, source, use_multipart=not whole, chunk_size=PART_BYTES, max_concurrency=1
            )

    async def _source(self) -> AsyncIterator[bytes]:
        while (part := await self._parts.get()) is not None:
            if self._aborted:
                # Nothing to send, and taken only after the part that is under way: one that arrives after the store
                # forgot the upload would stay.
                yield b""
                raise _Aborted
            yield part

    async def _drop(self) -> None:
        self._aborted = True
        self._buffer.clear()
        if self._upload is None:
            return
        while not self._parts.empty():
            self._parts.get_nowait()
        self._parts.put_nowait(b"")
        await asyncio.wait({self._upload}, timeout=self._bound)
        if self._upload.done() and not self._upload.exception():
            with suppress(StorageUnavailable, StorageFull), _answering():
                await obstore.delete_async(self._bucket, self._key)
