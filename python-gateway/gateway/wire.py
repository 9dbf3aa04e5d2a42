"""The HTTP server's side of a connection: what a watch needs of it that ASGI has no word for.

A transport that is told to close first hands on what it holds; for a reader that does not read that is never.
"""

import logging
import socket
from asyncio import TimerHandle
from collections.abc import Mapping
from typing import Any, Protocol, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_KEY = "harmonizer.connection"
# What the kernel keeps for a reader, and what we do. A little more room is enough to write on, so that one who reads
# slowly is not taken for one who does not.
_KERNEL_BYTES, _BUFFER_BYTES = 16 * 1024, 8 * 1024
# Those who watch have nothing to say.
_MESSAGE_BYTES = 1024
_PING_SECONDS = 20.0

# It writes paths with query strings, which may hold anything.
_quiet = logging.getLogger("gateway.wire")
_quiet.setLevel(logging.ERROR)


class Connection(Protocol):
    """What a watch may ask of its connection."""

    def narrow(self) -> None:
        """Keeps little of what is not read."""

    def cut(self, reason: str) -> None:
        """Ends the connection of a slow reader."""

    def let_go(self, seconds: float) -> None:
        """Ends the connection after this time, whatever it still holds."""


class HttpConnection(HttpToolsProtocol):
    """HTTP/1.1; puts itself into the scope of each request."""

    _leave: TimerHandle | None = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast(dict[str, Any], self.scope)["extensions"] = {_KEY: self}

    def narrow(self) -> None:
        _narrow(self)

    def cut(self, reason: str) -> None:
        self.transport.abort()

    def let_go(self, seconds: float) -> None:
        self._leave = self.loop.call_later(seconds, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        _stop(self._leave)
        super().connection_lost(exc)


class SocketConnection(WebSocketsSansIOProtocol):
    """WebSocket; puts itself into the scope of the handshake."""

    _leave: TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = self.conn.logger = _quiet
        self.conn.debug = False

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast(dict[str, Any], self.scope["extensions"])[_KEY] = self

    def narrow(self) -> None:
        _narrow(self)

    def cut(self, reason: str) -> None:
        # Past the flow control that holds everything else back: should the reader read again, it learns why.
        if not self.close_sent and not self.transport.is_closing():
            self.conn.send_close(1008, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True

    def let_go(self, seconds: float) -> None:
        self._leave = self.loop.call_later(seconds, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        _stop(self._leave)
        super().connection_lost(exc)


def _stop(timer: TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _narrow(connection: HttpToolsProtocol | WebSocketsSansIOProtocol) -> None:
    connection.transport.set_write_buffer_limits(_BUFFER_BYTES)
    if (sock := connection.transport.get_extra_info("socket")) is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)


def connection(scope: Scope) -> Connection:
    """The connection of a request. Raises KeyError under a server that has none of ours."""
    return cast(Connection, scope["extensions"][_KEY])


def server_options() -> Mapping[str, Any]:
    """What uvicorn has to be told."""
    return {
        "http": HttpConnection,
        "ws": SocketConnection,
        "ws_max_size": _MESSAGE_BYTES,
        "ws_ping_interval": _PING_SECONDS,
        "ws_ping_timeout": _PING_SECONDS,
        # A window for each watcher costs more memory than small messages save bytes.
        "ws_per_message_deflate": False,
    }
