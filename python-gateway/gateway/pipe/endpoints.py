"""REST of what keeps nothing: a body harmonized on its way through, a file inspected."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway import contract, forms
from gateway.answers import Json
from gateway.blobs import BlobStore
from gateway.engine import Engine, SourceFailed
from gateway.errors import (
    InternalError,
    NotImplementedYet,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from gateway.jobs import requests
from gateway.jobs.schemas import OperationWord
from gateway.jobs.service import Request as Asked
from gateway.streams import begun
from gateway.uploads.endpoints import FileName
from gateway.uploads.endpoints import Service as Uploads
from gateway.uploads.reading import read
from harmonizer.v1 import harmonizer_service_pb2 as pb
from harmonizer.v1.options_pb2 import Operation, OutputFormat

router = APIRouter(prefix="/api/v1", tags=["pipe"])


async def engine(request: Request) -> Engine:
    """The gateway's client of the harmonizer."""
    return request.app.state.gateway.engine  # type: ignore[no-any-return]


Harmonizer = Annotated[Engine, Depends(engine)]
OptionsText = Annotated[str, Query(description="harmonizer.v1.Options as JSON.", max_length=65536)]
MappingText = Annotated[str, Query(description="A mapping file, YAML or JSON.", max_length=65536)]
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}


@router.post("/harmonize")
async def harmonize(
    request: Request,
    harmonizer: Harmonizer,
    uploads: Uploads,
    operation: OperationWord = "harmonize",
    entity: Annotated[str, Query(max_length=64)] = "",
    format_: Annotated[Literal["csv", "ndjson", "json", "parquet"], Query(alias="format")] = "csv",
    options: OptionsText = "",
    mapping: MappingText = "",
    file_name: FileName = "",
) -> Response:
    """The body is a file; the answer is its clean file, streamed. No job is made and nothing is kept.

    An error before the first byte is a problem; one after it closes the connection without the end of the body.
    """
    if operation == "validate":
        raise ValidationFailed("validate writes no records; create a job to get its issues", "NO_CLEAN_FILE")
    if forms.media_type(request) == "multipart/form-data":
        raise UnsupportedMediaType("the body is the file itself: curl --data-binary @file, or -T file -X POST")
    if request.app.state.gateway.draining:
        raise Unavailable("the gateway is stopping", "DRAINING", headers={"Retry-After": "5"})
    given = {"operation": operation, "entity": entity, "format": format_, "options": options, "mapping": mapping}
    spec = _spec(await requests.parse_aside(given), file_name, forms.announced_bytes(request))
    spec.artifacts.append(pb.ARTIFACT_KIND_CLEAN)
    uploads.check_size(spec.size_bytes)
    name = f"clean.{format_}"
    body = _clean(harmonizer, spec, uploads.bounded(request.stream()), name)
    return StreamingResponse(await begun(body), media_type=MEDIA_TYPES[format_])


async def _clean(
    harmonizer: Engine, spec: pb.HarmonizeSpec, source: AsyncIterator[bytes], name: str
) -> AsyncGenerator[bytes, None]:
    """The clean file. Raises GatewayError, ClientDisconnect."""
    ended = False
    try:
        async with aclosing(harmonizer.harmonize(spec, source)) as responses:
            async for response in responses:
                if response.HasField("summary"):
                    ended = True
                elif response.HasField("artifact"):
                    if response.artifact.name != name:
                        # Its rows would be missing from the one file that a pipe has.
                        raise NotImplementedYet(
                            "the file holds several entities; create a job to get them all", "MIXED_FILE"
                        )
                    yield response.artifact.data
    except SourceFailed as error:
        raise error.__cause__ or InternalError("the body cannot be read") from None
    if not ended:
        raise InternalError("the harmonizer ended without a summary", "NO_SUMMARY")


@router.post("/inspect")
async def inspect(
    request: Request,
    harmonizer: Harmonizer,
    uploads: Uploads,
    entity: Annotated[str, Query(max_length=64)] = "",
    options: OptionsText = "",
    mapping: MappingText = "",
    file_name: FileName = "",
) -> Response:
    """How a file would be read: dialect, encoding, entity, column map, evidence, findings. Nothing is kept.

    The file is the body, the part "file" of a form, which may have a part "mapping" before it, or the upload that a
    JSON body {upload_id, options, mapping} names.
    """
    query = {"entity": entity, "options": options, "mapping": mapping}
    match forms.media_type(request):
        case "application/json":
            given = await forms.read_json(request, {"upload_id", "options", "mapping", "entity"})
            answer = await _inspect_upload(request, harmonizer, uploads, given)
        case "multipart/form-data":
            answer = await _inspect_form(request, harmonizer, uploads, query)
        case _:
            spec = _spec(await requests.parse_aside(query), file_name, forms.announced_bytes(request))
            uploads.check_size(spec.size_bytes)
            answer = await _inspect(harmonizer, spec, uploads.bounded(request.stream()))
    return Json(contract.render(answer))


async def _inspect_form(
    request: Request, harmonizer: Engine, uploads: Uploads, query: dict[str, str]
) -> pb.InspectResponse:
    fields, seen = dict[str, str](), set[str]()

    async def take(file_name: str, source: AsyncIterator[bytes]) -> pb.InspectResponse:
        seen.update(fields)
        return await _inspect(
            harmonizer, _spec(await requests.parse_aside(query | fields), file_name, 0), uploads.bounded(source)
        )

    # What comes behind the file, which is not kept, is too late.
    form = await forms.read_form(request, {"mapping"}, take, fields=fields)
    if form.fields.keys() != seen:
        message = "must stand before the file"
        raise ValidationFailed(f"mapping {message}", "INVALID_FIELD", [{"field": "mapping", "message": message}])
    return form.files[0]


async def _inspect_upload(
    request: Request, harmonizer: Engine, uploads: Uploads, given: dict[str, object]
) -> pb.InspectResponse:
    upload, parts = await uploads.whole(requests.upload_id(given))
    blobs: BlobStore = request.app.state.gateway.blobs
    spec = _spec(await requests.parse_aside(given), upload.file_name, upload.size_bytes)
    async with aclosing(read(blobs, parts)) as source:
        return await _inspect(harmonizer, spec, source)


async def _inspect(harmonizer: Engine, spec: pb.HarmonizeSpec, source: AsyncIterator[bytes]) -> pb.InspectResponse:
    try:
        return await harmonizer.inspect(spec, source)
    except SourceFailed as error:
        raise error.__cause__ or InternalError("the file cannot be read") from None


def _spec(asked: Asked, file_name: str, size_bytes: int) -> pb.HarmonizeSpec:
    return pb.HarmonizeSpec(
        file_name=file_name[:1024],
        size_bytes=size_bytes,
        operation=Operation.ValueType(contract.number(Operation.DESCRIPTOR, asked.operation, "operation")),
        options=asked.options,
        output_format=OutputFormat.ValueType(contract.number(OutputFormat.DESCRIPTOR, asked.output_format, "format")),
    )
