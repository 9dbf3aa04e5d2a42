"""How long a job waits for what passes by itself: a harmonizer, its blobs, room on the disk."""

import time
from dataclasses import dataclass

LONGEST_PAUSE_SECONDS = 5.0


@dataclass(frozen=True)
class Patience:
    """What an operator has set, in seconds."""

    wait_seconds: float
    """How long a job waits before it fails."""
    backoff_seconds: float
    """The first pause; each next one is twice as long, up to LONGEST_PAUSE_SECONDS."""
    progress_seconds: float
    """Shortest time between two progress events."""
    stall_seconds: float
    """Silence of a harmonizer after which its stream counts as broken."""


class Streak:
    """Failures in a row. By the clock that nobody sets: a jump of the other one must not end any patience."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since: float | None = None
        self._pause = patience.backoff_seconds
        self.forgiven = False
        """Whether the last failure says nothing about the job."""

    def failed(self, forgiven: bool = False) -> None:
        """One more."""
        self.forgiven = forgiven
        self._since = self._since or time.monotonic()

    def end(self) -> None:
        """There was a sign of life."""
        self._since, self._pause = None, self._patience.backoff_seconds

    @property
    def spent(self) -> bool:
        """Whether the patience is over."""
        return self._since is not None and time.monotonic() - self._since >= self._patience.wait_seconds

    def pause(self) -> float:
        """Seconds until the next try."""
        now, self._pause = self._pause, min(LONGEST_PAUSE_SECONDS, self._pause * 2)
        return now
