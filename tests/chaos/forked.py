"""Gateways that are forked instead of started: everything else about them is as it always is."""

from __future__ import annotations

import sys
from pathlib import Path

from support.processes import START_SECONDS, Gateway, Service, free_port, listens, until
from tests.chaos.zygote import Zygote

from gateway.failpoints import VARIABLE


class Forkable(Service):
    """A service that is python -m gateway. Set zygote before it is started."""

    zygote: Zygote

    def start(self) -> None:
        """Starts it and returns when it takes requests."""
        assert self.process is None
        # Behind python -m gateway.
        self.process = self.zygote.fork(self._command[3:], self._environment, self.log_path, self.out_path)
        until(self._up, START_SECONDS, "a forked gateway listens")

    def arm(self, points: str) -> None:
        """Failpoints of the processes that start from now on."""
        self._environment[VARIABLE] = points

    def hits(self, point: str) -> int:
        """How often a process of this service hit the point."""
        return self.log().count(f'"point":"{point}","action":"crash"')


class ForkedGateway(Forkable, Gateway):
    """REST and JobService."""


class ForkedWorker(Forkable):
    """python -m gateway worker."""

    def __init__(self, directory: Path, settings: dict[str, str]) -> None:
        self.port = free_port()
        own = {"HARMONIZER_WORKER_PORT": str(self.port)}
        super().__init__(directory, "worker", [sys.executable, "-m", "gateway", "worker"], own | settings)

    def answers(self) -> bool:
        """Its probes are opened last."""
        return listens(self.port)
