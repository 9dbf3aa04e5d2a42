"""A harmonizer of one's own: found, started on a free loopback port, and always stopped again."""

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from .errors import ServiceUnavailable

NAME = "harmonizerd"
VARIABLE = "HARMONIZERD_BIN"
START_SECONDS = 15.0
# The whole of SNOMED CT, RxNorm and LOINC takes seconds to read, on a slow disk many.
TERMINOLOGY_SECONDS = 300.0
TERMINOLOGY = "HARMONIZERD_TERMINOLOGY"
DRAIN_SECONDS = 5.0
LOG_TAIL_BYTES = 64 * 1024
# How Go begins the account of a crash, whose stack then fills the rest of the log.
DEATH_CRIES = ("panic:", "fatal error:")
ANY_PORT = {"HARMONIZERD_LISTEN": "127.0.0.1:0", "HARMONIZERD_METRICS_LISTEN": "127.0.0.1:0"}


def find_engine(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the program: what HARMONIZERD_BIN names, else bin/ of this checkout, else the one on PATH.

    Errors: ServiceUnavailable says where it was looked for and what to do.
    """
    if named := environment.get(VARIABLE):
        if os.access(named, os.X_OK) and Path(named).is_file():
            return Path(named)
        raise ServiceUnavailable(f"{VARIABLE} is {named}, which is no program", reason="NO_ENGINE")
    built = Path(__file__).resolve().parents[2] / "bin" / NAME
    if os.access(built, os.X_OK):
        return built
    if found := shutil.which(NAME, path=environment.get("PATH")):
        return Path(found)
    raise ServiceUnavailable(
        f"there is no {NAME}: not at {built}, not on PATH; build it with `make build`, name it in {VARIABLE}, "
        "or use a running one with --server HOST:PORT",
        reason="NO_ENGINE",
    )


class Engine:
    """A running harmonizer; ``target`` is where it listens. Ends with its ``with`` block, and with this process at
    the latest."""

    def __init__(self, program: Path | None = None, *, terminology: str | PathLike[str] | None = None) -> None:
        """Start it and wait until it listens. Errors: ServiceUnavailable with the end of its log.

        ``terminology``: a directory with releases of code systems, whose codes it then knows; by default the one that
        HARMONIZERD_TERMINOLOGY names, if any.
        """
        environment = {**os.environ, **ANY_PORT, **terminology_settings(terminology)}
        self._start_seconds = TERMINOLOGY_SECONDS if environment.get(TERMINOLOGY) else START_SECONDS
        self._log = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - closed by stop
        try:
            self._process = _spawn(program or find_engine(), self._log, environment)
        except BaseException:
            self._log.close()
            raise
        try:
            self.target = self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Let it drain, end it, and forget it; may be called again."""
        # A second Ctrl-C must not leave it running.
        quiet = _ignore_interrupts()
        try:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.terminate()
            try:
                self._process.wait(DRAIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._log.close()
        finally:
            _restore_interrupts(quiet)

    def log_tail(self) -> str:
        """Return the end of what it wrote to its log."""
        self._log.seek(max(self._log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES, 0))
        return self._log.read().decode("utf-8", "replace").strip()

    def last_words(self) -> str:
        """Return the last line of its log, or what it died of; empty where it said nothing. Holds no values."""
        lines = self.log_tail().splitlines() or [""]
        return next((line for line in reversed(lines) if line.startswith(DEATH_CRIES)), lines[-1])

    def _wait_until_it_listens(self) -> str:
        deadline = time.monotonic() + self._start_seconds
        assert self._process.stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([self._process.stdout], [], [], max(deadline - time.monotonic(), 0))
            piece = os.read(self._process.stdout.fileno(), 4096) if readable else b""
            if not piece:
                raise ServiceUnavailable(f"the harmonizer did not start: {self._why()}", reason="ENGINE_START")
            line += piece
        try:
            return str(json.loads(line.splitlines()[0])["grpc"])
        except (ValueError, KeyError, TypeError):
            raise ServiceUnavailable("the harmonizer did not say where it listens", reason="ENGINE_START") from None

    def _why(self) -> str:
        try:
            self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            return f"it said nothing for {self._start_seconds:.0f} seconds"
        return self.last_words() or f"it ended with status {self._process.returncode}"

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        """Stop it."""
        self.stop()


def terminology_settings(directory: str | PathLike[str] | None) -> dict[str, str]:
    """Return what an engine's environment says of a directory with releases of code systems; nothing for none."""
    return {} if directory is None else {TERMINOLOGY: os.path.abspath(directory)}


def _spawn(program: Path, log: BinaryIO, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the program away from the terminal's Ctrl-C, which is ours to handle; it goes when its stdin closes."""
    try:
        return subprocess.Popen(
            [program, "--exit-with-parent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            process_group=0,
        )
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise ServiceUnavailable(f"{program} cannot be started: {why}", reason="ENGINE_START") from exc


def _ignore_interrupts() -> object:
    try:
        return signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # Not the main thread, which gets no interrupts.
        return None


def _restore_interrupts(handler: object) -> None:
    if handler is not None:
        signal.signal(signal.SIGINT, cast("signal.Handlers", handler))
