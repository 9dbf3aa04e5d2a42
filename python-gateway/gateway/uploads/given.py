"""What the endpoints of uploads take from a request, checked."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Header, Request

from gateway.errors import ValidationFailed
from gateway.uploads.service import UploadService


async def service(request: Request) -> UploadService:
    """The gateway's upload service."""
    return request.app.state.gateway.uploads  # type: ignore[no-any-return]


Service = Annotated[UploadService, Depends(service)]
Key = Annotated[str, Header(alias="Idempotency-Key")]

_SHA256 = re.compile(r"[0-9a-f]{64}")


def content_digest(header: str) -> str:
    """SHA-256 of a Content-Digest header (RFC 9530), lower-case hex; empty if none. Raises ValidationFailed."""
    found = re.search(r"sha-256=:([A-Za-z0-9+/=]*):", header)
    if not found:
        return ""
    try:
        digest = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 32:
        raise invalid("Content-Digest", "must hold 32 bytes of base64 for sha-256")
    return digest.hex()


def sha256(text: object, field: str = "sha256") -> str:
    """The text, if it is empty or a SHA-256 in lower-case hex. Raises ValidationFailed."""
    if not isinstance(text, str) or (text and not _SHA256.fullmatch(text)):
        raise invalid(field, "must be a SHA-256 in lower-case hex")
    return text


def name(given: Mapping[str, object]) -> str:
    """The file_name of a JSON object. Raises ValidationFailed."""
    value = given.get("file_name", "")
    if not isinstance(value, str):
        raise invalid("file_name", "must be a text")
    return value


def size(given: Mapping[str, object]) -> int:
    """The size_bytes of a JSON object; 0: not said. Raises ValidationFailed."""
    value = given.get("size_bytes", 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise invalid("size_bytes", "must be a whole number, 0 or more")
    return value


def invalid(field: str, message: str) -> ValidationFailed:
    """The refusal of one field."""
    return ValidationFailed(f"{field} {message}", "INVALID_FIELD", [{"field": field, "message": message}])
