"""Jobs and events as JSON: the contract's names, plus what only REST has (links)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from gateway import contract
from gateway.answers import time_text
from gateway.ids import now
from gateway.jobs.models import Artifact, Event, Job
from gateway.jobs.states import PROCESSING
from gateway.uploads.models import Upload

Status = Literal["queued", "processing", "completed", "failed", "cancelled", "cancelling"]
OperationWord = Literal["harmonize", "validate", "clean", "standardize"]


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorOut(_Out):
    """harmonizer.v1.JobError."""

    code: str
    reason: str
    message: str


class ProgressOut(_Out):
    """harmonizer.v1.Progress."""

    stage: str | None
    bytes_received: int
    bytes_total: int
    records_read: int
    records_done: int
    percent: float
    errors: int
    warnings: int
    elapsed_ms: int


class ArtifactOut(_Out):
    """An artifact and where it is."""

    name: str
    kind: str
    size_bytes: int
    sha256: str
    media_type: str
    href: str


class JobFileOut(_Out):
    """harmonizer.v1.JobFile."""

    upload_id: str
    file_name: str
    size_bytes: int
    sha256: str


class JobOut(_Out):
    """harmonizer.v1.Job, with the artifacts of a completed one."""

    id: str
    status: Status
    operation: OperationWord
    options: dict[str, Any]
    output_format: Literal["csv", "ndjson"]
    file_name: str
    upload_id: str
    input_bytes: int
    input_sha256: str
    files: list[JobFileOut]
    create_time: str
    start_time: str | None
    end_time: str | None
    attempt: int
    progress: ProgressOut | None
    estimated_completion_time: str | None
    summary: dict[str, Any] | None
    error: ErrorOut | None
    artifacts: list[ArtifactOut]


class JobPage(_Out):
    """Some jobs; next_page_token is empty on the last page."""

    jobs: list[JobOut]
    next_page_token: str


class StatusOut(_Out):
    """The light view of a job. progress is 0 to 100."""

    id: str
    status: Status
    progress: float
    stage: str | None
    estimated_completion: str | None


class EventOut(_Out):
    """harmonizer.v1.JobEvent."""

    id: int
    type: str
    time: str
    status: Status
    progress: ProgressOut | None
    summary: dict[str, Any] | None
    error: ErrorOut | None


def job_json(job: Job, artifacts: Sequence[Artifact] = ()) -> dict[str, Any]:
    """The job in the shape of JobOut."""
    return {
        "id": job.id,
        "status": job.status,
        "operation": job.operation,
        "options": contract.render(job.options, only_set=True),
        "output_format": job.output_format,
        "file_name": job.file_name,
        "upload_id": job.uploads[0].id,
        "input_bytes": job.input_bytes,
        "input_sha256": job.input_sha256,
        "files": [_file(upload) for upload in job.uploads],
        "create_time": time_text(job.create_time),
        "start_time": time_text(job.start_time),
        "end_time": time_text(job.end_time),
        "attempt": job.attempt,
        "progress": contract.render(job.progress) if job.progress else None,
        "estimated_completion_time": time_text(estimate(job, now())),
        "summary": contract.render(job.summary) if job.summary else None,
        "error": _error(job),
        "artifacts": [artifact_json(artifact) for artifact in artifacts],
    }


def _file(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload.id,
        "file_name": upload.file_name,
        "size_bytes": upload.size_bytes,
        "sha256": upload.sha256,
    }


def status_json(job: Job) -> dict[str, Any]:
    """The job in the shape of StatusOut."""
    progress = contract.render(job.progress) if job.progress else {"percent": 0.0, "stage": None}
    return {
        "id": job.id,
        "status": job.status,
        "progress": progress["percent"],
        "stage": progress["stage"],
        "estimated_completion": time_text(estimate(job, now())),
    }


def event_json(event: Event) -> dict[str, Any]:
    """The event in the shape of EventOut."""
    return {
        "id": event.id,
        "type": event.type,
        "time": time_text(event.time),
        "status": event.status,
        "progress": contract.render(event.progress) if event.progress else None,
        "summary": contract.render(event.summary) if event.summary else None,
        "error": _error(event),
    }


def artifact_json(artifact: Artifact) -> dict[str, Any]:
    """The artifact in the shape of ArtifactOut."""
    return {
        "name": artifact.name,
        "kind": artifact.kind,
        "size_bytes": artifact.size_bytes,
        "sha256": artifact.sha256,
        "media_type": artifact.media_type,
        "href": f"/api/v1/jobs/{artifact.job_id}/artifacts/{artifact.name}",
    }


def estimate(job: Job, at: datetime) -> datetime | None:
    """When the job may be done, at the speed it has had. None: it does not run, or too little is known."""
    if job.status != PROCESSING or not job.progress or not job.start_time or not job.progress_time:
        return None
    percent = job.progress.percent
    if percent < 1:
        return None
    spent = job.progress_time - job.start_time
    return max(at, job.progress_time + timedelta(seconds=spent.total_seconds() * (100 - percent) / percent))


def _error(of: Job | Event) -> dict[str, str] | None:
    if not of.error_code:
        return None
    return {"code": of.error_code, "reason": of.error_reason, "message": of.error_message}
