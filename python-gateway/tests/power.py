"""A power cut, simulated: only what was flushed to the disk is there afterwards.

A file system keeps the content that a file had when the file was flushed, and the names that a directory had when the
directory was flushed; of whatever else was written it may keep nothing.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock


@dataclass
class Disk:
    """What is durable, as os.fsync was told."""

    contents: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    """Content and mode of a file, by inode."""
    names: dict[int, dict[str, int]] = field(default_factory=dict)
    """Inode by name, by inode of the directory."""
    flushes: int = 0

    @contextmanager
    def watching(self) -> Iterator["Disk"]:
        """Sees every flush of this process while the block lasts."""
        flush = os.fsync

        def seen(file: int) -> None:
            flush(file)
            self._keep(file)

        with mock.patch("os.fsync", seen):
            yield self

    def _keep(self, file: int) -> None:
        self.flushes += 1
        status, path = os.fstat(file), f"/proc/self/fd/{file}"
        if stat.S_ISDIR(status.st_mode):
            self.names[status.st_ino] = {entry.name: entry.inode() for entry in os.scandir(path)}
        else:
            self.contents[status.st_ino] = (Path(path).read_bytes(), stat.S_IMODE(status.st_mode))

    def rebuild(self, lost: Path, found: Path) -> None:
        """Makes `found` what the directory `lost` is after the cut. A name whose file was never flushed is empty."""
        found.mkdir(mode=0o700)
        for name, inode in self.names.get(lost.stat().st_ino, {}).items():
            content, mode = self.contents.get(inode, (b"", 0o600))
            (found / name).write_bytes(content)
            (found / name).chmod(mode)


def save_database(source: Path, target: Path) -> None:
    """A copy of a SQLite database as of its last commit, which SQLite itself flushes (synchronous=FULL)."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
