"""Every CSV file that nobody here wrote goes through the command, with every record accounted for, or is refused."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.files import SHARED, SIX, identity

from harmonizer_client.cli.place import places

if not SHARED.is_dir():
    pytest.skip(f"skipped: there is no {SHARED}, so no file of others is tried", allow_module_level=True)

csv.field_size_limit(1 << 30)
FILES = sorted(path for end in ("csv", "csv.gz") for path in SHARED.rglob(f"*.{end}") if path.is_file())
# What cannot be read, and the reason that its refusal must carry.
REFUSED = {
    "frictionless/compression/implicit-zip.csv": "NOT_TEXT",
    "frictionless/empty.csv": "EMPTY_FILE",
    "tableschema/empty.csv": "EMPTY_FILE",
}


def name_of(path: Path) -> str:
    return path.relative_to(SHARED).as_posix()


@pytest.fixture(scope="module")
def run(harmonizer, world, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """One command over all of them."""
    out = tmp_path_factory.mktemp("shared")
    done: subprocess.CompletedProcess[bytes] = harmonizer(
        "run", *FILES, "-o", out, "--quiet", "--server", world.harmonizer.target
    )
    return done, out


def test_none_crashes_and_those_that_cannot_be_read_say_why_and_where(run: tuple[Any, Path], world) -> None:
    done, _ = run
    said = done.stderr.decode()
    assert done.returncode == 3, said
    assert "Traceback" not in said
    refused = dict(re.findall(r"^(\S.*?): refused: .* \[([A-Z_]+)\]$", said, re.MULTILINE))
    assert {name_of(Path(path)): reason for path, reason in refused.items()} == REFUSED
    assert len(re.findall(r"^\S", said, re.MULTILINE)) == len(REFUSED), "something else went wrong"
    for line in said.splitlines():
        if "EMPTY_FILE" in line:
            assert "line 1" in line
            assert "empty" in line
    assert world.harmonizer.metrics()["harmonizer_streams_open"] == 0


PLACES = list(zip(FILES, places(list(map(str, FILES))), strict=True))


@pytest.mark.parametrize(("path", "place"), PLACES, ids=[name_of(path) for path in FILES])
def test_every_record_is_accounted_for(run: tuple[Any, Path], path: Path, place: str) -> None:
    _, out = run
    if name_of(path) in REFUSED:
        assert not (out / place).exists()
        return
    assert {made.name for made in (out / place).iterdir()} >= SIX
    report = json.loads((out / place / "report.json").read_text())
    assert report["file"] == path.name
    assert identity(report["accounting"])
    # As a reader of CSV that is not ours counts the clean file.
    written = sum(rows(clean) for clean in (out / place).glob("clean*.csv"))
    assert written == report["accounting"]["written"] + report["accounting"]["routed"]


def rows(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return max(sum(1 for _ in csv.reader(file)) - 1, 0)
