"""Queries over uploads and their parts."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.uploads.models import Upload, UploadPart


async def get(session: AsyncSession, upload_id: str) -> Upload | None:
    """The upload, or None."""
    return await session.get(Upload, upload_id)


async def complete(session: AsyncSession, upload_id: str, part: UploadPart, sha256: str) -> Upload | None:
    """Gives an announced upload all its bytes at once. None when it has bytes already or is gone."""
    size = part.size_bytes
    change = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.complete.is_(False), Upload.received_bytes == 0)
        .values(size_bytes=size, received_bytes=size, sha256=sha256, complete=True, expire_time=None)
        .returning(Upload)
    )
    upload = (await session.scalars(change)).one_or_none()
    if upload is not None:
        session.add(part)
    return upload


async def parts(session: AsyncSession, upload_ids: Sequence[str]) -> Sequence[UploadPart]:
    """The parts of the uploads, each upload's in order."""
    query = select(UploadPart).where(UploadPart.upload_id.in_(upload_ids))
    return (await session.scalars(query.order_by(UploadPart.upload_id, UploadPart.start))).all()


async def remove(session: AsyncSession, upload_id: str) -> list[str]:
    """Removes the upload with its parts; returns the keys of their blobs."""
    keys = select(UploadPart.blob_key).where(UploadPart.upload_id == upload_id)
    gone = list((await session.scalars(keys)).all())
    await session.execute(delete(Upload).where(Upload.id == upload_id))
    return gone


async def blob_keys(session: AsyncSession) -> set[str]:
    """Keys of all blobs that uploads name."""
    return set((await session.scalars(select(UploadPart.blob_key))).all())
