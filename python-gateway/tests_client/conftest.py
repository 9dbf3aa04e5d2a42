"""A real gRPC server of our own protocol, in process and as a program, and what leaks."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harmonizer_client import Client
from tests_client.fake_engine import Engine, serve

HERE = Path(__file__).parent
CSV = b"patient_id,first\n1,a\n2,b\n1,a\n"


@pytest.fixture
def csv_bytes() -> bytes:
    return CSV


@pytest.fixture
def engine() -> Iterator[tuple[str, Engine]]:
    server, port, service = serve()
    yield f"127.0.0.1:{port}", service
    service.gate.set()
    server.stop(0).wait()


@pytest.fixture
def client(engine: tuple[str, Engine]) -> Iterator[Client]:
    with Client(engine[0]) as client:
        yield client


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A stand-in for bin/harmonizerd."""
    path = tmp_path / "engine" / "harmonizerd"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "fake_engine.py"}" "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def environment(program: Path, tmp_path: Path) -> dict[str, str]:
    """What a command needs to start its own engine, and where that leaves its process id."""
    return {**os.environ, "HARMONIZERD_BIN": str(program), "FAKE_ENGINE_PID_FILE": str(tmp_path / "engine.pid")}


@pytest.fixture
def harmonizer(environment: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run the command in tmp_path, and see that its engine is gone."""

    def call(*arguments: object, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            command(*arguments), input=stdin, cwd=tmp_path, env=environment | more, capture_output=True, timeout=60
        )
        assert not engine_is_alive(tmp_path)
        return done

    return call


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "harmonizer_client", *map(str, arguments)]


def engine_is_alive(directory: Path, seconds: float = 3) -> bool:
    """Tell whether the engine that left its id here still runs after some seconds."""
    path = directory / "engine.pid"
    if not path.exists():
        return False
    return not until(lambda: not Path(f"/proc/{path.read_text()}").exists(), seconds)


def until(true: Callable[[], object], seconds: float = 5) -> bool:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return bool(true())


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> int:
    """Count threads, but for those of the server's pool, which stay by design."""
    return sum("ThreadPoolExecutor" not in thread.name for thread in threading.enumerate())
