"""Laboratory extracts of any size on the disk, made once: the same bytes for the same number of rows."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import labs
from services import ROOT

BLOCK = 16 << 20
# Drawing a row costs more than cleaning it: beyond so many pieces the same rows come again as other patients'.
PIECES = 10
PATIENT = b"PT-"


def extract(folder: Path, rows: int, times: int = 1) -> Path:
    """The file of rows x times data rows. The name carries the generator's fingerprint: an old one is never taken.

    Up to PIECES times it is drawn from as many seeds, by all cores; a larger one repeats those rows under other
    patient ids, so that none of them is a duplicate of an earlier piece.
    """
    path = folder / f"labs-{rows}{f'x{times}' if times > 1 else ''}-{fingerprint()}.csv"
    if not path.exists():
        print(f"writing {path.relative_to(ROOT)}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        if times == 1:
            labs.write(path, rows)
        elif times <= PIECES:
            join(path, rows, times)
        else:
            repeat(path, extract(folder, rows, PIECES), rows * times)
    return path


def fingerprint() -> str:
    sources = b"".join(Path(source).read_bytes() for source in (labs.__file__, __file__))
    return hashlib.sha256(sources).hexdigest()[:8]


def join(path: Path, rows: int, times: int) -> None:
    """Write pieces of one seed each beside the file, and put them together."""
    part = path.with_suffix(".part")
    pieces = [path.with_suffix(f".{number}") for number in range(times)]
    with ThreadPoolExecutor(os.cpu_count()) as callers:
        list(callers.map(draw, pieces, [rows] * times, range(labs.SEED, labs.SEED + times)))
    with part.open("wb") as file:
        file.write(labs.HEADER.encode())
        for piece in pieces:
            with piece.open("rb") as lines:
                lines.readline()
                shutil.copyfileobj(lines, file, BLOCK)
            piece.unlink()
    part.replace(path)


def draw(path: Path, rows: int, seed: int) -> None:
    """Write one piece, in a process of its own."""
    subprocess.run([sys.executable, labs.__file__, str(path), str(rows), "--seed", str(seed)], check=True)


def repeat(path: Path, base: Path, rows: int) -> None:
    """Write the rows of the base again and again, each time as other patients', until there are so many."""
    part, letter, left = path.with_suffix(".part"), ord("P"), rows
    with part.open("wb") as file:
        file.write(labs.HEADER.encode())
        while left:
            label = bytes([letter]) + PATIENT[1:]
            for block in blocks(base):
                count = block.count(b"\n")
                if count > left:
                    block, count = b"".join(block.splitlines(keepends=True)[:left]), left
                file.write(block.replace(PATIENT, label))
                left -= count
                if not left:
                    break
            letter = ord("A") + (letter - ord("A") + 1) % 26
    part.replace(path)


def blocks(path: Path) -> Iterator[bytes]:
    """The data rows in blocks of whole lines."""
    with path.open("rb") as file:
        file.readline()
        while block := file.read(BLOCK):
            yield block + file.readline()


def warm(path: Path) -> int:
    """Read the file once, so that everybody finds it in the page cache, and return its bytes."""
    size_bytes = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            size_bytes += len(block)
    return size_bytes
