"""What can go wrong, sorted by what the caller can do about it.

Every error of a service carries a stable ``reason`` (google.rpc.ErrorInfo) and says what, where and what to do,
never with a value of the input.
"""

from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

# What the service refuses because of the request; every other INVALID_ARGUMENT is about the file.
OPTION_REASONS = {
    "INVALID_OPTION",
    "INVALID_REQUEST",
    "UNKNOWN_ENTITY",
    "UNKNOWN_ENCODING",
    "BAD_DELIMITER",
    "DEIDENTIFY_OPERATION",
    "DEIDENTIFY_KEY",
    "PREFIX_OF_SEVERAL",
}
DETAILS_KEY = "grpc-status-details-bin"


class HarmonizerError(Exception):
    """Anything this library raises on purpose.

    ``reason`` is a stable word for programs, such as ``UNCLOSED_QUOTE``; ``metadata`` is what the service said
    besides, such as ``{"line": "7"}``; ``code`` is the name of the gRPC code, empty when no service was asked.
    """

    def __init__(
        self, message: str, *, reason: str = "", metadata: Mapping[str, str] | None = None, code: str = ""
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.metadata: dict[str, str] = dict(metadata or {})
        self.code = code


class InputRefused(HarmonizerError):
    """The file cannot be read as it is; another file may go through."""

    @property
    def line(self) -> int | None:
        """1-based line of the input, None when there is none."""
        return _number(self.metadata.get("line"))

    @property
    def byte(self) -> int | None:
        """0-based offset in the decompressed input, None when there is none."""
        return _number(self.metadata.get("byte"))


class LimitExceeded(InputRefused):
    """The file is larger than a bound of the service; ``setting`` is what would have to be raised."""

    @property
    def setting(self) -> str:
        """Name of the setting, empty when the service named none."""
        return self.metadata.get("setting", "")


class SourceError(InputRefused):
    """The file could not be read on this side."""


class InvalidOption(HarmonizerError):
    """An option is unknown, of the wrong type or out of range; ``fields`` names those the service complained of."""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "INVALID_OPTION",
        metadata: Mapping[str, str] | None = None,
        code: str = "",
        fields: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata, code=code)
        self.fields = fields


class Unimplemented(HarmonizerError):
    """A later release brings it."""


class NotFound(HarmonizerError):
    """There is no such entity, job or artifact."""


class Conflict(HarmonizerError):
    """It cannot be done in the present state, such as reading the result of a job that has not ended."""


class ServiceUnavailable(HarmonizerError):
    """The service is not there, is draining, or went away; the same call may go through later."""


class Cancelled(HarmonizerError):
    """The work was cancelled, here or there."""


class InternalError(HarmonizerError):
    """A defect of the service; its log knows more."""


class ArtifactMismatch(HarmonizerError):
    """An artifact did not arrive as the service says it was sent; nothing of it was kept."""


class JobFailed(HarmonizerError):
    """A watched job ended as failed or cancelled; ``reason`` says which or why."""


FROM_CODE: dict[grpc.StatusCode, type[HarmonizerError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InputRefused,
    grpc.StatusCode.OUT_OF_RANGE: InputRefused,
    grpc.StatusCode.FAILED_PRECONDITION: Conflict,
    grpc.StatusCode.RESOURCE_EXHAUSTED: LimitExceeded,
    grpc.StatusCode.UNIMPLEMENTED: Unimplemented,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.UNAVAILABLE: ServiceUnavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: ServiceUnavailable,
    grpc.StatusCode.CANCELLED: Cancelled,
}


def from_rpc(error: grpc.RpcError) -> HarmonizerError:
    """Return the typed error for what grpc raised; anything not in FROM_CODE is an InternalError."""
    code = error.code()
    message = error.details() or code.name
    info, fields = _details(error)
    if code is grpc.StatusCode.INVALID_ARGUMENT and (fields or info.reason in OPTION_REASONS):
        return InvalidOption(message, reason=info.reason, metadata=info.metadata, code=code.name, fields=fields)
    return FROM_CODE.get(code, InternalError)(message, reason=info.reason, metadata=info.metadata, code=code.name)


def _details(error: grpc.RpcError) -> tuple[error_details_pb2.ErrorInfo, tuple[str, ...]]:
    """Return ErrorInfo and the violated fields of the rich error, both empty where a proxy or old server sent none."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    trailer: Any = error.trailing_metadata() or ()
    for key, value in trailer:
        if key == DETAILS_KEY and isinstance(value, bytes):
            try:
                for detail in status_pb2.Status.FromString(value).details:
                    detail.Unpack(info)
                    detail.Unpack(bad)
            except DecodeError:
                continue
    return info, tuple(violation.field for violation in bad.field_violations)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
