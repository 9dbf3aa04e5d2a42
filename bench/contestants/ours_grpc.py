"""This project over gRPC: the Python client sends a local file and writes the clean one with all other artifacts.

A third argument names the artifacts that are asked for, by comma, instead of all.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import measure

from harmonizer_client import Client
from harmonizer_client.memory import keep_memory


def work(source: str, target: str) -> None:
    """Everything `harmonizer run` does, against the harmonizer at BENCH_ENGINE."""
    artifacts = sys.argv[3].split(",") if len(sys.argv) > 3 else None
    place = Path(target).parent
    with TemporaryDirectory(dir=place) as directory, Client(os.environ["BENCH_ENGINE"]) as client:
        out = Path(directory) / "out"
        with client.harmonize(source, artifacts=artifacts, records=False, out_dir=out) as run:
            run.wait()
        shutil.move(out / "clean.csv", target)


if __name__ == "__main__":
    keep_memory()
    measure(f"harmonizer {version('harmonizer')}", work)
