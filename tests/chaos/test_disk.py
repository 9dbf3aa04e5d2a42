"""Both ways to a full disk say "no space" or "too large" to who writes, and let go again."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.chaos.disk import Disk, FileSizeBound, Tmpfs, small_disk

# Writes so many bytes for each line it reads, and says how that went.
WRITER = """
import os, sys
for n, line in enumerate(sys.stdin):
    try:
        handle = os.open(f"{sys.argv[1]}/{n}", os.O_WRONLY | os.O_CREAT)
        os.write(handle, b"x" * int(line)); os.fsync(handle)
        print(0, flush=True)
    except OSError as error:
        print(error.errno, flush=True)
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes into the directory when it is asked to; started when the disk is there."""
    (tmp_path / "disk").mkdir()
    command = [sys.executable, "-c", WRITER, str(tmp_path / "disk")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


def write(process: subprocess.Popen[str], size: int) -> int:
    process.stdin.write(f"{size}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def hold_to_its_word(disk: Disk, process: subprocess.Popen[str], wanted: int) -> None:
    with closing(disk):
        assert write(process, 1000) == 0
        for _ in range(2):
            disk.fill()
            assert write(process, 10_000) == wanted
            disk.free()
            assert write(process, 10_000) == 0


def test_a_bound_on_files(writer: subprocess.Popen[str]):
    hold_to_its_word(FileSizeBound(lambda: [writer.pid]), writer, errno.EFBIG)


def test_a_small_file_system(tmp_path: Path, writer: subprocess.Popen[str]):
    disk = small_disk(tmp_path / "disk", lambda: [writer.pid], 2)
    if not isinstance(disk, Tmpfs):
        pytest.skip("this user may not mount; the bound on files is what is used")
    hold_to_its_word(disk, writer, errno.ENOSPC)
