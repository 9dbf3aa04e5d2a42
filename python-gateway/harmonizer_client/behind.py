"""Calls that are made in a thread of their own, in order, while the caller goes on to the next."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

MOST = 8
"""Calls that may wait; they bound the memory of what is passed to them."""


class Behind:
    """One such thread, which starts with the first call. Exactly one of finish and drop ends it; drop may follow
    either.

    An exception of a call is raised by one of those that follow, at the latest by finish.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[Any]] = deque()

    def call(self, what: Callable[..., object], *arguments: object) -> None:
        """Make a call soon; wait where too many do."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="harmonizer-behind")
        while self._waiting and (len(self._waiting) >= MOST or self._waiting[0].done()):
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(what, *arguments))

    def in_the_way(self) -> Future[Any] | None:
        """Return the call whose end the next one would wait for, None where it would not wait."""
        return self._waiting[0] if len(self._waiting) >= MOST else None

    def last(self) -> Future[Any] | None:
        """Return the call that ends last."""
        return self._waiting[-1] if self._waiting else None

    def finish(self) -> None:
        """Wait for all calls."""
        while self._waiting:
            self._waiting.popleft().result()
        self.drop()

    def drop(self) -> None:
        """Wait for the call that is being made and forget the others."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
            self._thread = None
        self._waiting.clear()
