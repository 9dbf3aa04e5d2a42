"""REST of jobs."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, WebSocket

from gateway import forms, idempotency
from gateway.answers import Json, accepts
from gateway.errors import UnsupportedMediaType
from gateway.jobs import events, requests
from gateway.jobs.models import Job
from gateway.jobs.repository import JobFilter
from gateway.jobs.schemas import (
    ArtifactOut,
    JobOut,
    JobPage,
    OperationWord,
    Status,
    StatusOut,
    artifact_json,
    job_json,
    status_json,
)
from gateway.jobs.service import JobService
from gateway.jobs.sockets import SocketWatch
from gateway.jobs.states import ENDED
from gateway.uploads.endpoints import Key
from gateway.uploads.endpoints import Service as Uploads

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


async def service(request: Request) -> JobService:
    """The gateway's job service."""
    return request.app.state.gateway.jobs  # type: ignore[no-any-return]


Service = Annotated[JobService, Depends(service)]


@router.post("", status_code=201, responses={201: {"model": JobOut}})
async def create_job(request: Request, jobs: Service, uploads: Uploads, key: Key = "") -> Response:
    """Multipart with one or more file, operation, options (JSON), entity, format; or JSON with upload_ids instead.

    The order of several files counts: the first of equal records is kept.
    """
    idempotency.check(key)
    match forms.media_type(request):
        case "multipart/form-data":
            if not key:
                await jobs.check_room()
            job = await _create_from_form(request, jobs, uploads, key)
        case "application/json":
            given = await forms.read_json(request, requests.FIELDS | {"upload_id", "upload_ids"})
            job = await jobs.create_from(await requests.parse_aside(given, key), requests.upload_ids(given))
        case _:
            raise UnsupportedMediaType("the body must be multipart/form-data or application/json")
    return Json(job_json(job), 201, {"Location": f"/api/v1/jobs/{job.id}"})


async def _create_from_form(request: Request, jobs: JobService, uploads: Uploads, key: str) -> Job:
    async with uploads.receiving() as take:
        form = await forms.read_form(request, requests.FIELDS, take, requests.MOST_FILES)
        wanted = await requests.parse_aside(dict(form.fields), key)
    return await jobs.create(wanted, form.files)


@router.get("", responses={200: {"model": JobPage}})
async def list_jobs(
    jobs: Service,
    page_size: Annotated[int, Query(ge=0, le=1000, description="0: 50")] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
    status: Status | None = None,
    operation: OperationWord | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    order: Literal["asc", "desc"] = "desc",
) -> Response:
    """A page of jobs, newest first unless order=asc. The token of a page belongs to its filters."""
    which = JobFilter(status, operation, _utc(created_after), _utc(created_before), order == "asc")
    page, token = await jobs.page(which, page_size or 50, page_token)
    return Json({"jobs": [job_json(job) for job in page], "next_page_token": token})


@router.get("/{job_id}", responses={200: {"model": JobOut}})
async def get_job(jobs: Service, job_id: str) -> Response:
    """Everything: options, progress, account, artifacts with size and SHA-256."""
    return await _whole(jobs, await jobs.get(job_id))


@router.get("/{job_id}/status", responses={200: {"model": StatusOut}})
async def get_status(jobs: Service, job_id: str) -> Response:
    """The light view: status, progress 0 to 100, stage, when it may be done."""
    return Json(status_json(await jobs.get(job_id)))


@router.delete("/{job_id}", responses={202: {"model": JobOut}, 204: {}})
async def delete_job(jobs: Service, job_id: str) -> Response:
    """Cancels a live job (202 and the job); removes an ended one with its artifacts (204)."""
    job = await jobs.get(job_id)
    if job.status not in ENDED:
        return Json(job_json(await jobs.cancel(job_id)), 202)
    await jobs.delete(job_id)
    return Response(status_code=204)


@router.post("/{job_id}:cancel", responses={200: {"model": JobOut}})
async def cancel_job(jobs: Service, job_id: str) -> Response:
    """Stops a live job. A job that has ended stays as it is."""
    return await _whole(jobs, await jobs.cancel(job_id))


@router.post("/{job_id}:retry", responses={200: {"model": JobOut}})
async def retry_job(jobs: Service, job_id: str) -> Response:
    """Lets a failed or cancelled job wait for its turn again; one that waits or runs stays as it is."""
    return await _whole(jobs, await jobs.retry(job_id))


@router.get("/{job_id}/events")
async def watch_job(request: Request, jobs: Service, job_id: str) -> Response:
    """Server-sent events, from the one after Last-Event-ID or after_event_id; ends after the terminal event."""
    after = events.position(request)
    await jobs.check_watch(job_id, after)
    return events.EventStream(jobs, job_id, after, request.app.state.gateway.pace)


@router.websocket("/{job_id}/events")
async def watch_job_socket(socket: WebSocket, job_id: str) -> None:
    """The same events as messages."""
    gateway = socket.app.state.gateway
    await SocketWatch(socket, gateway.jobs, gateway.pace).run(job_id)


@router.get("/{job_id}/logs")
async def get_logs(
    request: Request,
    jobs: Service,
    job_id: str,
    page_size: Annotated[int, Query(ge=0, le=1000, description="0: 500")] = 500,
    after_event_id: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The job's events as log lines, without any value of the input; as text/plain when Accept says so."""
    await jobs.get(job_id)
    lines = [events.log_line(event) for event in await jobs.events(job_id, after_event_id, page_size or 500)]
    if accepts(request.headers.get("accept", ""), "text/plain"):
        return Response("".join(events.log_text(line) for line in lines), media_type="text/plain; charset=utf-8")
    return Json({"lines": lines, "last_event_id": lines[-1]["event_id"] if lines else after_event_id})


@router.get("/{job_id}/artifacts", responses={200: {"model": dict[str, list[ArtifactOut]]}})
async def list_artifacts(jobs: Service, job_id: str) -> Response:
    """The artifacts of the job; none until it is completed."""
    await jobs.get(job_id)
    return Json({"artifacts": [artifact_json(a) for a in await jobs.artifacts(job_id)]})


async def _whole(jobs: JobService, job: Job) -> Response:
    return Json(job_json(job, await jobs.artifacts(job.id) if job.summary else ()))


def _utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time
