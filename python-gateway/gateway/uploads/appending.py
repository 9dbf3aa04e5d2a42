"""Bytes at the end of an upload, part after part: each part safe first, then named by its row.

What a broken request brought so far becomes a part too. A writer that another one took over from adds nothing more.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gateway.blobs import BlobStore, BlobWriter
from gateway.db import Database
from gateway.errors import ChecksumMismatch, GatewayError, UploadTakenOver, ValidationFailed
from gateway.failpoints import hit
from gateway.ids import new_id
from gateway.metrics import Metrics
from gateway.uploads import repository
from gateway.uploads.doubt import Settling, kept_if_in_doubt, through
from gateway.uploads.hashes import Hashes, extend
from gateway.uploads.limits import Limits
from gateway.uploads.models import Upload, UploadPart


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one request hash to."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True)
class Shelf:
    """What every writer needs."""

    db: Database
    blobs: BlobStore
    metrics: Metrics
    limits: Limits
    hashes: Hashes
    settling: Settling


class Appender:
    """One writer's turn at one upload."""

    def __init__(self, shelf: Shelf, upload: Upload, checksum: Checksum | None = None, ends: bool = False) -> None:
        """ends: the end of the source is the end of the file, also where its size was not known."""
        self._shelf, self._upload, self._turn = shelf, upload, repository.turn(upload)
        self._checksum, self._ends = checksum, ends
        self._sum: Any = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._prefix = shelf.hashes.known(upload.id, self._turn.offset)
        self._hashing = self._prefix.size_bytes == self._turn.offset
        self._blob: BlobWriter | None = None
        self._key = ""
        self._part_bytes = 0
        self._whole_so_far = True
        """Whether the open blob has every byte of the part; not after an error on the way there."""

    async def append(self, source: AsyncIterator[bytes]) -> Upload:
        """Takes all bytes; the upload with what is safe of them then. Raises UploadTakenOver, ValidationFailed (more
        bytes than announced, another SHA-256), ChecksumMismatch, FileTooLarge."""
        try:
            async for data in source:
                await self._take(data)
            await through(self._finish())
        except GatewayError:
            await through(self._drop())
            raise
        except BaseException:
            # The sender went away: it gets an answer to no byte, but finds them when it asks how far it came.
            with suppress(GatewayError):
                await through(self._leave())
            raise
        return self._upload

    async def _take(self, data: bytes) -> None:
        end = self._turn.offset + self._part_bytes + len(data)
        self._shelf.limits.check(end)
        if self._turn.size_bytes and end > self._turn.size_bytes:
            raise ValidationFailed("the body is longer than announced", "SIZE_MISMATCH")
        self._part_bytes += len(data)
        await through(self._write(data))
        # A checksum is known to hold only at the end of its request: until then nothing may be named.
        if self._part_bytes >= self._shelf.limits.part_bytes and not self._checksum:
            await through(self._store())

    async def _write(self, data: bytes) -> None:
        if self._blob is None:
            self._key = f"u-{new_id()}"
            hashes = [self._prefix.sha] if self._hashing else []
            self._blob = self._shelf.blobs.create(self._key, [*hashes, *([self._sum] if self._sum else [])])
        self._whole_so_far = False
        await self._blob.write(data)
        self._whole_so_far = True

    async def _finish(self) -> None:
        if not self._part_bytes:
            self._check_sum()
        await self._store()
        if self._upload.complete:
            return
        if self._turn.offset == self._turn.size_bytes > 0 or (self._ends and not self._turn.size_bytes):
            await self._name(None)
        elif self._ends:
            raise ValidationFailed("the body is not as long as announced", "SIZE_MISMATCH")

    async def _leave(self) -> None:
        if self._checksum or not self._whole_so_far:
            await self._drop()
            return
        try:
            await self._store()
        except GatewayError:
            await self._drop()
            raise

    async def _store(self) -> None:
        """Makes a part of the bytes that no part has yet."""
        if self._part_bytes:
            with self._shelf.settling.busy(self._turn.upload_id):
                await self._store_part()

    async def _store_part(self) -> None:
        assert self._blob is not None
        self._whole_so_far = False
        await self._blob.commit()
        self._blob = None
        if self._hashing:
            self._prefix.size_bytes += self._part_bytes
        hit("upload.bytes")
        async with kept_if_in_doubt(self._shelf.blobs, [self._key]):
            self._check_sum()
        await self._name(UploadPart(upload_id=self._turn.upload_id, start=self._turn.offset,
                                    size_bytes=self._part_bytes, blob_key=self._key))  # fmt: skip
        self._part_bytes, self._whole_so_far = 0, True

    def _check_sum(self) -> None:
        """Called when the checksum has seen all bytes of the request. Raises ChecksumMismatch."""
        if self._checksum and self._sum.digest() != self._checksum.digest:
            raise ChecksumMismatch("the bytes do not have the checksum of this request; nothing of them was kept")

    async def _name(self, part: UploadPart | None) -> None:
        """Writes the part's row, or that the upload ends where it is."""
        size = part.size_bytes if part else 0
        received = self._turn.offset + size
        async with kept_if_in_doubt(self._shelf.blobs, [part.blob_key] if part else []):
            sha256 = await self._whole(part) if part is None or received == self._turn.size_bytes else ""
            upload = await self._shelf.db.write(_grow, self._turn, part, self._shelf.limits.expire_time(), sha256)
        self._shelf.metrics.uploaded_bytes.inc(size)
        self._upload, self._turn = upload, replace(self._turn, offset=received)
        if upload.complete:
            self._shelf.hashes.forget(upload.id)
            hit("upload.complete")
        elif self._hashing:
            self._shelf.hashes.keep(upload.id, self._prefix)

    async def _whole(self, last: UploadPart | None) -> str:
        """The SHA-256 of all bytes. Raises ValidationFailed where it is not the announced one; all of them are gone."""
        if not self._hashing:
            parts = await self._shelf.db.read(repository.parts, [self._turn.upload_id])
            await extend(self._prefix, self._shelf.blobs, [*parts, *([last] if last else [])])
        sha256: str = self._prefix.sha.hexdigest()
        if self._turn.expected_sha256 in ("", sha256):
            return sha256
        self._shelf.hashes.forget(self._turn.upload_id)
        keys = await self._shelf.db.write(repository.empty, self._turn)
        if keys is None:
            raise UploadTakenOver
        await self._shelf.blobs.delete(keys)
        raise ValidationFailed(
            "the file does not have the SHA-256 that was announced; send it again", "DIGEST_MISMATCH"
        )

    async def _drop(self) -> None:
        """Forgets what no part has."""
        self._part_bytes = 0
        if self._blob is not None:
            blob, self._blob = self._blob, None
            await blob.abort()


def _grow(
    session: Session, mine: repository.Turn, part: UploadPart | None, expire_time: datetime | None, sha256: str
) -> Upload:
    upload = repository.grow(session, mine, part, expire_time, sha256)
    if upload is None:
        raise UploadTakenOver
    hit("upload.part")
    return upload
