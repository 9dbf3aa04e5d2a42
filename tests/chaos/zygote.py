"""A process that has imported the gateway and forks: a gateway or worker is then up in tenths of a second.

Importing is most of a start. What is forked is a process of its own with the same main, environment and exit status.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

LOOK_SECONDS = 0.02


class Forked:
    """As much of a Popen as a Service needs."""

    def __init__(self, pid: int) -> None:
        self.pid, self._ended = pid, threading.Event()
        self.returncode: int | None = None

    def end(self, status: int) -> None:
        """The zygote has seen it end."""
        self.returncode = status
        self._ended.set()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("forked gateway", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if not self._ended.is_set():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Zygote:
    """The owner of the process; one a test session."""

    def __init__(self, environment: dict[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.zygote"], env=environment, cwd=cwd, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._children: dict[int, Forked] = {}
        self._lock, self._started = threading.Lock(), list[Forked]()
        self._ready = threading.Semaphore(0)
        threading.Thread(target=self._listen, daemon=True).start()

    def fork(self, arguments: list[str], environment: dict[str, str], log: Path, out: Path) -> Forked:
        """python -m gateway with these arguments."""
        order = {"arguments": arguments, "environment": environment, "log": str(log), "out": str(out)}
        with self._lock:
            assert self._process.stdin
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            assert self._ready.acquire(timeout=120), "the zygote does not fork"
            return self._started.pop()

    def close(self) -> None:
        """Ends it, and what it has forked."""
        for child in self._children.values():
            child.kill()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout as said:
            for line in said:
                what = json.loads(line)
                if "status" in what:
                    self._children.pop(what["pid"]).end(what["status"])
                else:
                    self._children[what["pid"]] = Forked(what["pid"])
                    self._started.append(self._children[what["pid"]])
                    self._ready.release()


def main() -> None:
    """Forks once for each line of its input, and tells of each end."""
    import gateway.__main__  # noqa: F401 - what is imported here is not imported again by each child.

    while True:
        readable, _, _ = select.select([0], [], [], LOOK_SECONDS)
        if readable:
            if not (line := _line()):
                return
            order = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _become(order)
            _say({"pid": pid})
        _reap()


def _line() -> bytes:
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say({"pid": pid, "status": os.waitstatus_to_exitcode(status)})


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _become(order: dict[str, Any]) -> NoReturn:
    status = 70
    try:
        for path, number, flags in (("/dev/null", 0, os.O_RDONLY), (order["out"], 1, None), (order["log"], 2, None)):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND if flags is None else flags, 0o600)
            os.dup2(handle, number)
            os.close(handle)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = ["gateway", *order["arguments"]]
        from gateway.__main__ import main as gateway_main

        status = gateway_main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
