"""Failpoints: what arms them, what they do, and that the table names all of them."""

import errno
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway import failpoints
from gateway.settings import SettingsError

GATEWAY = Path(failpoints.__file__).parent


@pytest.fixture(autouse=True)
def _disarmed():
    assert not failpoints._armed, "no process of the tests has any armed"
    yield
    failpoints._armed.clear()


def test_an_unarmed_point_does_nothing():
    failpoints.arm("")
    failpoints.hit("accept.row")


@pytest.mark.parametrize("text", ["accept.rows=crash", "accept.row", "accept.row=die", "accept.row=crash@0", "=crash"])
def test_a_bad_setting_names_itself(text):
    with pytest.raises(SettingsError, match=r"^HARMONIZER_FAILPOINTS: must be"):
        failpoints.arm(text)


def test_a_point_that_no_table_names_is_an_error_once_any_is_armed():
    failpoints.arm("accept.row=enospc@9")
    with pytest.raises(LookupError):
        failpoints.hit("accept.rows")


def test_the_disk_is_full_each_time_or_the_nth_time():
    failpoints.arm("publish.bytes=enospc, publish.row=enospc@2")
    for _ in range(2):
        with pytest.raises(OSError, match="No space") as raised:
            failpoints.hit("publish.bytes")
        assert raised.value.errno == errno.ENOSPC
    failpoints.hit("publish.row")
    with pytest.raises(OSError, match="No space"):
        failpoints.hit("publish.row")
    failpoints.hit("publish.row")


def test_a_stall_holds_the_process():
    failpoints.arm("claim.row=stall:0.2")
    began = time.monotonic()
    failpoints.hit("claim.row")
    assert time.monotonic() - began >= 0.2


def test_a_crash_cleans_nothing_up():
    code = (
        "from gateway import failpoints as f\n"
        "f.arm('claim.row=crash@2')\n"
        "f.hit('claim.row'); print('alive', flush=True)\n"
        "try: f.hit('claim.row')\n"
        "finally: print('cleaned up', flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "alive\n")


def test_the_table_and_the_calls_name_the_same_points():
    source = "".join(path.read_text("utf-8") for path in sorted(GATEWAY.rglob("*.py")) if path.name != "failpoints.py")
    assert set(re.findall(r"\bhit\(\s*[\"']([^\"']*)[\"']", source)) == set(failpoints.POINTS)
    assert len(re.findall(r"\bhit\((?!\s*[\"'])", source)) == 0, "a point has a constant name"
