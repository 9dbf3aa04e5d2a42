"""A workaround for grpc/grpc#36066: a write that fails because the server has ended the call hides why it ended.

grpc.aio then puts INTERNAL, "Internal error from Core", over the status that the server sent. A harmonizer that refuses
a file while it is still being sent does just that, so its reason would be lost now and then. To be removed once the
fix (grpc/grpc#43486) is in the pinned release; tests/test_engine.py and tests_client/test_early_status.py tell whether
it is.
"""

import asyncio
from typing import Any

# Where Core refused the write itself, no status may ever come.
PATIENCE_SECONDS = 5.0


def keep_status(call: Any) -> None:
    """Makes the call wait for the server's status after a failed write. To be done before the loop runs again."""
    call._cython_call = _Patient(call._cython_call)


class _Patient:
    """The inner call, but for the one method that puts its own status over the server's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def set_internal_error(self, text: str) -> None:
        timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._give_up, text)
        # Else it would keep the call, and with it the connection, for as long.
        self._inner.add_done_callback(timer.cancel)

    def _give_up(self, text: str) -> None:
        if not self._inner.done():
            self._inner.set_internal_error(text)
