"""Conditional and partial answers (RFC 9110 sections 13 and 14) over a blob of known size and digest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from gateway.errors import RangeNotSatisfiable

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """The bytes from start up to end, and whether they are only a part."""

    start: int
    end: int
    partial: bool


def etag(sha256: str) -> str:
    """The strong tag of bytes with this digest."""
    return f'"{sha256}"'


def not_modified(headers: Mapping[str, str], tag: str) -> bool:
    """Whether If-None-Match names the tag: the caller has these bytes."""
    given = headers.get("if-none-match", "")
    tags = [t.strip().removeprefix("W/") for t in given.split(",")]
    return given.strip() == "*" or tag in tags


def span(headers: Mapping[str, str], size: int, tag: str) -> Span:
    """What to send. Several ranges, a malformed one or an If-Range of other bytes give the whole.

    Raises RangeNotSatisfiable.
    """
    whole = Span(0, size, False)
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    if not found or headers.get("if-range", tag).strip() != tag or found.groups() == ("", ""):
        return whole
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return whole
    if start >= end:
        raise RangeNotSatisfiable(
            "the artifact has no such bytes", headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        )
    return Span(start, end, True)


def attachment(name: str) -> str:
    """Content-Disposition with a name that no browser takes for a path (RFC 6266)."""
    safe = re.sub(r"[\x00-\x1f\x7f/\\:*?\"<>|]", "_", name).strip(". ")[-150:] or "result"
    ascii_only = re.sub(r"[^ -~]", "_", safe).replace("%", "_")
    return f"attachment; filename=\"{ascii_only}\"; filename*=UTF-8''{quote(safe, safe='')}"
