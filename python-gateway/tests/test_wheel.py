"""The wheel by itself, away from the repository: it has the migrations, the contract and both packages."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """What the wheel puts into site-packages."""
    built, place = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, built], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    with ZipFile(built / done.stdout.split()[-1]) as wheel:
        wheel.extractall(place)
    return place


def run(installed: Path, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARMONIZER")}
    environment = {**kept, "PYTHONPATH": str(installed), "HARMONIZER_DATA_DIR": str(place / "data")}
    return subprocess.run(
        [sys.executable, *arguments], cwd=place, env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_tables_are_made_from_the_wheel_alone(installed, tmp_path):
    where = run(installed, tmp_path, "-c", "import gateway; print(gateway.__file__)")
    assert where.stdout.startswith(str(installed))
    done = run(installed, tmp_path, "-m", "gateway", "migrate")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "data" / "gateway.db") as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    assert {"alembic_version", "uploads", "jobs", "job_events", "artifacts"} <= tables


def test_the_command_runs_from_the_wheel_alone(installed, tmp_path):
    done = run(installed, tmp_path, "-m", "harmonizer_client", "--help")
    assert done.returncode == 0, done.stderr
    assert "harmonizer run" in done.stdout


def test_nothing_stands_in_the_wheel_but_what_is_ours_to_install(installed):
    names = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"buf", "gateway", "harmonizer", "harmonizer_client", "harmonizer_grpc", "harmonizer_mapping"}
