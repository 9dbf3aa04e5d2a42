"""Has the kernel begin to bring written bytes to the disk, so that the flush at the end finds little left to do.

It promises nothing: only the flush does, and it also tells of errors met here.
"""

import ctypes

EVERY_BYTES = 8 * 1024 * 1024
"""Less at a time would scatter the file over the disk."""

_BEGIN = 2
"""SYNC_FILE_RANGE_WRITE of sync_file_range(2)."""

# Linux only; elsewhere the flush does all of it.
_call = getattr(ctypes.CDLL(None), "sync_file_range", None)


def begin(file: int, start: int, size: int) -> None:
    """Begins with size bytes of the file from start on, and does not wait."""
    if _call is not None:
        _call(file, ctypes.c_int64(start), ctypes.c_int64(size), _BEGIN)
