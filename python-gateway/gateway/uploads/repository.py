"""Queries over uploads and their parts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway.uploads.models import Upload, UploadPart


@dataclass(frozen=True)
class Turn:
    """Whose turn it is to write: an upload, its fencing number, what there is and what there will be."""

    upload_id: str
    writer: int
    offset: int
    """Bytes that are safe: where the writer goes on."""
    size_bytes: int
    """0: not known."""
    expected_sha256: str


def turn(upload: Upload) -> Turn:
    """The turn of the writer that the row names."""
    return Turn(upload.id, upload.writer, upload.received_bytes, upload.size_bytes, upload.expected_sha256)


def get(session: Session, upload_id: str) -> Upload | None:
    """The upload, or None."""
    return session.get(Upload, upload_id, populate_existing=True)


def take_over(
    session: Session, upload_id: str, offset: int, size_bytes: int, sha256: str, expire_time: datetime | None
) -> Upload | None:
    """Makes the caller the upload's only writer. None when it is complete, gone, or has another number of bytes."""
    change = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.complete.is_(False), Upload.received_bytes == offset)
        .values(writer=Upload.writer + 1, size_bytes=size_bytes, expected_sha256=sha256, expire_time=expire_time)
        .returning(Upload)
        .execution_options(populate_existing=True)
    )
    return session.scalars(change).one_or_none()


def grow(
    session: Session, mine: Turn, part: UploadPart | None, expire_time: datetime | None, sha256: str = ""
) -> Upload | None:
    """Adds the part at the end. sha256: it was the last one. None when another writer has taken over or it is gone."""
    received = mine.offset + (part.size_bytes if part else 0)
    values: dict[str, object] = {"received_bytes": received, "expire_time": expire_time}
    if sha256:
        values = {
            "received_bytes": received, "size_bytes": received, "sha256": sha256, "complete": True, "expire_time": None,
        }  # fmt: skip
    upload = _change(session, mine, values)
    if upload is not None and part is not None:
        session.add(part)
        session.flush()
    return upload


def empty(session: Session, mine: Turn) -> Sequence[str] | None:
    """Takes all its bytes from an upload, so that they can be sent again; the keys of their blobs. None as for grow."""
    if _change(session, mine, {"received_bytes": 0}) is None:
        return None
    return _remove_parts(session, mine.upload_id)


def complete(session: Session, upload_id: str, part: UploadPart, sha256: str) -> Sequence[str] | None:
    """Gives an upload all its bytes at once, whatever part of them it had; the keys of those. None when it is complete
    already or gone."""
    size = part.size_bytes
    change = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.complete.is_(False))
        .values(
            size_bytes=size, received_bytes=size, sha256=sha256, complete=True, expire_time=None,
            writer=Upload.writer + 1,
        )
        .returning(Upload.id)
    )  # fmt: skip
    if session.execute(change).one_or_none() is None:
        return None
    gone = _remove_parts(session, upload_id)
    session.add(part)
    session.flush()
    return gone


def parts(session: Session, upload_ids: Sequence[str]) -> Sequence[UploadPart]:
    """The parts of the uploads, each upload's in order."""
    query = select(UploadPart).where(UploadPart.upload_id.in_(upload_ids))
    return session.scalars(query.order_by(UploadPart.upload_id, UploadPart.start)).all()


def expired(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Ids of uploads whose time is past, the longest past first. They stay so until the transaction ends."""
    query = select(Upload.id).where(Upload.expire_time < now, Upload.complete.is_(False))
    locked = query.order_by(Upload.expire_time).limit(limit).with_for_update(skip_locked=True)
    return session.scalars(locked).all()


def remove(session: Session, upload_id: str) -> list[str]:
    """Removes the upload with its parts; returns the keys of their blobs."""
    # The row first: a writer that is about to add a part waits for the end of this transaction, and then finds none.
    session.execute(select(Upload.id).where(Upload.id == upload_id).with_for_update())
    gone = _remove_parts(session, upload_id)
    session.execute(delete(Upload).where(Upload.id == upload_id))
    return list(gone)


def named(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of the keys that uploads name."""
    return set(session.scalars(select(UploadPart.blob_key).where(UploadPart.blob_key.in_(keys))).all())


def _change(session: Session, mine: Turn, values: dict[str, object]) -> Upload | None:
    change = (
        update(Upload)
        .where(Upload.id == mine.upload_id, Upload.writer == mine.writer, Upload.complete.is_(False))
        .values(values)
        .returning(Upload)
        .execution_options(populate_existing=True)
    )
    return session.scalars(change).one_or_none()


def _remove_parts(session: Session, upload_id: str) -> Sequence[str]:
    gone = delete(UploadPart).where(UploadPart.upload_id == upload_id).returning(UploadPart.blob_key)
    return session.scalars(gone).all()
