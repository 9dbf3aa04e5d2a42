"""What surrounds every HTTP request: its id, its log line, its metrics, the answer to an unknown exception."""

import ipaddress
import logging
import re
import time
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
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
_BEGINNINGS = ("http.response.start", "websocket.http.response.start", "websocket.accept")
SWITCHED = 101
"""The status of a request that became a WebSocket."""


class BrokenStream(Exception):
    """The answer has begun and cannot be completed; the connection is closed without an end, so that one can tell."""


class RequestScope:
    """Innermost of what is outside the routes, as plain ASGI: a wrapper of the response body would cost every chunk."""

    def __init__(self, app: ASGIApp, metrics: Metrics, loopback_only: bool) -> None:
        self._app, self._metrics, self._loopback_only = app, metrics, loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        identifier = given if _REQUEST_ID.fullmatch(given) else new_id()
        set_request_id(identifier)
        answer = _Answer(send, identifier)
        began = time.perf_counter()
        try:
            if self._loopback_only and (refused := _stranger(scope, headers)):
                await problem(refused)(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        except ClientDisconnect:
            log.info("client went away", extra={"route": _route(scope)})
        except BrokenStream:
            log.warning("response cut short", extra={"route": _route(scope)})
        except Exception:
            log.exception("unknown error", extra={"route": _route(scope)})
            if answer.status == SWITCHED:
                await send({"type": "websocket.close", "code": 1011})
            elif not answer.status:
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
    """Sends on, names the request in the headers and remembers the status. 0: nothing was sent; 101: a WebSocket."""

    def __init__(self, send: Send, identifier: str) -> None:
        self._send, self._identifier, self.status = send, identifier.encode(), 0

    async def __call__(self, message: Message) -> None:
        if message["type"] in _BEGINNINGS:
            self.status = message.get("status", SWITCHED)
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
    method = scope.get("method", "GET")  # A WebSocket begins as one.
    return method if method in known else "(other)"


def _stranger(scope: Scope, headers: Mapping[bytes, bytes]) -> Forbidden | None:
    """What is wrong with a request to what has no accounts and is for this machine only; None: nothing."""
    host = headers.get(b"host", b"").decode("latin-1")
    if not _is_local(host):
        # A web page whose name was made to point at this machine must not read it.
        return Forbidden("the Host header does not name this machine", "HOST_NOT_ALLOWED")
    origin = headers.get(b"origin")
    if scope["type"] == "websocket" and origin is not None and _authority(origin.decode("latin-1")) != host.lower():
        # Browsers let any page open a WebSocket to anywhere and read it; only the Origin tells who asks.
        return Forbidden("the Origin header names another site", "ORIGIN_NOT_ALLOWED")
    return None


def _authority(origin: str) -> str:
    """Host and port as the origin has them. Empty: it has none."""
    return origin.partition("://")[2].lower()


@lru_cache(maxsize=64)
def _is_local(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").lower()
    try:
        return name in _LOCAL_NAMES or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
