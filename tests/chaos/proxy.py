"""A network that can be broken: TCP wires on loopback, one between every two processes that talk."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any

HOST = "127.0.0.1"
PIECE = 64 * 1024
# Closing then sends RST and forgets what was not sent, as a router does that has lost its table.
_LINGER = struct.pack("ii", 1, 0)


class Network:
    """All wires of a stack, in a thread and loop of their own, so that a busy test does not slow them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        self.wires: dict[str, Wire] = {}

    def wire(self, name: str, target: int) -> Wire:
        """A wire to a port of this machine; what is behind it may come and go."""
        assert name not in self.wires
        wire = self.wires[name] = Wire(self, name, target)
        self.do(wire.open())
        return wire

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs the work in the network's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def heal(self) -> None:
        """Every wire passes everything again."""
        for wire in self.wires.values():
            wire.heal()

    def close(self) -> None:
        """Cuts everything and ends the thread."""
        self.do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        for wire in self.wires.values():
            await wire.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Wire:
    """One listening port before another. Every method but open and close may be called from any thread."""

    def __init__(self, network: Network, name: str, target: int) -> None:
        self._network, self.name, self._target = network, name, target
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._delay, self._refusing = 0.0, False
        self.connections = 0
        """How many came so far."""

    async def open(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_server(self._take, HOST, 0, limit=PIECE)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Ends for good."""
        self._server.close()
        self._cut()

    def reset(self) -> None:
        """Every connection ends with RST; new ones are taken."""
        self._network.do(self._do(self._cut))

    def refuse(self) -> None:
        """Every connection ends, and every new one at once."""
        self._network.do(self._do(self._cut, refusing=True))

    def stall(self) -> None:
        """Nothing flows in either direction; connections stay, and new ones are taken."""
        self._network.do(self._do(self._flowing.clear))

    def delay(self, seconds: float) -> None:
        """Each piece of up to 64 KiB waits so long, in each direction."""
        self._network.do(self._do(delay=seconds))

    def heal(self) -> None:
        """Everything flows again, also what was held back."""
        self._network.do(self._do(self._flowing.set, delay=0.0, refusing=False))

    async def _do(self, action: Any = None, delay: float | None = None, refusing: bool | None = None) -> None:
        self._delay = self._delay if delay is None else delay
        self._refusing = self._refusing if refusing is None else refusing
        if action is not None:
            action()

    def _cut(self) -> None:
        for writer in list(self._writers):
            _reset(writer)
        for pump in self._pumps:
            pump.cancel()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        ends = [writer]
        try:
            if not self._refusing:
                their_reader, their_writer = await asyncio.open_connection(HOST, self._target, limit=PIECE)
                self._writers.add(their_writer)
                ends.append(their_writer)
                await self._both(reader, writer, their_reader, their_writer)
                # Both sides have said all they had to say: it is still to arrive.
                for end in ends:
                    end.transport.close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in ends:
                self._writers.discard(end)
                if not end.transport.is_closing():
                    _reset(end)

    async def _both(self, *ends: Any) -> None:
        reader, writer, their_reader, their_writer = ends
        pumps = {
            asyncio.create_task(self._pump(reader, their_writer)),
            asyncio.create_task(self._pump(their_reader, writer)),
        }
        self._pumps |= pumps
        try:
            await asyncio.gather(*pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._pumps -= pumps

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            await self._flowing.wait()
            if self._delay:
                await asyncio.sleep(self._delay)
            writer.write(data)
            await writer.drain()
        await self._flowing.wait()
        if writer.can_write_eof():
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    writer.transport.abort()
