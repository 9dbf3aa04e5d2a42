"""A service that `harmonizer up` runs: its process, its log lines, its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import BinaryIO, cast

import click

from ..errors import ServiceUnavailable


class Service:
    """A running child whose output is forwarded line by line under its name. The terminal's Ctrl-C passes it by."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._rest = b""
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                process_group=0,
            )
        except OSError as exc:
            raise ServiceUnavailable(f"{name} cannot be started: {exc.strerror or type(exc).__name__}") from exc

    @property
    def output(self) -> BinaryIO:
        """What it prints; readable where a line or its end has come."""
        return cast("BinaryIO", self._process.stdout)

    @property
    def status(self) -> int | None:
        """Exit status, None while it runs."""
        return self._process.poll()

    def forward(self) -> bool:
        """Print the whole lines that have come. False: it has closed its output."""
        piece = os.read(self.output.fileno(), 1 << 16)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if not piece and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            click.echo(f"{self.name:<11} | {line.decode('utf-8', 'replace')}", err=True)
        return bool(piece)

    def ask_to_end(self) -> None:
        """Tell it to drain."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Kill it if it still runs, and forget it."""
        if self._process.poll() is None:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()


def python(module: str) -> list[str]:
    """Return the command that runs a module with this Python."""
    return [sys.executable, "-m", module]
