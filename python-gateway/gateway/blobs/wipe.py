"""Secure deletion of a file: its bytes are overwritten in place before its name goes.

It reaches the blocks that the file has, on file systems that overwrite in place (ext4, XFS). It does not reach the
copies that others keep: copy-on-write file systems and snapshots (Btrfs, ZFS, APFS), the spare blocks of an SSD, a
journal that holds data, backups. There only encryption with a key that can be destroyed helps.
"""

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("gateway")

Remove = Callable[[Path], None]

_ZEROS = bytes(1024 * 1024)

HALF = stat.S_IWUSR
"""Mode of a file that is being written or wiped: its bytes are nobody's to read."""


def remove(path: Path) -> None:
    """Overwrites with zeros, flushes, truncates, unlinks. A path that is not there is no error. Raises OSError.

    Bytes that cannot be overwritten are removed all the same, with a warning: a full disk must not keep them.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        _overwrite(file)
    except OSError as error:
        log.warning("deleted bytes could not be overwritten", extra={"errno": error.errno})
    finally:
        os.close(file)
    path.unlink(missing_ok=True)


def _overwrite(file: int) -> None:
    # Tells readers who have the file open that what they read from now on may be zeros.
    os.fchmod(file, HALF)
    size, at = os.fstat(file).st_size, 0
    while at < size:
        at += os.pwrite(file, _ZEROS[: size - at], at)
    os.fsync(file)
    os.ftruncate(file, 0)
