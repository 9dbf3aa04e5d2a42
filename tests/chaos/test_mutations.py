"""Turning off the fence, the flush or the event's transaction each makes a named test fail for that very reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.processes import ROOT, environment

pytestmark = pytest.mark.timeout(300)

SOURCE = ROOT / "python-gateway"
# Tells which gateway a test run imports: imported by pytest itself, before any test.
TELLER = "import gateway\nprint('imported', gateway.__file__)\n"


@dataclass(frozen=True)
class Mutation:
    """One change of the gateway, and the test that must not let it pass."""

    file: str
    old: str
    """Stands in the file exactly once."""
    new: str
    test: str
    because: str
    """What the failing test says."""


MUTATIONS = {
    "no fence": Mutation(
        "jobs/repository.py",
        '        wanted.append(_JOBS.attempt == bindparam("fence"))\n',
        "        pass\n",
        "python-gateway/tests/test_promises.py::test_a_zombie_publishes_nothing",
        "a zombie has published",
    ),
    "no flush": Mutation(
        "blobs/writer.py",
        "            os.fsync(self._file)\n",
        "",
        "python-gateway/tests/test_promises.py::test_an_acknowledged_job_survives_a_power_cut[body-small]",
        "an acknowledged job is lost",
    ),
    "no flush of the name": Mutation(
        "blobs/writer.py",
        "            os.fsync(names)\n",
        "            pass\n",
        "python-gateway/tests/test_promises.py::test_an_acknowledged_job_survives_a_power_cut[body-small]",
        "an acknowledged job is lost",
    ),
    "event not in the transaction": Mutation(
        "jobs/repository.py",
        '    hit("event.row")\n',
        "    connection = session.connection()\n"
        '    connection.exec_driver_sql("COMMIT")\n'
        '    connection.exec_driver_sql("BEGIN")\n'
        '    hit("event.row")\n',
        "tests/chaos/test_crash_points.py::test_a_gateway_that_dies_keeps_every_promise[event.row]",
        "events, the last should be",
    ),
}


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_mutation_is_found(tmp_path: Path, name: str):
    mutation, where = MUTATIONS[name], tmp_path / "mutated"
    for package in ("gateway", "migrations"):
        shutil.copytree(SOURCE / package, where / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = where / "gateway" / mutation.file
    source = path.read_text("utf-8")
    assert source.count(mutation.old) == 1, "the place of the mutation has changed"
    path.write_text(source.replace(mutation.old, mutation.new), "utf-8")
    (where / "teller.py").write_text(TELLER)
    done = _run(where, mutation.test, tmp_path)
    assert f"imported {where / 'gateway' / '__init__.py'}" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1, f"nobody noticed {name}:\n{done.stdout[-3000:]}"
    assert mutation.because in done.stdout, f"it failed, but not of {name}:\n{done.stdout[-3000:]}"


def _run(where: Path, test: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    # As this run is started, but with the mutated gateway before the real one, for it and for all that it starts.
    place = os.pathsep.join([str(where), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "teller", "-p", "no:cacheprovider", test]
    command += ["--basetemp", str(tmp_path / "run"), "-o", "addopts=--import-mode=importlib"]
    settings = environment() | {"PYTHONPATH": place}
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=280)
