"""Fixtures: both services for the whole session, others for tests that break them, the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support.files import AS_OF, PLANTED, SAMPLES
from support.processes import ROOT, environment
from support.rest import Rest
from support.world import World, build_world

SCRIPT = Path(sys.executable).with_name("harmonizer")
Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both services, for tests that leave them as they were."""
    with ExitStack() as stack:
        world = build_world(stack, tmp_path_factory.mktemp("world"), {}, {})
        yield world
        # Seen at the end, so that no test of the session can have broken either.
        assert world.gateway.stop() == 0
        assert world.harmonizer.stop() == 0
        assert "Traceback" not in world.gateway.log()
        assert "Warning" not in world.gateway.log()
        assert "panic" not in world.harmonizer.log()


@pytest.fixture(scope="session")
def rest(world: World) -> Rest:
    """REST of the session's gateway."""
    return world.rest


@pytest.fixture(scope="session")
def harmonizer() -> Command:
    """The command, as installed: harmonizer("run", path, stdin=b"", cwd=directory)."""
    kept = environment()

    def call(
        *arguments: object, stdin: bytes = b"", cwd: Path = ROOT, **more: str
    ) -> subprocess.CompletedProcess[bytes]:
        words = [str(SCRIPT), *map(str, arguments)]
        return subprocess.run(words, input=stdin, capture_output=True, timeout=110, cwd=cwd, env=kept | more)

    return call


@pytest.fixture(scope="session")
def outputs(harmonizer: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `harmonizer run` makes of all sample files, by a harmonizer of its own."""
    directory = tmp_path_factory.mktemp("outputs")
    paths = [SAMPLES / name for name in PLANTED]
    done = harmonizer("run", *paths, "-o", directory, "--set", f"as_of={AS_OF}", "--quiet")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b""
    return directory
