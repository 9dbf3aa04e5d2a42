"""What surrounds every HTTP request: its id, its log line, its metrics, the answer to an unknown exception."""

import ipaddress
import logging
import re
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import Forbidden, InternalError, problem
from gateway.ids import new_id
from gateway.logs import set_request_id
from gateway.metrics import Metrics

log = logging.getLogger("gateway.http")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LOCAL_NAMES = {"localhost", "testserver"}


class BrokenStream(Exception):
    """The answer has begun and cannot be completed; the connection is closed without an end, so that one can tell."""


class RequestScope:
    """Innermost of what is outside the routes, as plain ASGI: a wrapper of the response body would cost every chunk."""

    def __init__(self, app: ASGIApp, metrics: Metrics, loopback_only: bool) -> None:
        self._app, self._metrics, self._loopback_only = app, metrics, loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        identifier = given if _REQUEST_ID.fullmatch(given) else new_id()
        set_request_id(identifier)
        answer = _Answer(send, identifier)
        began = time.perf_counter()
        try:
            if self._loopback_only and not _is_local(headers.get(b"host", b"").decode("latin-1")):
                # A web page whose name was made to point at this machine must not read what has no accounts.
                refused = Forbidden("the Host header does not name this machine", "HOST_NOT_ALLOWED")
                await problem(refused)(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        except ClientDisconnect:
            log.info("client went away", extra={"route": _route(scope)})
        except BrokenStream:
            log.warning("response cut short", extra={"route": _route(scope)})
        except Exception:
            log.exception("unknown error", extra={"route": _route(scope)})
            if not answer.status:
                await problem(InternalError("internal error"))(scope, receive, answer)
        finally:
            self._account(scope, answer.status, time.perf_counter() - began)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = _route(scope), _method(scope)
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        extra = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.info("request", extra=extra)


class _Answer:
    """Sends on, names the request in the headers and remembers the status. 0: nothing was sent."""

    def __init__(self, send: Send, identifier: str) -> None:
        self._send, self._identifier, self.status = send, identifier.encode(), 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            _add_header(message, b"x-request-id", self._identifier)
            _add_header(message, b"x-content-type-options", b"nosniff")
        await self._send(message)


def _add_header(message: MutableMapping[str, Any], name: bytes, value: bytes) -> None:
    message["headers"] = [*message.get("headers", ()), (name, value)]


def _route(scope: Scope) -> str:
    """The route's template: a path itself may hold anything."""
    route = scope.get("route")
    return getattr(route, "path", "") or "(none)"


def _method(scope: Scope) -> str:
    known = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
    return scope["method"] if scope["method"] in known else "(other)"


def _is_local(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").lower()
    try:
        return name in _LOCAL_NAMES or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
