"""Compiled Python is kept in .build by every process of the tests, where it is not kept already.

Some machines set PYTHONDONTWRITEBYTECODE, and then each of some two hundred processes compiles all that it imports:
a gateway starts in five seconds for two.
"""

import os
import sys
from pathlib import Path

if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).with_name(".build") / "pycache")
