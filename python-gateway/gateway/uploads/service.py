"""Uploads: bytes to disk as they arrive, once; then the row. When a call returns, both are safe."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from gateway import idempotency
from gateway.blobs import BlobStore, Digest
from gateway.db import Database
from gateway.errors import Conflict, FileTooLarge, GatewayError, UploadNotComplete, UploadNotFound, ValidationFailed
from gateway.ids import is_id, new_id, now
from gateway.metrics import Metrics
from gateway.uploads import repository
from gateway.uploads.models import Upload, UploadPart

SCOPE = "uploads"
MAX_NAME = 1024


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

    def __init__(self, db: Database, blobs: BlobStore, metrics: Metrics, max_bytes: int) -> None:
        self._db, self._blobs, self._metrics, self._max_bytes = db, blobs, metrics, max_bytes

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
        if size_bytes > self._max_bytes:
            raise FileTooLarge(
                f"the file, or the files of a job together, are larger than {self._max_bytes} bytes "
                "(HARMONIZER_MAX_UPLOAD_BYTES)",
                "MAX_UPLOAD_BYTES",
            )

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

    async def announce(self, file_name: str, size_bytes: int, key: str = "") -> Upload:
        """An upload without bytes, to be sent later by its id."""
        check_name(file_name)
        self.check_size(size_bytes)
        upload = Upload(
            id=new_id(), file_name=file_name, size_bytes=size_bytes, received_bytes=0, sha256="", complete=False,
            with_job=False, create_time=now(),
        )  # fmt: skip
        print_ = idempotency.fingerprint("announce", file_name, str(size_bytes))
        return (await self._insert(upload, key, print_))[0]

    async def create(self, received: Received, key: str = "") -> Upload:
        """The upload of the bytes, or the one that the key made before."""
        print_ = idempotency.fingerprint("create", received.file_name, received.digest.sha256)
        async with self._kept_if_in_doubt(received):
            upload, new = await self._insert(row(received, new_id(), with_job=False), key, print_)
        if not new:
            await self.discard(received)
        return upload

    async def put(self, upload_id: str, received: Received) -> tuple[Upload, bool]:
        """The upload under an id of the caller's, and whether it is new. The same bytes again change nothing.

        Raises Conflict when the upload has other bytes.
        """
        async with self._kept_if_in_doubt(received):
            upload, new, used = await self._put(upload_id, received)
        if not used:
            await self.discard(received)
        return upload, new

    @asynccontextmanager
    async def _kept_if_in_doubt(self, received: Received) -> AsyncGenerator[None, None]:
        """Removes the bytes where the block refuses them. Any other error may have come behind a commit: bytes that no
        row names then are upkeep's to find.
        """
        try:
            yield
        except GatewayError:
            await self.discard(received)
            raise

    async def get(self, upload_id: str) -> Upload:
        """The upload. Raises UploadNotFound."""
        if is_id(upload_id):
            async with self._db.read() as session:
                if upload := await repository.get(session, upload_id):
                    return upload
        raise UploadNotFound("no upload has this id")

    async def whole(self, upload_id: str) -> tuple[Upload, Sequence[UploadPart]]:
        """A complete upload and its parts in order. Raises UploadNotFound, UploadNotComplete."""
        upload = await self.get(upload_id)
        if not upload.complete:
            raise UploadNotComplete("the upload has not all its bytes yet")
        async with self._db.read() as session:
            return upload, await repository.parts(session, [upload_id])

    async def delete(self, upload_id: str) -> None:
        """Removes an upload that no job reads. Raises UploadNotFound, Conflict."""
        await self.get(upload_id)
        try:
            async with self._db.write() as session:
                await idempotency.forget(session, upload_id)
                keys = await repository.remove(session, upload_id)
        except IntegrityError:
            raise Conflict("a job reads this upload; delete the job first", "UPLOAD_IN_USE") from None
        await self._blobs.delete(keys)

    async def _insert(self, upload: Upload, key: str, print_: str) -> tuple[Upload, bool]:
        async with self._db.write() as session:
            if found := await idempotency.claim(session, SCOPE, key, print_, upload.id):
                return await session.get_one(Upload, found), False
            session.add(upload)
        return upload, True

    async def _put(self, upload_id: str, received: Received) -> tuple[Upload, bool, bool]:
        digest = received.digest
        async with self._db.write() as session:
            found = await repository.get(session, upload_id)
            if found is None:
                upload = row(received, upload_id, with_job=False)
                session.add(upload)
                return upload, True, True
            if not found.complete:
                if found.size_bytes not in (0, digest.size_bytes):
                    raise ValidationFailed("the body is not as long as announced", "SIZE_MISMATCH")
                await session.refresh(found)
                done = await repository.complete(session, upload_id, _part(received, upload_id), digest.sha256)
                return done or found, False, done is not None
            if found.sha256 != digest.sha256:
                raise Conflict("the upload has other bytes", "UPLOAD_COMPLETE")
            return found, False, False


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


def _check_digest(digest: Digest, announced: int, sha256: str) -> None:
    if announced and announced != digest.size_bytes:
        raise ValidationFailed("the body is not as long as announced", "SIZE_MISMATCH")
    if sha256 and sha256 != digest.sha256:
        raise ValidationFailed("the body does not have the SHA-256 that was announced", "DIGEST_MISMATCH")
