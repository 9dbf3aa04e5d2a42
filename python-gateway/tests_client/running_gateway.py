"""A real gateway process that a test may kill, and a wire to it that breaks after so many bytes."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from tests_client.conftest import until

HOST = "127.0.0.1"
_LINGER = struct.pack("ii", 1, 0)


class GatewayProcess:
    """Started again on the same ports and data directory. Its harmonizer is never there: uploads need none."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.port = _free_port()
        self._log = data_dir.with_suffix(".log")
        self._environment = {
            **os.environ,
            "HARMONIZER_DATA_DIR": str(data_dir),
            "HARMONIZER_REST_PORT": str(self.port),
            "HARMONIZER_GRPC_PORT": "0",
            "HARMONIZER_ENGINE_ADDRESS": f"{HOST}:1",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self, wait: bool = True) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "gateway"]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        if wait:
            assert until(self._answers, 30), self._log.read_text()

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def upload(self, upload_id: str) -> dict[str, object]:
        answer = httpx.get(f"{self.url}/api/v1/uploads/{upload_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz").status_code == 200
        return False


class BreakingWire:
    """A port before another. Each connection is reset after a number of bytes of the client's, drawn anew; some of
    them only when the answer comes, so that it is lost."""

    def __init__(self, target: int, seed: int, most_bytes: int) -> None:
        self._target, self._random, self._most = target, random.Random(seed), most_bytes
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.breaks = 0
        opened = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._take, HOST, 0), self._loop)
        self._server = opened.result(5)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            their_reader, their_writer = await asyncio.open_connection(HOST, self._target)
            writers.append(their_writer)
            up = asyncio.create_task(self._up(reader, their_writer))
            down = asyncio.create_task(self._down(their_reader, writer, self._random.random() < 0.2))
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for each in writers:
                _reset(each)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._random.randrange(200, self._most)
        while left and (data := await reader.read(min(left, 16384))):
            left -= len(data)
            writer.write(data)
            await writer.drain()
        self.breaks += not left

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lose: bool) -> None:
        while data := await reader.read(65536):
            if lose and self._random.random() < 0.2:
                self.breaks += 1
                return
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    writer.transport.abort()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
