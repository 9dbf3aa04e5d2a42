"""REST of results."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import PurePosixPath
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway import ranges
from gateway.answers import Json, accepts, dump
from gateway.errors import ValidationFailed
from gateway.jobs.models import Artifact, Job
from gateway.results.service import Choice, IssueFilter, Record, ResultService
from gateway.streams import begun

NDJSON = "application/x-ndjson"
SEND_BYTES = 1024 * 1024

router = APIRouter(prefix="/api/v1/jobs", tags=["results"])


async def service(request: Request) -> ResultService:
    """The gateway's result service."""
    return request.app.state.gateway.results  # type: ignore[no-any-return]


Service = Annotated[ResultService, Depends(service)]
PageToken = Annotated[str, Query(max_length=1024)]
EntityQuery = Annotated[str, Query(max_length=64, description="Of several clean files, that of this entity.")]
FileQuery = Annotated[str, Query(max_length=255, description="Of several clean files, the artifact of this name.")]


@router.head("/{job_id}/result", include_in_schema=False)
@router.get("/{job_id}/result")
async def get_result(
    request: Request,
    results: Service,
    job_id: str,
    format_: Annotated[Literal["csv", "ndjson", "json", "parquet"] | None, Query(alias="format")] = None,
    entity: EntityQuery = "",
    file: FileQuery = "",
) -> Response:
    """The clean file. ETag is its SHA-256; Range, If-Range, If-None-Match are answered. 409 until the job is done.

    A job of several files has several: 409 with their names and addresses, unless entity or file names one.
    """
    job, artifact = await results.clean(job_id, format_ or "", Choice(entity, file))
    return await _bytes(request, results, artifact, _result_name(job, artifact))


@router.head("/{job_id}/artifacts/{name}", include_in_schema=False)
@router.get("/{job_id}/artifacts/{name}")
async def get_artifact(request: Request, results: Service, job_id: str, name: str) -> Response:
    """One artifact, as get_result answers."""
    _, artifact = await results.artifact(job_id, name)
    return await _bytes(request, results, artifact, artifact.name)


@router.get("/{job_id}/issues")
async def list_issues(
    results: Service,
    job_id: str,
    page_size: Annotated[int, Query(ge=0, le=1000, description="0: 100")] = 100,
    page_token: PageToken = "",
    rule: Annotated[str, Query(max_length=64)] = "",
    rule_id: Annotated[str, Query(max_length=64, description="The same as rule.")] = "",
    severity: Literal["error", "warning", "information"] | None = None,
    column: Annotated[str, Query(max_length=1024, description="Source column or canonical field.")] = "",
) -> Response:
    """A page of issue records (rule 0.4) in the artifact's order. They hold values of the input."""
    which = IssueFilter(rule or rule_id, severity or "", column)
    page, token = await results.issues(job_id, which, page_size or 100, page_token)
    return Json({"issues": page, "next_page_token": token})


@router.get("/{job_id}/records")
async def list_records(
    request: Request,
    results: Service,
    job_id: str,
    page_size: Annotated[int | None, Query(ge=0, le=10000, description="0: 100")] = None,
    page_token: PageToken = "",
    entity: EntityQuery = "",
    file: FileQuery = "",
) -> Response:
    """Records of the clean file: a page as JSON, or all of them as application/x-ndjson when Accept says so.

    Of several clean files, the one that entity or file names.
    """
    choice = Choice(entity, file)
    lines = accepts(request.headers.get("accept", ""), NDJSON)
    if lines and page_size is None:
        if page_token:
            raise ValidationFailed("page_token needs page_size", "INVALID_PAGE_TOKEN")
        await results.clean(job_id, choice=choice)
        return StreamingResponse(await begun(_ndjson(results.all_records(job_id, choice))), media_type=NDJSON)
    page, token = await results.records(job_id, page_size or 100, page_token, choice)
    if lines:
        headers = {"X-Next-Page-Token": token} if token else {}
        return Response("".join(f"{dump(record)}\n" for record in page), media_type=NDJSON, headers=headers)
    return Json({"records": page, "next_page_token": token})


async def _ndjson(groups: AsyncGenerator[list[Record], None]) -> AsyncGenerator[str, None]:
    async with aclosing(groups):
        async for group in groups:
            yield "".join(f"{dump(record)}\n" for record in group)


async def _bytes(request: Request, results: ResultService, artifact: Artifact, name: str) -> Response:
    tag = ranges.etag(artifact.sha256)
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    if ranges.not_modified(request.headers, tag):
        return Response(status_code=304, headers=headers)
    span = ranges.span(request.headers, artifact.size_bytes, tag)
    headers |= {"Content-Length": str(span.end - span.start), "Content-Disposition": ranges.attachment(name)}
    if span.partial:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{artifact.size_bytes}"
    status, media_type = (206 if span.partial else 200), artifact.media_type or "application/octet-stream"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    pieces = results.read(artifact, span.start, span.end, SEND_BYTES)
    if span.end - span.start <= SEND_BYTES:  # A stream costs more than a small file does.
        return Response(b"".join([piece async for piece in pieces]), status, headers, media_type)
    body = await begun(pieces)
    return StreamingResponse(body, status, headers, media_type)


def _result_name(job: Job, artifact: Artifact) -> str:
    """The sender's name for the file, with what it is now: labs.csv.gz gives labs.clean.csv."""
    name = PurePosixPath(job.file_name.replace("\\", "/")).name
    return f"{name.split('.')[0]}.{artifact.name}" if name.split(".")[0] else artifact.name
