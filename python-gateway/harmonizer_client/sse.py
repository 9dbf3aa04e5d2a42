"""Server-sent events, as far as the gateway uses them: one JSON object an event."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


def objects(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the object of each event; lines come without their ends, comments (heartbeats) are passed over."""
    parts: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "data" and line != name:
            parts.append(value.removeprefix(" "))
        elif not line and parts:
            found, parts = json.loads("\n".join(parts)), []
            yield found
