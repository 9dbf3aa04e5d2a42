"""Work that must not stop half-way, and bytes of which nobody knows whether a row names them."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from gateway.blobs import BlobStore
from gateway.errors import DatabaseUnavailable, GatewayError

T = TypeVar("T")

# The loop itself holds tasks weakly; one whose caller has gone must not vanish.
_running: set[asyncio.Task[Any]] = set()


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
