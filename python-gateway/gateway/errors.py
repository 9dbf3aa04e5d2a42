"""Errors: raised by name everywhere, rendered here as RFC 9457 problems and nowhere else.

A detail is constant text, a name of ours or a number. It never holds what a client or a file said.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from grpc import StatusCode
from starlette.exceptions import HTTPException

from gateway.logs import request_id

MEDIA_TYPE = "application/problem+json"
FieldError = dict[str, str]

# As options and parameters are written. No digit and no capital in front: ids, dates and names of people have these.
_NAME = re.compile(r"[a-z][A-Za-z_]{0,63}")
# What pydantic says for these types is constant text and bounds of ours; what it says for others may quote the input.
_SAFE_TYPES = {
    "missing",
    "enum",
    "literal_error",
    "greater_than_equal",
    "less_than_equal",
    "string_too_long",
    "string_too_short",
    "string_type",
    "int_type",
    "bool_type",
    "dict_type",
    "list_type",
    "extra_forbidden",
}


class GatewayError(Exception):
    """What went wrong, for whom: an HTTP status, a gRPC code, a stable code and a stable reason."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"
    title: ClassVar[str] = "Internal error"
    grpc: ClassVar[StatusCode] = StatusCode.INTERNAL

    def __init__(
        self,
        detail: str,
        reason: str = "",
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail, self.reason, self.errors = detail, reason or self.code, list(errors)
        self.headers, self.members = dict(headers or {}), dict(members or {})


class InternalError(GatewayError):
    """Something is wrong with us, or with what the harmonizer sent."""


class ValidationFailed(GatewayError):
    status, code, title, grpc = 422, "VALIDATION_ERROR", "The request is not valid", StatusCode.INVALID_ARGUMENT


class UnsupportedFormat(GatewayError):
    status, code, title, grpc = 422, "UNSUPPORTED_FORMAT", "The file cannot be read", StatusCode.INVALID_ARGUMENT


class FileTooLarge(GatewayError):
    status, code, title, grpc = 413, "FILE_TOO_LARGE", "The file is too large", StatusCode.RESOURCE_EXHAUSTED


class QueueFull(GatewayError):
    status, code, title, grpc = 429, "RATE_LIMIT_EXCEEDED", "Too many jobs are waiting", StatusCode.RESOURCE_EXHAUSTED


class NotFound(GatewayError):
    status, code, title, grpc = 404, "NOT_FOUND", "Nothing is here", StatusCode.NOT_FOUND


class JobNotFound(NotFound):
    code, title = "JOB_NOT_FOUND", "No such job"


class UploadNotFound(NotFound):
    code, title = "UPLOAD_NOT_FOUND", "No such upload"


class ArtifactNotFound(NotFound):
    code, title = "ARTIFACT_NOT_FOUND", "No such artifact"


class Conflict(GatewayError):
    status, code, title, grpc = 409, "CONFLICT", "The state does not allow it", StatusCode.FAILED_PRECONDITION


class JobNotCompleted(Conflict):
    code, title = "JOB_NOT_COMPLETED", "The job has no result"


class SeveralResults(Conflict):
    code, title = "SEVERAL_RESULTS", "The job has several results"


class UploadNotComplete(Conflict):
    code, title = "UPLOAD_NOT_COMPLETE", "The upload is not complete"


class UploadTakenOver(Conflict):
    """Another request goes on with the upload; bytes of this one are no longer taken."""

    grpc = StatusCode.ABORTED

    def __init__(self) -> None:
        super().__init__("another request has taken over the upload; ask how far it is", "UPLOAD_TAKEN_OVER")


class UploadExpired(GatewayError):
    status, code, title, grpc = 410, "UPLOAD_EXPIRED", "The upload has expired", StatusCode.NOT_FOUND


class ChecksumMismatch(GatewayError):
    """Status 460 is what tus says for it."""

    status, code, title = 460, "CHECKSUM_MISMATCH", "The bytes do not have their checksum"
    grpc = StatusCode.INVALID_ARGUMENT


class BadRequest(GatewayError):
    status, code, title, grpc = 400, "BAD_REQUEST", "The request is not valid", StatusCode.INVALID_ARGUMENT


class PreconditionFailed(GatewayError):
    status, code, title = 412, "PRECONDITION_FAILED", "Not in this version"
    grpc = StatusCode.FAILED_PRECONDITION


class IdempotencyKeyReused(GatewayError):
    status, code, title = 422, "IDEMPOTENCY_KEY_REUSED", "The key belongs to another request"
    grpc = StatusCode.ALREADY_EXISTS


class NotImplementedYet(GatewayError):
    status, code, title, grpc = 501, "NOT_IMPLEMENTED", "Not in this release", StatusCode.UNIMPLEMENTED


class Unavailable(GatewayError):
    status, code, title, grpc = 503, "SERVICE_UNAVAILABLE", "Not available now", StatusCode.UNAVAILABLE


class StorageUnavailable(Unavailable):
    """The blob store does not answer, or refuses us; the same request may succeed later."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "STORAGE_UNAVAILABLE", headers={"Retry-After": "5"})


class StorageFull(GatewayError):
    """The blob store has no room; the detail says what to free."""

    status, code, title, grpc = 507, "STORAGE_FULL", "No room to store it", StatusCode.RESOURCE_EXHAUSTED

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "60"})


class DatabaseUnavailable(Unavailable):
    """The database does not answer; whether a commit that was under way happened is not known."""

    def __init__(self) -> None:
        super().__init__(
            "the database does not answer; try again", "DATABASE_UNAVAILABLE", headers={"Retry-After": "5"}
        )


class SlowReader(GatewayError):
    status, code, title = 408, "SLOW_READER", "The reader does not read"
    grpc = StatusCode.DEADLINE_EXCEEDED


class UnsupportedMediaType(GatewayError):
    status, code, title = 415, "UNSUPPORTED_MEDIA_TYPE", "The media type is not supported"
    grpc = StatusCode.INVALID_ARGUMENT


class RangeNotSatisfiable(GatewayError):
    status, code, title, grpc = 416, "RANGE_NOT_SATISFIABLE", "No such range", StatusCode.OUT_OF_RANGE


class Forbidden(GatewayError):
    status, code, title, grpc = 403, "FORBIDDEN", "Not allowed", StatusCode.PERMISSION_DENIED


def problem(exc: GatewayError) -> Response:
    """The error as application/problem+json."""
    return _problem(exc.status, exc.code, exc.title, exc.detail, exc.reason, exc.errors, exc.headers, exc.members)


def install(app: FastAPI) -> None:
    """Renders our errors and the framework's own as problems. Unknown exceptions are the middleware's."""

    async def ours(_: Request, exc: Exception) -> Response:
        return problem(exc if isinstance(exc, GatewayError) else InternalError("internal error"))

    async def framework(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        code, title = _FRAMEWORK.get(exc.status_code, ("REQUEST_REFUSED", "The request was refused"))
        return _problem(exc.status_code, code, title, title, code, [], exc.headers or {})

    async def validation(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)
        return problem(ValidationFailed("the request is not valid", errors=[_field_error(e) for e in exc.errors()]))

    app.add_exception_handler(GatewayError, ours)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(RequestValidationError, validation)


_FRAMEWORK = {
    400: ("VALIDATION_ERROR", "The request is not valid"),
    404: ("NOT_FOUND", "Nothing is here"),
    405: ("METHOD_NOT_ALLOWED", "The method is not allowed here"),
    413: ("FILE_TOO_LARGE", "The file is too large"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The media type is not supported"),
    422: ("VALIDATION_ERROR", "The request is not valid"),
}


def safe_name(name: object) -> str:
    """The name, where it is written like a name of ours; else a placeholder. A key may hold anything, even a value."""
    text = str(name)
    return text if _NAME.fullmatch(text) else "(unnamed)"


def _field_error(error: Mapping[str, Any]) -> FieldError:
    field = ".".join(safe_name(part) for part in error["loc"] if isinstance(part, str)) or "body"
    return {"field": field, "message": error["msg"] if error["type"] in _SAFE_TYPES else "is not valid"}


def _problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    reason: str,
    errors: list[FieldError],
    headers: Mapping[str, str],
    members: Mapping[str, Any] | None = None,
) -> Response:
    body = {
        "type": f"/problems/{code.lower().replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "reason": reason,
        "request_id": request_id(),
        "errors": errors,
        **(members or {}),
    }
    return Response(orjson.dumps(body), status, dict(headers), MEDIA_TYPE)
