"""Ids and times: generated here, so that nothing a client sends ever becomes a name in storage."""

import os
import re
import time
import uuid
from datetime import UTC, datetime

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_id() -> str:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits; lower-case hex with hyphens."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether the text is written as our ids are. Nothing else is looked up or made a name of."""
    return _UUID.fullmatch(text) is not None


def now() -> datetime:
    """The time, UTC, with microseconds."""
    return datetime.now(UTC)
