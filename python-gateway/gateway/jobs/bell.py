"""Wakes those who watch a job. It carries nothing: what happened is read from the database, the one log."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Rung after each transaction that wrote an event."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    def ring(self, job_id: str) -> None:
        """Wakes the watchers of the job."""
        for listener in self._listeners.get(job_id, ()):
            listener.set()

    def ring_all(self) -> None:
        """Wakes everybody: something may have happened to any job."""
        for job_id in self._listeners:
            self.ring(job_id)

    def close(self) -> None:
        """Wakes everybody for good: the gateway stops, and watchers will come back to another."""
        self.closed = True
        self.ring_all()

    @contextmanager
    def listen(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set by the next ring."""
        listener = asyncio.Event()
        self._listeners[job_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[job_id].discard(listener)
            if not self._listeners[job_id]:
                del self._listeners[job_id]
