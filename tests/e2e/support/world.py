"""Both services together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from support.processes import Gateway, Harmonizer
from support.rest import Rest


@dataclass
class World:
    """Both services and a client of the gateway."""

    directory: Path
    harmonizer: Harmonizer
    gateway: Gateway
    rest: Rest


def build_world(stack: ExitStack, directory: Path, engine: dict[str, str], gateway: dict[str, str]) -> World:
    """Starts both; the stack stops both again, the gateway first."""
    harmonizer = Harmonizer(directory / "harmonizerd", **engine)
    stack.callback(harmonizer.stop)
    harmonizer.start()
    front = Gateway(directory / "gateway", harmonizer.target, **gateway)
    stack.callback(front.stop)
    front.start()
    return World(directory, harmonizer, front, stack.enter_context(Rest(front.address)))
