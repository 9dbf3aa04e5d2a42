"""Ids and times: generated here, so that nothing a client sends ever becomes a name in storage."""

import os
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

clock: Callable[[], int] = time.time_ns
"""Nanoseconds since 1970. Whoever wants the time of day asks here, so that a test can let it jump."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_id() -> str:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits; lower-case hex with hyphens."""
    value = (clock() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether the text is written as our ids are. Nothing else is looked up or made a name of."""
    return _UUID.fullmatch(text) is not None


def now() -> datetime:
    """The time, UTC, with microseconds."""
    return _EPOCH + timedelta(microseconds=clock() // 1000)
