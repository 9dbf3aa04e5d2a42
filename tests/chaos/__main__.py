"""python -m tests.chaos --backend sqlite [--rounds 200] [--seed 1]: breaks a stack, and says what did not hold."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from tests.chaos.rounds import Broken, campaign


def main() -> int:
    """0: everything held. 1: something did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--backend", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--blobs", choices=("directory", "s3"), default="directory")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="of the first round; each next one has the next seed")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as directory:
        try:
            campaign(
                given.backend, given.blobs, Path(directory), seed, given.rounds, lambda line: print(line, flush=True)
            )
        except Broken as broken:
            print(broken, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
