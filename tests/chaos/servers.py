"""PostgreSQL and an S3 server as services that a keeper can keep: those of the gateway's own tests."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from support.processes import Service, listens
from tests.chaos.keeper import Keeper

sys.path.append(str(Path(__file__).parents[2] / "python-gateway" / "tests"))

import postgres
import s3_server


class Database(Service):
    """The server over its directory. What it answered for is there after a kill."""

    def __init__(self, directory: Path) -> None:
        # Durable: otherwise its last commits go with it, and so do jobs that were acknowledged.
        self._server = postgres.Postgres(directory, durable=True)
        self.port = self._server.port

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._server._process

    @process.setter
    def process(self, process: None) -> None:
        self._server._process = process

    def start(self) -> None:
        try:
            self._server.start()
        except RuntimeError as error:
            raise AssertionError(str(error)) from None

    def answers(self) -> bool:
        return listens(self.port)

    def log(self) -> str:
        return self._server._log.read_text("utf-8", "replace")

    def url(self, port: int = 0) -> str:
        """What the gateway takes; of a wire's port, or its own."""
        return self._server.url(port=port)

    def children(self) -> list[int]:
        """Ids of the processes that the server has started."""
        process = self._server._process
        return [] if process is None else postgres._children(process.pid)

    def remove(self) -> None:
        """Removes its files."""
        self._server.stop()


class DatabaseKeeper(Keeper):
    """Kills the server with its children."""

    def signal(self, number: int) -> None:
        assert isinstance(self.service, Database)
        children = self.service.children() if number == signal.SIGKILL else []
        # SIGINT: fast, it waits for nobody.
        super().signal(signal.SIGINT if number == signal.SIGTERM else number)
        for child in children:
            postgres._kill(child)


class ObjectStore(Service):
    """versitygw over a directory."""

    BUCKET = "chaos"

    def __init__(self, directory: Path) -> None:
        self._server = s3_server.S3Server(directory)
        self.port, self.objects = self._server.port, self._server.bucket(self.BUCKET)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._server._process

    @process.setter
    def process(self, process: None) -> None:
        self._server._process = process

    def start(self) -> None:
        self._server.start()

    def answers(self) -> bool:
        return listens(self.port)

    def log(self) -> str:
        return (self._server.root / "log").read_text("utf-8", "replace")

    def settings(self, port: int) -> dict[str, str]:
        """What a gateway needs to know, over a wire's port."""
        return {"HARMONIZER_BLOB_URL": f"s3://{self.BUCKET}/blobs"} | self._server.environment(port)
