"""The generated patients: a file of them, and the person that each record speaks of."""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from services import ROOT, NotAvailable

PATIENTS, SEED = 100_000, 1
GENERATOR = ROOT / "go-harmonizer" / "cmd" / "genpatients"
SOURCES = [GENERATOR / "main.go", *sorted((ROOT / "go-harmonizer" / "internal" / "matchtest").glob("*.go"))]


def write(folder: Path, patients: int, kind: str) -> tuple[Path, Path]:
    """Make the file and its truth unless they are there, and return both paths.

    The names carry the fingerprint of the generator's sources, so that an old file is never taken for a new one.
    """
    sources = b"".join(path.read_bytes() for path in SOURCES if not path.name.endswith("_test.go"))
    name = f"patients-{patients}-{kind}-{hashlib.sha256(sources).hexdigest()[:8]}"
    path, truth = folder / f"{name}.csv", folder / f"{name}.truth.csv"
    if not (path.exists() and truth.exists()):
        print(f"writing {path.relative_to(ROOT)}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            generate(["-n", str(patients), "-seed", str(SEED), "-kind", kind, "-truth", str(truth)], file.fileno())
        part.replace(path)
    path.read_bytes()  # Everybody finds the file in the page cache.
    return path, truth


def generate(arguments: list[str], out: int) -> None:
    """Run the generator. Errors: NotAvailable where it does not run."""
    beside = Path(sys.executable).with_name("go")
    go = str(beside) if beside.exists() else shutil.which("go")
    if go is None:
        raise NotAvailable("there is no Go to run the generator of patients: run `make setup`")
    command = [go, "run", f"./{GENERATOR.relative_to(ROOT)}", *arguments]
    if subprocess.run(command, stdout=out, cwd=ROOT, check=False).returncode:
        raise NotAvailable("the generator of patients does not run")


def persons(truth: Path) -> dict[str, str]:
    """The person of each patient_id, in the order of the file."""
    with truth.open(encoding="utf-8", newline="") as file:
        return {row["patient_id"]: row["person"] for row in csv.DictReader(file)}
