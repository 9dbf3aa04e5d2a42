"""A disk that can be full: a small tmpfs where this process may mount one, else a bound on the files of a process."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

MIB = 1024 * 1024
BALLAST = ".ballast"


class Disk(Protocol):
    """Where a gateway keeps its data."""

    how: str
    """What makes it full."""

    def fill(self) -> None:
        """Not a byte more fits."""

    def free(self) -> None:
        """There is room again."""

    def close(self) -> None:
        """Gives back what it took of the machine."""


def small_disk(path: Path, pids: Callable[[], Iterable[int]], size_mib: int = 192) -> Disk:
    """A disk mounted at path. Where that is not allowed: one that is full for the processes of these ids alone."""
    path.mkdir(parents=True, exist_ok=True)
    options = f"size={size_mib}m,mode=0700"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "chaos", str(path)], capture_output=True)
    return Tmpfs(path) if done.returncode == 0 else FileSizeBound(pids)


class Tmpfs:
    """A file system of a fixed size; filled by a file that takes all that is left."""

    def __init__(self, path: Path) -> None:
        self._path, self.how = path, "tmpfs"

    def fill(self) -> None:
        handle = os.open(self._path / BALLAST, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            size, piece = os.fstat(handle).st_size, 16 * MIB
            while piece >= 4096:  # The processes take and give back meanwhile: halve until nothing fits.
                try:
                    os.posix_fallocate(handle, size, piece)
                    size += piece
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    piece //= 2
        finally:
            os.close(handle)

    def free(self) -> None:
        (self._path / BALLAST).unlink(missing_ok=True)

    def close(self) -> None:
        # Lazily: a process that was just killed may hold it for a moment.
        subprocess.run(["umount", "-l", str(self._path)], check=True, capture_output=True)


class FileSizeBound:
    """RLIMIT_FSIZE of running processes: no file may grow. A process that starts meanwhile has no bound."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids, self.how = pids, "prlimit"

    def fill(self) -> None:
        self._bound(0)

    def free(self) -> None:
        self._bound(resource.RLIM_INFINITY)

    def close(self) -> None:
        self.free()

    def _bound(self, soft: int) -> None:
        for pid in self._pids():
            try:
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if soft == resource.RLIM_INFINITY else soft, hard))
            except ProcessLookupError:
                continue
