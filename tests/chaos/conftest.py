"""Chaos: what it shares with the end to end tests."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
for place in (ROOT, ROOT / "tests" / "e2e"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))
