"""The bytes of an upload, part after part."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from gateway.blobs import BlobStore
from gateway.uploads.models import UploadPart


async def read(blobs: BlobStore, parts: Sequence[UploadPart]) -> AsyncGenerator[bytes, None]:
    """Every byte in order; a blob is opened when its first byte is asked for. Whoever takes it closes it."""
    for part in parts:
        async with aclosing(blobs.read(part.blob_key)) as pieces:
            async for piece in pieces:
                yield piece
