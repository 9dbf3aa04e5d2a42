"""Write the sample extracts, planted.json and README.md.

Usage: python sample_data/generate.py [DIRECTORY]   (default: the folder of this file)

Standard library only. The same bytes on every run and every machine: one seed, no clock, no locale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random

from generator import (
    across,
    conditions,
    encounters,
    imaging,
    labs,
    ledger,
    medications,
    observations,
    patients,
    survey,
    vitals,
    vitals_wide,
)
from generator.people import people, visits
from generator.table import Table

SEED = 20251201
ABOUT = Path(__file__).with_name("about.md")


def tables(seed: int) -> list[Table]:
    """Every sample file. Each has its own stream of chance, so one can change without the others."""
    chance = lambda name: Random(f"{seed}/{name}")  # noqa: E731 - a name for one call
    registered = people(chance("people"), 112)
    everyone, unseen = registered[:110], registered[110:]
    visited = visits(chance("visits"), everyone, 124)
    stays, quiet = visited[:120], visited[120:]
    files = [
        patients.build(everyone, unseen, chance("patients")),
        labs.build(stays, chance("labs")),
        vitals.build(stays, chance("vitals")),
        vitals_wide.build(stays[:80], chance("vitals_wide")),
        medications.build(stays[:90], chance("medications")),
        encounters.build(stays, quiet, chance("encounters")),
        conditions.build(stays[:90], chance("conditions")),
        imaging.build(stays[20:90], chance("imaging")),
        observations.build(stays, chance("observations")),
        survey.build(chance("survey"), 60),
    ]
    across.plant(files, stays)
    return files


def generate(directory: Path) -> None:
    """Write all files into an existing directory, overwriting what is there."""
    files = {}
    for table in tables(SEED):
        (directory / table.name).write_bytes(table.encode())
        files[table.name] = ledger.describe(table)
    planted = {"version": 1, "seed": SEED, "files": files}
    text = json.dumps(planted, indent=1, ensure_ascii=False) + "\n"
    (directory / "planted.json").write_bytes(text.encode())
    readme = ABOUT.read_text(encoding="utf-8") + "\n" + ledger.markdown(files)
    (directory / "README.md").write_bytes(readme.encode())


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
