"""The gateway's problems (RFC 9457) as errors of this library."""

from typing import Any

import httpx

from .errors import (
    Conflict,
    HarmonizerError,
    InputRefused,
    InternalError,
    InvalidOption,
    LimitExceeded,
    NotFound,
    ServiceUnavailable,
    Unimplemented,
)

FROM_STATUS: dict[int, type[HarmonizerError]] = {
    400: InvalidOption,
    401: HarmonizerError,
    403: HarmonizerError,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    413: LimitExceeded,
    416: InvalidOption,
    422: InvalidOption,
    429: ServiceUnavailable,
    501: Unimplemented,
    502: ServiceUnavailable,
    503: ServiceUnavailable,
    504: ServiceUnavailable,
    507: ServiceUnavailable,
}


def check(response: httpx.Response) -> httpx.Response:
    """Return the response if it is a success, having read the body of one that is not. Errors: HarmonizerError."""
    if response.is_success:
        return response
    response.read()
    problem = _json(response)
    code, status = str(problem.get("code", "")), response.status_code
    message = str(problem.get("detail") or problem.get("title") or f"the gateway answered {status}")
    if code == "UNSUPPORTED_FORMAT":
        raise InputRefused(message, reason=str(problem.get("reason", "")), code=code)
    if kind := FROM_STATUS.get(status):
        raise kind(message, reason=str(problem.get("reason") or code), metadata=_metadata(response), code=code)
    raise InternalError(message, reason=str(problem.get("reason") or code), code=code)


def unreachable(base_url: str, exc: httpx.TransportError) -> ServiceUnavailable:
    """Return the error for a gateway that did not answer, or not to the end."""
    return ServiceUnavailable(f"the gateway at {base_url} does not answer ({type(exc).__name__})", reason="UNREACHABLE")


def _json(response: httpx.Response) -> dict[str, Any]:
    """Return the problem, empty where something between us and the gateway answered."""
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _metadata(response: httpx.Response) -> dict[str, str]:
    names = {"retry_after": "retry-after", "request_id": "x-request-id"}
    return {key: response.headers[header] for key, header in names.items() if header in response.headers}
