"""Compiled Python is kept in .build by every process of the tests, where it is not kept already.

Some machines set PYTHONDONTWRITEBYTECODE, and then each of some two hundred processes compiles all that it imports:
a gateway starts in five seconds for two.
"""

import os
import signal
import sys
from pathlib import Path

# What a shell starts in the background ignores Ctrl-C, and so would every program whose Ctrl-C is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)

if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).with_name(".build") / "pycache")
