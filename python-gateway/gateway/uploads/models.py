"""Tables of uploads and their parts."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.db import Base, UtcDateTime


class Upload(Base):
    """A file that was sent, is being sent, or is announced. Its name is what the sender said, never a path."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(1024))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    """Announced or received size. 0: not known yet."""
    received_bytes: Mapped[int] = mapped_column(BigInteger)
    """Bytes that are safe: the parts' sum."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Empty until complete."""
    complete: Mapped[bool]
    with_job: Mapped[bool]
    """Sent together with a job and removed with it."""
    create_time: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    writer: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Fencing number: bytes of a writer that carries another one are refused."""
    expected_sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """What the sender says that it will be. Empty: nothing was said."""
    expire_time: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When an upload that is not complete is removed."""
    parts: Mapped[list["UploadPart"]] = relationship(order_by="UploadPart.start", lazy="raise", passive_deletes=True)
    """Loaded by the queries that say so."""


class UploadPart(Base):
    """Some of an upload's bytes, in one blob. Written once, when the bytes are safe."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[str] = mapped_column(String(36), ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Place of its first byte in the upload, 0-based."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    blob_key: Mapped[str] = mapped_column(String(255), index=True)
