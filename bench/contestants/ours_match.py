"""This project matching patients over gRPC, with the model of the third argument: auto or fixed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import measure

from harmonizer_client import Client


def work(source: str, target: str) -> dict[str, str]:
    """Everything `harmonizer run` does with matching asked for; the artifact of the pairs becomes the target."""
    options = {"match": True, "match_model": sys.argv[3]}
    place = Path(target).parent
    with TemporaryDirectory(dir=place) as directory, Client(os.environ["BENCH_ENGINE"]) as client:
        out = Path(directory) / "out"
        with client.harmonize(source, options=options, records=False, out_dir=out) as run:
            run.wait()
        shutil.move(out / "matches.ndjson", target)
        model = json.loads((out / "report.json").read_text("utf-8"))["matching"]["model"]
    return {"version": f"harmonizer {version('harmonizer')}, {model} weights"}


if __name__ == "__main__":
    measure(f"harmonizer {version('harmonizer')}", work)
