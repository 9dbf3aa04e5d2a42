"""The two services as processes of their own, on free loopback ports, each with its log in a file."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harmonizer_client.process import find_engine

ROOT = Path(__file__).parents[3]
HOST = "127.0.0.1"
START_SECONDS = 60.0


def until(true: Callable[[], Any], seconds: float, what: str) -> Any:
    """Waits for something no event tells of; returns what came."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return found


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Service:
    """A process that keeps its ports over restarts."""

    def __init__(self, directory: Path, name: str, command: list[str], settings: dict[str, str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.log_path, self.out_path = directory / f"{name}.log", directory / f"{name}.out"
        self._command, self._environment = command, environment() | settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and returns when it takes requests."""
        assert self.process is None
        with self.log_path.open("ab") as log, self.out_path.open("ab") as out:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=out, stderr=log, env=self._environment, cwd=ROOT
            )
        until(self._up, START_SECONDS, f"{self._command[0]} listens")

    def _up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()[-4000:]
        return self.answers()

    def answers(self) -> bool:
        """Whether it takes requests."""
        raise NotImplementedError

    def signal(self, number: int) -> None:
        """Sends a signal to this process alone."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(30)
        self.process = None

    def stop(self) -> int:
        """Lets it drain, and returns its exit status. Does nothing where it is not running."""
        if self.process is None:
            return 0
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(45)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process = None
        return status

    def log(self) -> str:
        """Everything it wrote to standard error."""
        return self.log_path.read_text("utf-8", "replace")


class Harmonizer(Service):
    """harmonizerd: HarmonizerService, and metrics and probes over HTTP."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.port, self.web_port = free_port(), free_port()
        self.target = f"{HOST}:{self.port}"
        listen = {
            "HARMONIZERD_LISTEN": self.target,
            "HARMONIZERD_METRICS_LISTEN": f"{HOST}:{self.web_port}",
            "HARMONIZERD_SCRATCH_DIR": str(directory),
        }
        super().__init__(directory, "harmonizerd", [str(find_engine())], listen | settings)

    def answers(self) -> bool:
        """It says so on standard output."""
        said = self.out_path.read_text().splitlines()
        return bool(said) and json.loads(said[-1])["event"] == "listening" and listens(self.port)

    def metrics(self) -> dict[str, float]:
        """Its own metrics, by name and labels."""
        text = _get(f"http://{HOST}:{self.web_port}/metrics")
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}


class Gateway(Service):
    """python -m gateway: REST and JobService."""

    def __init__(self, directory: Path, engine: str, **settings: str) -> None:
        self.port, self.grpc_port = free_port(), free_port()
        self.address, self.target = f"http://{HOST}:{self.port}", f"{HOST}:{self.grpc_port}"
        self.data_dir = directory / "data"
        chosen = {
            "HARMONIZER_DATA_DIR": str(self.data_dir),
            "HARMONIZER_REST_PORT": str(self.port),
            "HARMONIZER_GRPC_PORT": str(self.grpc_port),
            "HARMONIZER_ENGINE_ADDRESS": engine,
            "HARMONIZER_PROGRESS_INTERVAL_SECONDS": "0.05",
            "HARMONIZER_HEARTBEAT_SECONDS": "1",
            "HARMONIZER_DRAIN_SECONDS": "5",
        }
        super().__init__(directory, "gateway", [sys.executable, "-m", "gateway"], chosen | settings)

    def answers(self) -> bool:
        """REST is opened last."""
        return listens(self.port)


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def environment() -> dict[str, str]:
    """This process's environment without settings that somebody has for a service of their own."""
    kept = {k: v for k, v in os.environ.items() if not re.match("HARMONIZERD?_", k) or k == "HARMONIZERD_BIN"}
    return kept | {"PYTHONWARNINGS": "default", "NO_PROXY": "*"}


def _get(url: str) -> str:
    import httpx

    return httpx.get(url, trust_env=False).text
