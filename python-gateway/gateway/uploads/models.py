"""Table of uploads."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, UtcDateTime


class Upload(Base):
    """A file that was sent, or is announced. Its name is what the sender said, never a path."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(1024))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    """Announced or received size. 0: not known yet."""
    received_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    """Empty until complete."""
    complete: Mapped[bool]
    blob_key: Mapped[str] = mapped_column(String(255))
    """Empty until complete."""
    with_job: Mapped[bool]
    """Sent together with a job and removed with it."""
    create_time: Mapped[datetime] = mapped_column(UtcDateTime)
