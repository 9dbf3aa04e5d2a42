"""A TCP relay on loopback that can stall: connections stand, and nothing passes."""

import asyncio
import contextlib


class Relay:
    """async with Relay(port) as relay: relay.port leads to port."""

    def __init__(self, to: int) -> None:
        self._to, self.port = to, 0
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def stall(self) -> None:
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    async def __aenter__(self) -> "Relay":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        for from_, to in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass(from_, to))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            try:
                while piece := await reader.read(65536):
                    await self._open.wait()
                    writer.write(piece)
                    await writer.drain()
            finally:
                writer.close()
