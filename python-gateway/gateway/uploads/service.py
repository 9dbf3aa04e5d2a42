"""Uploads: bytes to disk as they arrive, once; then the row. When a call returns, both are safe."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway import idempotency
from gateway.blobs import BlobStore, Digest
from gateway.db import Database
from gateway.errors import Conflict, UploadExpired, UploadNotComplete, UploadNotFound, ValidationFailed
from gateway.ids import is_id, new_id, now
from gateway.metrics import Metrics
from gateway.uploads import repository
from gateway.uploads.appending import Appender, Checksum, Shelf
from gateway.uploads.doubt import Settling, kept_if_in_doubt
from gateway.uploads.hashes import Hashes
from gateway.uploads.limits import Limits
from gateway.uploads.models import Upload, UploadPart

SCOPE = "uploads"
MAX_NAME = 1024
EMPTY_SHA256 = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class Received:
    """Bytes that are on disk and that no row names yet. Either a row is made of them or they are discarded."""

    blob_key: str
    digest: Digest
    file_name: str


Take = Callable[[str, AsyncIterator[bytes]], Awaitable[Received]]
"""Takes the next file of a form: its name and its bytes."""


class UploadService:
    """Takes files, finds them, removes them."""

    def __init__(self, db: Database, blobs: BlobStore, metrics: Metrics, limits: Limits) -> None:
        self._db, self._blobs, self._metrics, self.limits = db, blobs, metrics, limits
        self._shelf = Shelf(db, blobs, metrics, limits, Hashes(), Settling())

    async def receive(
        self, file_name: str, source: AsyncIterator[bytes], announced: int = 0, sha256: str = "", before: int = 0
    ) -> Received:
        """Writes the bytes as they come. Raises FileTooLarge, ValidationFailed (size or digest differ).

        before: bytes of the files that came before it for the same job, which is bounded as one file is.
        """
        check_name(file_name)
        self.check_size(before + announced)
        key = f"u-{new_id()}"
        writer = self._blobs.create(key)
        try:
            async for data in source:
                await writer.write(data)
                self.check_size(before + writer.size_bytes)
            digest = await writer.commit()
            _check_digest(digest, announced, sha256)
        except BaseException:
            await writer.abort()
            raise
        self._metrics.uploaded_bytes.inc(digest.size_bytes)
        return Received(key, digest, file_name)

    @asynccontextmanager
    async def receiving(self) -> AsyncGenerator[Take, None]:
        """Takes the files of one form, bounded together; all of them are discarded where the block raises."""
        received: list[Received] = []

        async def take(file_name: str, source: AsyncIterator[bytes]) -> Received:
            before = sum(file.digest.size_bytes for file in received)
            received.append(await self.receive(file_name, source, before=before))
            return received[-1]

        try:
            yield take
        except BaseException:
            for bytes_on_disk in received:
                await self.discard(bytes_on_disk)
            raise

    def check_size(self, size_bytes: int) -> None:
        """Raises FileTooLarge. Called before a body is read, where its length is known."""
        self.limits.check(size_bytes)

    async def bounded(self, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes of a body that is not kept and may not say its length. Raises FileTooLarge."""
        size_bytes = 0
        async for data in source:
            size_bytes += len(data)
            self.check_size(size_bytes)
            yield data

    async def discard(self, received: Received) -> None:
        """Removes bytes of which no row was made."""
        await self._blobs.delete([received.blob_key])

    async def begin(
        self, file_name: str, size_bytes: int | None = None, sha256: str = "", upload_id: str = "", key: str = ""
    ) -> tuple[Upload, bool]:
        """An upload whose bytes are still to come, and whether it is new. size_bytes: None where it is not known.

        upload_id: one of the caller's. Raises FileTooLarge, ValidationFailed.
        """
        check_name(file_name)
        self.check_size(size_bytes or 0)
        if size_bytes == 0 and sha256 not in ("", EMPTY_SHA256):
            raise ValidationFailed("an empty file does not have the SHA-256 that was announced", "DIGEST_MISMATCH")
        upload = self._begun(upload_id or new_id(), file_name, size_bytes, sha256)
        # "announce" and no SHA-256 is what keys were claimed with before this could resume.
        said = [file_name, str(size_bytes or 0), *([sha256] if sha256 else [])]
        try:
            return await self._insert(upload, key, idempotency.fingerprint("announce", *said))
        except IntegrityError:  # Two began at once under the same id of the caller's.
            return await self.get(upload.id), False

    def _begun(self, upload_id: str, file_name: str, size_bytes: int | None, sha256: str) -> Upload:
        empty = size_bytes == 0
        return Upload(
            id=upload_id, file_name=file_name, size_bytes=size_bytes or 0, received_bytes=0, complete=empty,
            sha256=EMPTY_SHA256 if empty else "", with_job=False, create_time=now(), writer=0, expected_sha256=sha256,
            expire_time=None if empty else self.limits.expire_time(),
        )  # fmt: skip

    async def take_over(self, upload_id: str, offset: int, size_bytes: int = 0, sha256: str = "") -> Upload:
        """Makes the caller the upload's only writer, from this byte on. What is said of its size and SHA-256 is added.

        Raises UploadNotFound, UploadExpired, Conflict (the offset is another, or it is complete), ValidationFailed.
        """
        self.check_size(max(size_bytes, offset))
        found = await self.get(upload_id)
        _check_said(found, offset, size_bytes, sha256)
        said = found.size_bytes or size_bytes, found.expected_sha256 or sha256
        upload = await self._db.write(repository.take_over, upload_id, offset, *said, self.limits.expire_time())
        if upload is None:
            found = await self.get(upload_id)
            raise _complete() if found.complete else wrong_offset(found)
        return upload

    async def append(
        self, upload: Upload, source: AsyncIterator[bytes], checksum: Checksum | None = None, ends: bool = False
    ) -> Upload:
        """Writes the bytes behind those that the upload has, as its writer; Appender.append says what it raises."""
        return await Appender(self._shelf, upload, checksum, ends).append(source)

    async def open(self, upload_id: str, file_name: str, offset: int, size_bytes: int = 0, sha256: str = "") -> Upload:
        """The upload of this id, made where there is none and no byte is skipped, and the caller its only writer.

        upload_id: empty for a new one. size_bytes: 0 where it is not known. One that is complete stays as it is, for
        `same` to look at. Raises what begin and take_over do.
        """
        if upload_id and not is_id(upload_id):
            message = "must be a UUID in lower-case hex with hyphens"
            raise ValidationFailed(f"upload_id {message}", errors=[{"field": "upload_id", "message": message}])
        try:
            found = await self.get(upload_id)
        except UploadNotFound:
            if offset:
                raise
            found, new = await self.begin(file_name, size_bytes or None, sha256, upload_id)
            if new:
                return found
        return found if found.complete else await self.take_over(upload_id, offset, size_bytes, sha256)

    async def same(self, upload: Upload, offset: int, source: AsyncIterator[bytes]) -> Upload:
        """The complete upload, whose bytes from the offset on these are: all of them, or none. Raises Conflict."""
        if offset not in (0, upload.size_bytes):
            raise wrong_offset(upload)
        sha, size_bytes = hashlib.sha256(), offset
        async for data in self.bounded(source):
            sha.update(data)
            size_bytes += len(data)
        if size_bytes != upload.size_bytes or (offset == 0 and sha.hexdigest() != upload.sha256):
            raise _other_bytes()
        return upload

    async def create(self, received: Received, key: str = "") -> Upload:
        """The upload of the bytes, or the one that the key made before."""
        print_ = idempotency.fingerprint("create", received.file_name, received.digest.sha256)
        async with kept_if_in_doubt(self._blobs, [received.blob_key]):
            upload, new = await self._insert(row(received, new_id(), with_job=False), key, print_)
        if not new:
            await self.discard(received)
        return upload

    async def put(self, upload_id: str, received: Received) -> tuple[Upload, bool]:
        """The upload under an id of the caller's, and whether it is new. The same bytes again change nothing.

        The body is the whole file: it takes the place of what came of an unfinished one. Raises Conflict when the
        upload has other bytes.
        """
        async with kept_if_in_doubt(self._blobs, [received.blob_key]):
            upload, new, gone = await self._db.write(_put, upload_id, received)
        await self._blobs.delete(gone)
        return upload, new

    async def get(self, upload_id: str) -> Upload:
        """The upload. Raises UploadNotFound, UploadExpired."""
        return _check_time(await self._find(upload_id))

    async def _find(self, upload_id: str) -> Upload:
        if is_id(upload_id):
            await self._shelf.settling.wait(upload_id)
            if upload := await self._db.read(repository.get, upload_id):
                return upload
        raise UploadNotFound("no upload has this id")

    async def whole(self, upload_id: str) -> tuple[Upload, Sequence[UploadPart]]:
        """A complete upload and its parts in order. Raises UploadNotFound, UploadNotComplete."""
        upload = await self.get(upload_id)
        if not upload.complete:
            raise UploadNotComplete("the upload has not all its bytes yet")
        return upload, await self._db.read(repository.parts, [upload_id])

    async def delete(self, upload_id: str) -> None:
        """Removes an upload that no job reads. Raises UploadNotFound, Conflict."""
        await self._find(upload_id)
        try:
            keys = await self._db.write(_remove, [upload_id])
        except IntegrityError:
            raise Conflict("a job reads this upload; delete the job first", "UPLOAD_IN_USE") from None
        await self._blobs.delete(keys)
        await self._db.scrub()

    async def expire(self, now: datetime, limit: int) -> int:
        """Removes uploads that are not complete and should have been by now; returns how many, at most limit."""
        gone, keys = await self._db.write(_expire, now, limit)
        await self._blobs.delete(keys)
        return gone

    async def _insert(self, upload: Upload, key: str, print_: str) -> tuple[Upload, bool]:
        made = await self._db.write(_make, upload, key, print_)
        return made, made.id == upload.id


def _make(session: Session, upload: Upload, key: str, print_: str) -> Upload:
    """The upload, written, or the one that the key made before."""
    if found := idempotency.claim(session, SCOPE, key, print_, upload.id):
        return session.get_one(Upload, found)
    session.add(upload)
    return upload


def _put(session: Session, upload_id: str, received: Received) -> tuple[Upload, bool, Sequence[str]]:
    """The upload, whether it is new, and the blobs that no row names any longer."""
    digest = received.digest
    found = repository.get(session, upload_id)
    if found is None:
        upload = row(received, upload_id, with_job=False)
        session.add(upload)
        return upload, True, []
    if not found.complete:
        _check_said(_check_time(found), found.received_bytes, digest.size_bytes, digest.sha256)
        gone = repository.complete(session, upload_id, _part(received, upload_id), digest.sha256)
        session.refresh(found)
        if gone is not None:
            return found, False, gone
    if found.sha256 != digest.sha256:
        raise _other_bytes()
    return found, False, [received.blob_key]


def _remove(session: Session, upload_ids: Sequence[str]) -> list[str]:
    """Removes uploads; the keys of their blobs."""
    keys: list[str] = []
    for upload_id in upload_ids:
        idempotency.forget(session, upload_id)
        keys += repository.remove(session, upload_id)
    return keys


def _expire(session: Session, now: datetime, limit: int) -> tuple[int, list[str]]:
    gone = repository.expired(session, now, limit)
    return len(gone), _remove(session, gone)


def row(received: Received, upload_id: str, with_job: bool) -> Upload:
    """The row of received bytes."""
    size = received.digest.size_bytes
    return Upload(
        id=upload_id, file_name=received.file_name, size_bytes=size, received_bytes=size,
        sha256=received.digest.sha256, complete=True, with_job=with_job, create_time=now(),
        parts=[_part(received, upload_id)],
    )  # fmt: skip


def _part(received: Received, upload_id: str) -> UploadPart:
    return UploadPart(upload_id=upload_id, start=0, size_bytes=received.digest.size_bytes, blob_key=received.blob_key)


def check_name(file_name: str) -> None:
    """Raises ValidationFailed for a name that the contract does not take."""
    if len(file_name) > MAX_NAME:
        raise ValidationFailed(
            f"file_name must have at most {MAX_NAME} characters",
            "INVALID_FILE_NAME",
            [{"field": "file_name", "message": f"must have at most {MAX_NAME} characters"}],
        )


def _check_time(upload: Upload) -> Upload:
    """The upload. Raises UploadExpired."""
    if upload.expire_time is not None and not upload.complete and upload.expire_time < now():
        raise UploadExpired("the upload was not continued in time (HARMONIZER_UPLOAD_EXPIRE_SECONDS)")
    return upload


def _check_said(upload: Upload, offset: int, size_bytes: int, sha256: str) -> None:
    """Raises for what contradicts the upload as it is."""
    if upload.complete:
        raise _complete()
    if offset != upload.received_bytes:
        raise wrong_offset(upload)
    if size_bytes and upload.size_bytes not in (0, size_bytes):
        raise ValidationFailed("the size is not the announced one", "SIZE_MISMATCH")
    if size_bytes and size_bytes < offset:
        raise ValidationFailed("the upload has more bytes than that already", "SIZE_MISMATCH")
    if sha256 and upload.expected_sha256 not in ("", sha256):
        raise ValidationFailed("the SHA-256 is not the announced one", "DIGEST_MISMATCH")


def wrong_offset(upload: Upload) -> Conflict:
    """The refusal of bytes that are not the next ones; it tells which are."""
    return Conflict(
        f"the next byte of this upload is at offset {upload.received_bytes}",
        "OFFSET_MISMATCH",
        headers={"Upload-Offset": str(upload.received_bytes)},
        members={"received_bytes": upload.received_bytes},
    )


def _complete() -> Conflict:
    return Conflict("the upload has all its bytes", "UPLOAD_COMPLETE")


def _other_bytes() -> Conflict:
    return Conflict("the upload has other bytes", "UPLOAD_COMPLETE")


def _check_digest(digest: Digest, announced: int, sha256: str) -> None:
    if announced and announced != digest.size_bytes:
        raise ValidationFailed("the body is not as long as announced", "SIZE_MISMATCH")
    if sha256 and sha256 != digest.sha256:
        raise ValidationFailed("the body does not have the SHA-256 that was announced", "DIGEST_MISMATCH")
