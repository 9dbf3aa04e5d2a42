"""A job and its events, as the gateway's REST interface tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .errors import HarmonizerError, InputRefused, InternalError, InvalidOption, JobFailed, ServiceUnavailable
from .progress import ArtifactSummary, Progress, Summary

ENDED = ("completed", "failed", "cancelled")
FROM_JOB_CODE: dict[str, type[HarmonizerError]] = {
    "UNSUPPORTED_FORMAT": InputRefused,
    "FILE_TOO_LARGE": InputRefused,
    "VALIDATION_ERROR": InvalidOption,
    "SERVICE_UNAVAILABLE": ServiceUnavailable,
    "INTERNAL_ERROR": InternalError,
}


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed, without any value of the input."""

    code: str
    """Code as in a REST problem, such as UNSUPPORTED_FORMAT."""
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class JobFile:
    """One of the files of a job."""

    upload_id: str
    file_name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted piece of work."""

    id: str
    status: str
    """queued, processing, cancelling, or at the end completed, failed or cancelled."""
    operation: str
    output_format: str
    file_name: str
    input_bytes: int
    create_time: str
    """RFC 3339, UTC."""
    progress: Progress | None
    summary: Summary | None
    """Not None when completed."""
    error: JobError | None
    """Not None when failed."""
    artifacts: tuple[ArtifactSummary, ...]
    files: tuple[JobFile, ...]
    """What the job reads, in the order that counts."""
    answer: Mapping[str, Any]
    """All that the gateway said."""

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ENDED

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Take the gateway's object."""
        return cls(
            id=answer["id"],
            status=answer["status"],
            operation=answer["operation"],
            output_format=answer["output_format"],
            file_name=answer["file_name"],
            input_bytes=int(answer["input_bytes"]),
            create_time=answer["create_time"],
            progress=Progress.from_json(answer["progress"]) if answer.get("progress") else None,
            summary=Summary.from_json(answer["summary"]) if answer.get("summary") else None,
            error=error_from(answer),
            artifacts=tuple(ArtifactSummary.from_json(artifact) for artifact in answer.get("artifacts") or ()),
            files=tuple(
                JobFile(file["upload_id"], file["file_name"], int(file["size_bytes"]), file["sha256"])
                for file in answer.get("files") or ()
            ),
            answer=answer,
        )

    def check(self) -> Self:
        """Return the job if it is completed. Errors: what it failed of; JobFailed where it was cancelled or goes on."""
        if self.status == "completed":
            return self
        if self.error is None:
            raise JobFailed(f"the job is {self.status}", reason=self.status.upper())
        kind = FROM_JOB_CODE.get(self.error.code, JobFailed)
        raise kind(self.error.message, reason=self.error.reason)


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One thing that happened to a job; ``id`` counts from 1 without gaps."""

    id: int
    type: str
    """created, started, progress, requeued, cancelling, completed, failed, cancelled or retried."""
    time: str
    status: str
    progress: Progress | None
    summary: Summary | None
    error: JobError | None

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Take the gateway's object."""
        return cls(
            id=int(answer["id"]),
            type=answer["type"],
            time=answer["time"],
            status=answer["status"],
            progress=Progress.from_json(answer["progress"]) if answer.get("progress") else None,
            summary=Summary.from_json(answer["summary"]) if answer.get("summary") else None,
            error=error_from(answer),
        )


def error_from(answer: Mapping[str, Any]) -> JobError | None:
    """Return the error of a job or event, None where it has none."""
    error = answer.get("error")
    return JobError(error["code"], error["reason"], error["message"]) if error else None
