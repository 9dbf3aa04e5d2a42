"""The data directory: only its owner may look into it, and with SQLite only one gateway may have it."""

import fcntl
import os
from pathlib import Path
from typing import Self

from gateway.settings import PREFIX, SettingsError


class DataDir:
    """Holds the directory while open. Two gateways over SQLite would take each other's running jobs for orphans.

    shared: the database is elsewhere; any number of processes, but none that wants the directory for itself.
    """

    def __init__(self, path: Path, shared: bool = False) -> None:
        self.path, self._how = path.absolute(), fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.chmod(0o700)
            self._lock = os.open(self.path / "gateway.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SettingsError(f"{PREFIX}DATA_DIR: cannot be used ({os.strerror(error.errno or 0)})") from None
        try:
            fcntl.flock(self._lock, self._how | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise SettingsError(f"{PREFIX}DATA_DIR: another gateway has this directory open") from None
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)
