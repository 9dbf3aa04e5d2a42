"""Keeps one process running as systemd or Kubernetes would: who dies is started again, at once and as before."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

from support.processes import Service, until

UP_SECONDS = 60.0
# A process that cannot start (its disk is full, its database gone) is tried again, not too often.
PAUSE_SECONDS = 0.2


class Keeper:
    """The owner of a service's process. After close nothing of it runs."""

    def __init__(self, service: Service, name: str) -> None:
        self.service, self.name = service, name
        self.deaths: list[int] = []
        """Exit status of each process that ended before it should; negative: the signal."""
        self._closing, self._held = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"keeper of {name}", daemon=True)

    def open(self) -> None:
        """Starts the process and returns when it takes requests."""
        self.service.start()
        self._thread.start()

    def pid(self) -> int | None:
        """Of the running process; None while there is none."""
        process = self.service.process
        return process.pid if process is not None and process.poll() is None else None

    def kill(self) -> None:
        """SIGKILL. The process is started again unless it is held."""
        self.signal(signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Sends a signal, if there is a process."""
        process = self.service.process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)

    def hold(self) -> None:
        """SIGKILL, and nobody starts it again before it is released."""
        self._held.set()
        self.kill()

    def release(self) -> None:
        """It may run again, also where it was stopped by SIGSTOP."""
        self._held.clear()
        self.signal(signal.SIGCONT)

    def wait_up(self) -> None:
        """Returns when it takes requests."""
        until(lambda: self.pid() is not None and self.service.answers(), UP_SECONDS, f"{self.name} is up again")

    def close(self) -> None:
        """Ends the process: asked first, then killed."""
        self._closing.set()
        self.release()
        if not self._thread.ident:  # It never came up.
            self.kill()
            return
        self.signal(signal.SIGTERM)
        self._thread.join(20)
        if self._thread.is_alive():
            self.kill()
            self._thread.join(20)

    def _keep(self) -> None:
        while True:
            process = self.service.process
            if process is not None:
                status = process.wait()
                self.service.process = None
                if not self._closing.is_set():
                    self.deaths.append(status)
            if self._closing.is_set():
                return
            while self._held.is_set():
                time.sleep(0.02)
            self._start()

    def _start(self) -> None:
        """One try. A process that died while it started is found by the next look."""
        try:
            self.service.start()
        except AssertionError:
            if (process := self.service.process) is not None and process.poll() is None:
                process.kill()
            self._closing.wait(PAUSE_SECONDS)


def fds(pid: int) -> int:
    """How many files and sockets a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
