"""JSON answers, and the times in them."""

from datetime import datetime
from typing import Any

import orjson
from fastapi.responses import Response


class Json(Response):
    """An answer that is rendered here once: the framework's own encoder would walk every object in Python."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


def dump(content: Any) -> str:
    """JSON text in one line, for events and NDJSON."""
    return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS).decode()


def time_text(time: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, or None."""
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def accepts(header: str, media_type: str) -> bool:
    """Whether an Accept header names the media type itself; a wildcard asks for the default instead."""
    return any(part.split(";")[0].strip().lower() == media_type for part in header.split(","))
