"""Work that must not stop half-way, and bytes of which nobody knows whether a row names them."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from gateway.blobs import BlobStore
from gateway.errors import DatabaseUnavailable, GatewayError

T = TypeVar("T")

SETTLE_SECONDS = 5.0

# The loop itself holds tasks weakly; one whose caller has gone must not vanish.
_running: set[asyncio.Task[Any]] = set()


class Settling:
    """Uploads whose bytes are being made safe right now, in this process.

    A sender whose connection broke asks at once how far it came. Were it answered before the bytes of the broken
    request are named, it would take over and send them again, and where that breaks as fast, for ever.
    """

    def __init__(self) -> None:
        self._ends: dict[str, asyncio.Future[None]] = {}

    @contextmanager
    def busy(self, upload_id: str) -> Iterator[None]:
        """Surrounds the work."""
        end = self._ends[upload_id] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            end.set_result(None)
            if self._ends.get(upload_id) is end:
                del self._ends[upload_id]

    async def wait(self, upload_id: str) -> None:
        """Returns when nothing of the upload is under way any longer, or it takes too long."""
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while (end := self._ends.get(upload_id)) and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait({end}, timeout=left)
            # A request that now notices that its connection is gone names the rest of its bytes.
            await asyncio.sleep(0.001)


@asynccontextmanager
async def kept_if_in_doubt(blobs: BlobStore, keys: Sequence[str]) -> AsyncGenerator[None, None]:
    """Removes the bytes where the block refuses them. Any other error may have come behind a commit: bytes that no row
    names then are upkeep's to find.
    """
    try:
        yield
    except DatabaseUnavailable:
        raise
    except GatewayError:
        await blobs.delete(keys)
        raise


async def through(work: Coroutine[Any, Any, T]) -> T:
    """Runs the work to its end although the caller is cancelled, who then waits for it: it uses what the caller has."""
    task = asyncio.ensure_future(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # Else the loop complains that nobody asked.
        raise
