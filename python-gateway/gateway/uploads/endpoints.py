"""REST of uploads."""

import base64
import binascii
import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from gateway import forms, idempotency
from gateway.answers import Json
from gateway.errors import ValidationFailed
from gateway.ids import is_id
from gateway.uploads.schemas import UploadOut, upload_json
from gateway.uploads.service import Received, UploadService

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])


def service(request: Request) -> UploadService:
    """The gateway's upload service."""
    return request.app.state.gateway.uploads  # type: ignore[no-any-return]


Service = Annotated[UploadService, Depends(service)]
FileName = Annotated[str, Query(description="Name of the file as its sender writes it; never a path.", max_length=1024)]
Key = Annotated[str, Header(alias="Idempotency-Key")]


@router.post("", status_code=201, responses={201: {"model": UploadOut}})
async def create_upload(request: Request, uploads: Service, file_name: FileName = "", key: Key = "") -> Response:
    """The body is the file. As application/json, {file_name, size_bytes}, it announces one that PUT will bring."""
    idempotency.check(key)
    match forms.media_type(request):
        case "application/json":
            given = await forms.read_json(request, {"file_name", "size_bytes"})
            upload = await uploads.announce(_text(given.get("file_name", "")), _size(given.get("size_bytes", 0)), key)
        case "multipart/form-data":
            async with uploads.receiving() as take:
                form = await forms.read_form(request, set(), take)
            upload = await uploads.create(form.files[0], key)
        case _:
            upload = await uploads.create(await _receive(request, uploads, file_name), key)
    return Json(upload_json(upload), 201, {"Location": f"/api/v1/uploads/{upload.id}"})


@router.put("/{upload_id}", responses={200: {"model": UploadOut}, 201: {"model": UploadOut}})
async def put_upload(request: Request, uploads: Service, upload_id: str, file_name: FileName = "") -> Response:
    """The body is the file. The id is an announced upload's, or a UUID that the caller makes; repeating is safe."""
    if not is_id(upload_id):
        raise _invalid("upload_id", "must be a UUID in lower-case hex with hyphens")
    upload, new = await uploads.put(upload_id, await _receive(request, uploads, file_name))
    return Json(upload_json(upload), 201 if new else 200, {"Location": f"/api/v1/uploads/{upload.id}"})


@router.get("/{upload_id}", responses={200: {"model": UploadOut}})
async def get_upload(uploads: Service, upload_id: str) -> Response:
    """The upload, with the number of bytes that are safe."""
    return Json(upload_json(await uploads.get(upload_id)))


@router.delete("/{upload_id}", status_code=204)
async def delete_upload(uploads: Service, upload_id: str) -> Response:
    """Removes an upload that no job reads."""
    await uploads.delete(upload_id)
    return Response(status_code=204)


async def _receive(request: Request, uploads: UploadService, file_name: str) -> Received:
    uploads.check_size(forms.announced_bytes(request))
    sha256 = content_digest(request.headers.get("content-digest", ""))
    return await uploads.receive(file_name, request.stream(), sha256=sha256)


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
        raise _invalid("Content-Digest", "must hold 32 bytes of base64 for sha-256")
    return digest.hex()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _invalid("file_name", "must be a text")
    return value


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _invalid("size_bytes", "must be a whole number, 0 or more")
    return value


def _invalid(field: str, message: str) -> ValidationFailed:
    return ValidationFailed(f"{field} {message}", "INVALID_FIELD", [{"field": field, "message": message}])
