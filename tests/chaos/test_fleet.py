"""Two gateways, two workers, three harmonizers, one of each killed on the way; `make fleet` sends a thousand jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.chaos.fleet import run


@pytest.mark.timeout(300)
def test_all_complete_and_none_twice(tmp_path: Path):
    done = run(tmp_path, 60, seed=3)
    for kind in ("gateway", "worker", "harmonizer"):
        assert sum(deaths for name, deaths in done.deaths.items() if name.startswith(kind)) >= 1, f"a {kind} was killed"
