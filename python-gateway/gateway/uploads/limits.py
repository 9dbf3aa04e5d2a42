"""Bounds of uploads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.errors import FileTooLarge
from gateway.ids import now


@dataclass(frozen=True)
class Limits:
    """How large an upload and a part of it may become, in bytes, and how long an unfinished one is kept, in seconds."""

    max_bytes: int
    part_bytes: int
    expire_seconds: float
    """0: for ever."""

    def check(self, size_bytes: int) -> None:
        """Raises FileTooLarge. Called before a body is read, where its length is known, and while it is."""
        if size_bytes > self.max_bytes:
            raise FileTooLarge(
                f"the file, or the files of a job together, are larger than {self.max_bytes} bytes "
                "(HARMONIZER_MAX_UPLOAD_BYTES)",
                "MAX_UPLOAD_BYTES",
            )

    def expire_time(self) -> datetime | None:
        """When an upload expires that gets no more bytes from now on."""
        return now() + timedelta(seconds=self.expire_seconds) if self.expire_seconds else None
