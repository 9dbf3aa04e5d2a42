"""The port: bytes under keys that we make, the same over a directory and over an object store.

Errors are ours alone. StorageUnavailable: the store does not answer, or refuses us; the same call may succeed later.
StorageFull: no room. BlobMissing: the store answers, and the key is not there.
"""

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import InternalError

READ_BYTES = 256 * 1024
PAGE_KEYS = 1000

# Looked at by pages() too, so that a sweep cannot take files of other programs for blobs that nobody names.
_KEY = re.compile(r"[a-z]+-[0-9a-z-]{1,120}")


class BlobMissing(InternalError):
    """The store answers and has no such blob."""

    def __init__(self) -> None:
        super().__init__("stored bytes are not there", "BLOB_MISSING")


class BlobExists(InternalError):
    """A key was made twice: a bug of ours."""

    def __init__(self) -> None:
        super().__init__("a key of stored bytes was made twice", "BLOB_EXISTS")


@dataclass(frozen=True)
class Digest:
    """Size in bytes and SHA-256, lower-case hex, of what was written."""

    size_bytes: int
    sha256: str


Each = Callable[[], object]


def nothing() -> None:
    """What is done between two blobs that are committed together."""


class Hash(Protocol):
    """What hashlib gives."""

    def update(self, data: bytes, /) -> None:
        """Goes on with the next bytes."""

    def hexdigest(self) -> str:
        """Of all bytes so far."""


class BlobWriter(Protocol):
    """Takes the bytes of one blob, in order. Until commit returns nobody can read them.

    Exactly one of commit and abort ends it; abort may follow a commit that failed or was cancelled.
    """

    @property
    def size_bytes(self) -> int:
        """Bytes taken so far."""

    async def write(self, data: bytes) -> None:
        """Takes the next bytes. Raises StorageFull, StorageUnavailable, which may be about bytes taken before."""

    async def commit(self) -> Digest:
        """Makes the bytes safe against a power cut. Raises StorageFull, StorageUnavailable, BlobExists."""

    async def abort(self) -> None:
        """Forgets them. Raises nothing: what cannot be removed now is a blob that nobody names, and swept later."""


class BlobStore(Protocol):
    """Keeps bytes under keys that we make. Every method may raise StorageUnavailable."""

    def create(self, key: str, hashes: Sequence[Hash] = ()) -> BlobWriter:
        """A writer for a key that was never used.

        hashes: what its bytes go through, beside the loop, instead of a SHA-256 of their own. They have seen all of
        them when commit returns, whose Digest is then the first one's.
        """

    async def commit(self, writers: Sequence[BlobWriter], each: Each = nothing) -> list[Digest]:
        """Commits several writers of this store, which costs less than one by one; calls each behind each of them."""

    def read(
        self, key: str, start: int = 0, end: int | None = None, size: int = READ_BYTES
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from start up to end, in pieces of at most size. Raises BlobMissing.

        Deleted meanwhile, a blob reads to its end or raises BlobMissing; the bytes are never other ones.
        """

    async def delete(self, keys: Iterable[str]) -> None:
        """Removes the blobs; one that is not there is no error."""

    def pages(self) -> AsyncGenerator[list[str], None]:
        """Every key, also those of writers that ended with the process, and nothing that is not written as a key is.

        Some at a time; one that comes or goes meanwhile may be among them or not.
        """

    async def keys(self) -> list[str]:
        """Every key at once, for a store that is known to be small."""

    async def written(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that a writer of a living process is at work on. A store that shows a blob only when it is
        whole has none.
        """

    async def ping(self) -> None:
        """Returns when the store answers, within seconds."""


def is_key(name: str) -> bool:
    """Whether the name is written as our keys are: letters, a hyphen, then lower-case letters, digits and hyphens."""
    return _KEY.fullmatch(name) is not None


def checked(key: str) -> str:
    """The key. Raises ValueError, a bug of ours, when it could be anything but one plain name."""
    if not is_key(key):
        raise ValueError("a blob key is letters, a hyphen, then lower-case letters, digits and hyphens")
    return key
