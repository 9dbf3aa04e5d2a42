"""Queries over uploads."""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.uploads.models import Upload


async def get(session: AsyncSession, upload_id: str) -> Upload | None:
    """The upload, or None."""
    return await session.get(Upload, upload_id)


async def complete(session: AsyncSession, upload_id: str, blob_key: str, size_bytes: int, sha256: str) -> Upload | None:
    """Gives an announced upload its bytes. None when it has them already or is gone."""
    change = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.complete.is_(False))
        .values(blob_key=blob_key, size_bytes=size_bytes, received_bytes=size_bytes, sha256=sha256, complete=True)
        .returning(Upload)
    )
    return (await session.scalars(change)).one_or_none()


async def remove(session: AsyncSession, upload_id: str) -> str:
    """Removes the row; returns the key of its blob, empty if it had none."""
    gone = await session.scalars(delete(Upload).where(Upload.id == upload_id).returning(Upload.blob_key))
    return gone.one_or_none() or ""


async def blob_keys(session: AsyncSession) -> set[str]:
    """Keys of all blobs that uploads name."""
    return set((await session.scalars(select(Upload.blob_key).where(Upload.complete.is_(True)))).all())
