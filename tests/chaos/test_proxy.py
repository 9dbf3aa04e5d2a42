"""The wires do to connections what their names say."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from tests.chaos.proxy import HOST, Network, Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire to a server that says back what it hears, up to its end."""
    with socket.create_server((HOST, 0)) as server:
        threading.Thread(target=_echo_all, args=(server,), daemon=True).start()
        network = Network()
        try:
            yield network.wire("echo", server.getsockname()[1])
        finally:
            network.close()


def _echo_all(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=_echo, args=(server.accept()[0],), daemon=True).start()


def _echo(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(65536):
            connection.sendall(data)


def connect(wire: Wire) -> socket.socket:
    return socket.create_connection((HOST, wire.port), timeout=10)


def said(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    heard = b""
    while len(heard) < len(data):
        heard += connection.recv(65536)
    return heard


def test_it_passes_bytes_and_ends(wire: Wire):
    data = bytes(range(256)) * 4096
    with connect(wire) as connection:
        threading.Thread(target=lambda: (connection.sendall(data), connection.shutdown(socket.SHUT_WR))).start()
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    assert heard == data


def test_a_reset_ends_every_connection_and_the_next_one_passes(wire: Wire):
    with connect(wire) as one, connect(wire) as other:
        assert said(one, b"a") + said(other, b"b") == b"ab"
        wire.reset()
        for connection in (one, other):
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
    with connect(wire) as again:
        assert said(again, b"c") == b"c"


def test_a_stall_holds_bytes_back_and_loses_none(wire: Wire):
    with connect(wire) as connection:
        assert said(connection, b"a") == b"a"
        wire.stall()
        connection.sendall(b"b")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        wire.heal()
        connection.settimeout(10)
        assert connection.recv(1) == b"b"


def test_it_refuses_until_it_heals(wire: Wire):
    with connect(wire) as connection:
        assert said(connection, b"a") == b"a"
        wire.refuse()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(ConnectionResetError), connect(wire) as refused:
        said(refused, b"a")
    wire.heal()
    with connect(wire) as connection:
        assert said(connection, b"b") == b"b"


def test_a_delay_makes_it_slow(wire: Wire):
    wire.delay(0.1)
    with connect(wire) as connection:
        began = time.monotonic()
        assert said(connection, b"a") == b"a"
    assert time.monotonic() - began >= 0.2


def test_nobody_behind_it_is_a_reset():
    with socket.create_server((HOST, 0)) as server:
        nobody = server.getsockname()[1]
    network = Network()
    try:
        with pytest.raises(ConnectionError), connect(network.wire("nobody", nobody)) as connection:
            said(connection, b"a")
    finally:
        network.close()
