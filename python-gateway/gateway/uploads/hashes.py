"""How far the SHA-256 of unfinished uploads was computed, so that the last byte does not cost reading all of them."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from gateway.blobs import BlobStore
from gateway.uploads.models import UploadPart
from gateway.uploads.reading import read

KEPT = 1000


@dataclass
class Prefix:
    """The SHA-256 over an upload's first bytes."""

    size_bytes: int = 0
    sha: Any = field(default_factory=hashlib.sha256)

    def copy(self) -> "Prefix":
        """One that goes on by itself."""
        return Prefix(self.size_bytes, self.sha.copy())

    def add(self, data: bytes) -> None:
        """Goes on with the next bytes."""
        self.sha.update(data)
        self.size_bytes += len(data)


class Hashes:
    """The prefixes of the uploads that were written last by this process. A missing one costs time only."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Prefix] = OrderedDict()

    def known(self, upload_id: str, most_bytes: int) -> Prefix:
        """The longest known prefix of at most so many bytes; the empty one at worst."""
        found = self._known.get(upload_id)
        return found.copy() if found is not None and found.size_bytes <= most_bytes else Prefix()

    def keep(self, upload_id: str, prefix: Prefix) -> None:
        """Remembers it, and forgets the one of the upload that was written longest ago."""
        self._known[upload_id] = prefix.copy()
        self._known.move_to_end(upload_id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        """Called when the upload is complete, empty again or gone."""
        self._known.pop(upload_id, None)


async def extend(prefix: Prefix, blobs: BlobStore, parts: Sequence[UploadPart]) -> None:
    """Goes on with the stored parts that follow the prefix; it ends where one of them begins."""
    rest = [part for part in parts if part.start >= prefix.size_bytes]
    async with aclosing(read(blobs, rest)) as pieces:
        async for piece in pieces:
            await asyncio.to_thread(prefix.add, piece)
