"""tus 1.0.0, the protocol of resumable uploads (https://tus.io/protocols/resumable-upload), over our uploads.

Extensions: creation, creation-with-upload, creation-defer-length, checksum, expiration, termination. Of the metadata
`filename` and `sha256` (of the whole file, lower-case hex) are kept; whatever else a client says is not stored.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway import forms
from gateway.errors import (
    BadRequest,
    GatewayError,
    PreconditionFailed,
    UnsupportedMediaType,
    ValidationFailed,
)
from gateway.uploads import given
from gateway.uploads.appending import Checksum
from gateway.uploads.given import Service
from gateway.uploads.models import Upload
from gateway.uploads.service import MAX_NAME, UploadService

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

VERSION: Final = "1.0.0"
VERSION_HEADER: Final = "tus-resumable"
MEDIA_TYPE: Final = "application/offset+octet-stream"
EXTENSIONS: Final = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"
DIGEST_BYTES: Final = {"sha1": 20, "sha256": 32, "md5": 16}


@router.options("", status_code=204, include_in_schema=False)
@router.options("/{upload_id}", status_code=204, include_in_schema=False)
async def options(uploads: Service) -> Response:
    """What of tus is spoken here."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(uploads.limits.max_bytes),
        "Tus-Checksum-Algorithm": ",".join(DIGEST_BYTES),
    }
    return _answer(204, headers)


@router.head("/{upload_id}")
async def head_upload(request: Request, uploads: Service, upload_id: str) -> Response:
    """How many bytes are safe: where a client of tus goes on."""
    with _spoken(request):
        upload = await uploads.get(upload_id)
        known = upload.size_bytes or upload.complete
        length = {"Upload-Length": str(upload.size_bytes)} if known else {"Upload-Defer-Length": "1"}
        return _answer(200, {"Cache-Control": "no-store", **length, **_metadata(upload), **_state(upload)})


@router.patch("/{upload_id}", status_code=204)
async def patch_upload(request: Request, uploads: Service, upload_id: str) -> Response:
    """The next bytes of an upload, by tus: from Upload-Offset on, which must be as many as are safe already."""
    with _spoken(request):
        if forms.media_type(request) != MEDIA_TYPE:
            raise UnsupportedMediaType(f"the Content-Type must be {MEDIA_TYPE}")
        offset, size, sums = _number(request, "Upload-Offset"), _length(request), _checksum(request)
        assert offset is not None
        return _answer(204, _state(await _append(request, uploads, upload_id, offset, size, sums)))


@router.post("/{upload_id}", include_in_schema=False)
async def instead(request: Request, uploads: Service, upload_id: str) -> Response:
    """For clients behind what lets only GET and POST through: X-HTTP-Method-Override names the method."""
    methods = {"PATCH": patch_upload, "HEAD": head_upload, "DELETE": terminate}
    method = methods.get(request.headers.get("x-http-method-override", "").upper())
    if method is None:
        allowed = {"Allow": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"}
        return Response(status_code=405, headers=allowed)
    return await method(request, uploads, upload_id)


async def create(request: Request, uploads: UploadService, key: str) -> Response:
    """The creation: an upload of Upload-Length bytes, or of a length that a PATCH will tell; a body is its first bytes.

    Under an Idempotency-Key, one that exists already is answered as it is; Upload-Offset tells how far it came.
    """
    with _spoken(request):
        size, metadata, sums = _length(request), _read_metadata(request), _checksum(request)
        if (size is None) == (request.headers.get("upload-defer-length") != "1"):
            raise BadRequest("either Upload-Length or Upload-Defer-Length: 1 must be there", "UPLOAD_LENGTH")
        brings = forms.media_type(request) == MEDIA_TYPE
        if not brings and _has_body(request):
            raise UnsupportedMediaType(f"the Content-Type must be {MEDIA_TYPE}")
        upload, _ = await uploads.begin(*metadata[:1], size, *metadata[1:], key=key)
        if brings and not upload.complete and not upload.received_bytes:
            upload = await _append(request, uploads, upload.id, 0, None, sums)
        return _answer(201, {"Location": f"/api/v1/uploads/{upload.id}", **_state(upload)})


async def terminate(request: Request, uploads: UploadService, upload_id: str) -> Response:
    """Removes an upload that no job reads."""
    with _spoken(request):
        await uploads.delete(upload_id)
        return _answer(204, {})


async def _append(
    request: Request, uploads: UploadService, upload_id: str, offset: int, size: int | None, sums: Checksum | None
) -> Upload:
    length = forms.announced_bytes(request)
    found = await uploads.get(upload_id)
    if found.complete and found.size_bytes == offset and not length and size in (None, offset):
        return found
    uploads.check_size(offset + length)
    if found.size_bytes and offset == found.received_bytes and offset + length > found.size_bytes:
        raise ValidationFailed("the body is longer than what is missing of the upload", "SIZE_MISMATCH")
    upload = await uploads.take_over(upload_id, offset, size or 0)
    return await uploads.append(upload, request.stream(), sums)


@contextmanager
def _spoken(request: Request) -> Iterator[None]:
    """Checks the version, and marks refusals as those of tus. Raises PreconditionFailed."""
    try:
        if request.headers.get(VERSION_HEADER) != VERSION:
            raise PreconditionFailed(
                f"Tus-Resumable must be {VERSION}", "TUS_VERSION", headers={"Tus-Version": VERSION}
            )
        yield
    except GatewayError as error:
        error.headers["Tus-Resumable"] = VERSION
        error.headers.setdefault("Cache-Control", "no-store")
        raise


def _answer(status: int, headers: dict[str, str]) -> Response:
    return Response(status_code=status, headers={"Tus-Resumable": VERSION, **headers})


def _state(upload: Upload) -> dict[str, str]:
    expires = {} if upload.expire_time is None else {"Upload-Expires": format_datetime(upload.expire_time, usegmt=True)}
    return {"Upload-Offset": str(upload.received_bytes), **expires}


def _number(request: Request, header: str, needed: bool = True) -> int | None:
    text = request.headers.get(header)
    if text is None and not needed:
        return None
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadRequest(f"{header} must be a whole number, 0 or more", "INVALID_HEADER")
    return int(text)


def _length(request: Request) -> int | None:
    return _number(request, "Upload-Length", needed=False)


def _has_body(request: Request) -> bool:
    return forms.announced_bytes(request) > 0 or "transfer-encoding" in request.headers


def _checksum(request: Request) -> Checksum | None:
    text = request.headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    if len(digest := _decoded(encoded, "Upload-Checksum")) != DIGEST_BYTES.get(algorithm):
        raise BadRequest("Upload-Checksum must be sha1, sha256 or md5 and its digest in base64", "INVALID_HEADER")
    return Checksum(algorithm, digest)


def _read_metadata(request: Request) -> tuple[str, str]:
    """File name and SHA-256 of Upload-Metadata, empty where they are not said. Raises BadRequest, ValidationFailed."""
    pairs = [pair.strip().partition(" ") for pair in request.headers.get("upload-metadata", "").split(",")]
    texts = {key: _decoded(value, "Upload-Metadata") for key, _, value in pairs if key in ("filename", "sha256")}
    try:
        name, sha256 = (texts.get(key, b"").decode() for key in ("filename", "sha256"))
    except UnicodeDecodeError:
        raise BadRequest("Upload-Metadata must be UTF-8 in base64", "INVALID_HEADER") from None
    return name[-MAX_NAME:], given.sha256(sha256, "Upload-Metadata sha256")


def _metadata(upload: Upload) -> dict[str, str]:
    kept = {"filename": upload.file_name, "sha256": upload.expected_sha256}
    pairs = [f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in kept.items() if text]
    return {"Upload-Metadata": ",".join(pairs)} if pairs else {}


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise BadRequest(f"{header} must be in base64", "INVALID_HEADER") from None
