"""What the system says of files, as the port says it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import StorageFull, StorageUnavailable

# No room, no room for this user, and a file larger than file system or process limits allow.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def answering() -> Iterator[None]:
    """Raises StorageFull or StorageUnavailable for an OSError."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("the data directory has no room left: free space, or raise its quota") from error
        raise StorageUnavailable("the blob directory cannot be used") from error
