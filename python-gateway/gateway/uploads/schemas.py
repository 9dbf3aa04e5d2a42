"""An upload as JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from gateway.answers import time_text
from gateway.uploads.models import Upload


class UploadOut(BaseModel):
    """harmonizer.v1.Upload."""

    model_config = ConfigDict(extra="forbid")

    id: str
    file_name: str
    received_bytes: int
    size_bytes: int
    complete: bool
    sha256: str
    create_time: str
    expire_time: str | None


def upload_json(upload: Upload) -> dict[str, Any]:
    """The upload in the shape of UploadOut."""
    return {
        "id": upload.id,
        "file_name": upload.file_name,
        "received_bytes": upload.received_bytes,
        "size_bytes": upload.size_bytes,
        "complete": upload.complete,
        "sha256": upload.sha256,
        "create_time": time_text(upload.create_time),
        "expire_time": time_text(upload.expire_time),
    }
