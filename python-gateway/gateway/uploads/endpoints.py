"""REST of uploads."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway import forms, idempotency
from gateway.answers import Json
from gateway.ids import is_id
from gateway.uploads import given as asked
from gateway.uploads import tus
from gateway.uploads.given import Key as Key
from gateway.uploads.given import Service as Service
from gateway.uploads.schemas import UploadOut, upload_json
from gateway.uploads.service import Received, UploadService

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

FileName = Annotated[str, Query(description="Name of the file as its sender writes it; never a path.", max_length=1024)]


@router.post("", status_code=201, responses={201: {"model": UploadOut}})
async def create_upload(request: Request, uploads: Service, file_name: FileName = "", key: Key = "") -> Response:
    """The body is the file. As application/json, {file_name, size_bytes, sha256}, it announces one that is sent later.

    With Tus-Resumable it is the creation of tus 1.0.
    """
    idempotency.check(key)
    if tus.VERSION_HEADER in request.headers:
        return await tus.create(request, uploads, key)
    match forms.media_type(request):
        case "application/json":
            given = await forms.read_json(request, {"file_name", "size_bytes", "sha256"})
            said = asked.name(given), asked.size(given) or None, asked.sha256(given.get("sha256", ""))
            upload, _ = await uploads.begin(*said, key=key)
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
        raise asked.invalid("upload_id", "must be a UUID in lower-case hex with hyphens")
    upload, new = await uploads.put(upload_id, await _receive(request, uploads, file_name))
    return Json(upload_json(upload), 201 if new else 200, {"Location": f"/api/v1/uploads/{upload.id}"})


@router.get("/{upload_id}", responses={200: {"model": UploadOut}})
async def get_upload(uploads: Service, upload_id: str) -> Response:
    """The upload, with the number of bytes that are safe."""
    return Json(upload_json(await uploads.get(upload_id)))


@router.delete("/{upload_id}", status_code=204)
async def delete_upload(request: Request, uploads: Service, upload_id: str) -> Response:
    """Removes an upload that no job reads."""
    if tus.VERSION_HEADER in request.headers:
        return await tus.terminate(request, uploads, upload_id)
    await uploads.delete(upload_id)
    return Response(status_code=204)


async def _receive(request: Request, uploads: UploadService, file_name: str) -> Received:
    uploads.check_size(forms.announced_bytes(request))
    sha256 = asked.content_digest(request.headers.get("content-digest", ""))
    return await uploads.receive(file_name, request.stream(), sha256=sha256)
