"""The two services under measurement: started on free loopback ports, stopped by their own process ids."""

from __future__ import annotations

import json
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOG = ROOT / "out" / "bench" / "services.log"
START_SECONDS, STOP_SECONDS = 30.0, 15.0


class NotAvailable(Exception):
    """A service cannot be measured here; the text says what is missing."""


@dataclass
class Services:
    """Addresses of what runs, and the process ids to ask for memory."""

    engine: str = ""
    rest: str = ""
    pids: dict[str, int] = field(default_factory=dict)

    def forget_peaks(self, names: Iterable[str]) -> None:
        """Let the kernel count peak memory from now on (Linux)."""
        for name in names:
            Path(f"/proc/{self.pids[name]}/clear_refs").write_text("5")

    def peaks(self, names: Iterable[str]) -> dict[str, int]:
        """Peak resident memory of these services in bytes since forget_peaks."""
        return {name: peak_bytes(self.pids[name]) for name in names}

    def cpu_seconds(self, names: Iterable[str]) -> float:
        """CPU time that these services have used since they started."""
        return sum(cpu_seconds(self.pids[name]) for name in names)


def peak_bytes(pid: int) -> int:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if match is None:
        raise NotAvailable("the kernel does not tell peak memory")
    return int(match[1]) * 1024


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its threads included (fields 14 and 15 of proc(5) stat)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(names: set[str], settings: Mapping[str, str] | None = None) -> Iterator[Services]:
    """Run the services named: a harmonizer, and for REST a gateway before it; `settings` are of the harmonizer.

    What they write goes to a directory of out/bench: files of 5 GB have no place where the system keeps small ones.
    """
    services = Services()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="services-", dir=LOG.parent) as directory:
        started: list[subprocess.Popen[bytes]] = []
        try:
            if names:
                place = {"HARMONIZERD_SCRATCH_DIR": directory}
                services.engine = start_engine(services, started, place | dict(settings or {}))
            if "gateway" in names:
                services.rest = start_gateway(services, started, Path(directory))
            yield services
        finally:
            for process in reversed(started):
                stop(process)


def start_engine(services: Services, started: list[subprocess.Popen[bytes]], settings: Mapping[str, str]) -> str:
    """Start bin/harmonizerd and return HOST:PORT, which its first line of output tells."""
    program = ROOT / "bin" / "harmonizerd"
    if not os.access(program, os.X_OK):
        raise NotAvailable("bin/harmonizerd is missing: run `make build`")
    anywhere = {"HARMONIZERD_LISTEN": "127.0.0.1:0", "HARMONIZERD_METRICS_LISTEN": "127.0.0.1:0"}
    process = spawn([str(program)], anywhere | dict(settings), subprocess.PIPE)
    started.append(process)
    services.pids["harmonizerd"] = process.pid
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if ready else b""
    try:
        return str(json.loads(line)["grpc"])
    except (ValueError, KeyError):
        raise NotAvailable("bin/harmonizerd did not say where it listens: see out/bench/services.log") from None


def start_gateway(services: Services, started: list[subprocess.Popen[bytes]], directory: Path) -> str:
    """Start the gateway with its embedded defaults (SQLite, a data directory) and return its URL."""
    port = free_port()
    settings = {
        "HARMONIZER_DATA_DIR": str(directory / "data"),
        "HARMONIZER_HOST": "127.0.0.1",
        "HARMONIZER_REST_PORT": str(port),
        "HARMONIZER_GRPC_PORT": "0",
        "HARMONIZER_ENGINE_ADDRESS": services.engine,
    }
    process = spawn([sys.executable, "-m", "gateway"], settings, subprocess.DEVNULL)
    started.append(process)
    services.pids["gateway"] = process.pid
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(f"{url}/readyz"), process)
    return url


def spawn(command: list[str], environment: dict[str, str], stdout: int) -> subprocess.Popen[bytes]:
    """Start a service with its usual logging, which goes to out/bench/services.log."""
    with LOG.open("ab") as log:
        return subprocess.Popen(command, stdout=stdout, stderr=log, cwd=ROOT, env={**os.environ, **environment})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotAvailable("the gateway did not start: see out/bench/services.log")
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to drain, and insist when it does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
