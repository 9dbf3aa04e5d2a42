"""Server-sent events, as far as the gateway uses them: one JSON object an event, heartbeats where there is none."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


def objects(lines: Iterable[str]) -> Iterator[dict[str, Any] | None]:
    """Yield the object of each event, None for a block without data (a heartbeat); lines come without their ends."""
    parts: list[str] = []
    blank = True
    for line in lines:
        name, _, value = line.partition(":")
        if name == "data" and line != name:
            parts.append(value.removeprefix(" "))
        elif not line and not blank:
            found, parts = json.loads("\n".join(parts)) if parts else None, []
            yield found
        blank = not line
