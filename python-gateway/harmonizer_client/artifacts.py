"""Where the artifacts of a run go: nowhere, into memory, or into a directory that appears whole or not at all."""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO, Protocol

from .errors import ArtifactMismatch, HarmonizerError
from .options import ENTITIES
from .progress import ArtifactSummary

# The names a run gives to its files; a later run into the same directory replaces these and touches nothing else.
_OF_ENTITY = rf"(\.({'|'.join(ENTITIES)})(\.[2-9]|\.[1-9][0-9]{{1,2}})?)?"
_FIXED = ("quarantine.csv", "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json")
_ASKED = ("lineage.ndjson", "matches.ndjson", "review.csv")
OURS = re.compile(rf"clean{_OF_ENTITY}\.(csv|ndjson)|{'|'.join(map(re.escape, (*_FIXED, *_ASKED)))}")
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
# Moved last: a directory that has it holds the files of one run, all of them.
SEAL = "manifest.json"


class OutputError(HarmonizerError):
    """An artifact could not be written on this side."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of a finished run: on disk at ``path``, or in memory where path is None."""

    kind: str
    name: str
    size_bytes: int
    sha256: str
    media_type: str
    path: Path | None = None
    content: bytes | None = None

    def read(self) -> bytes:
        """Return all bytes."""
        return self.path.read_bytes() if self.path is not None else (self.content or b"")

    def open(self) -> BinaryIO:
        """Return a binary file; the caller closes it."""
        return self.path.open("rb") if self.path is not None else BytesIO(self.content or b"")


class ArtifactStore(Protocol):
    """Takes artifacts piece by piece. Exactly one of commit and abort ends it; abort may be called again.

    All calls come from the thread that reads the run, one after the other. Where a store has an attribute ``in_thread``
    that is true, write is called in another thread meanwhile, still one call at a time and none beside commit or abort.
    """

    def write(self, kind: str, name: str, piece: bytes) -> None:
        """Append a piece to the artifact of that name; an empty one makes it exist."""

    def commit(self, summaries: Iterable[ArtifactSummary]) -> dict[str, Artifact]:
        """Make what was written last, and return it by name."""

    def abort(self) -> None:
        """Leave nothing behind."""


class MemoryStore:
    """Keeps artifacts in memory; give a directory for large files."""

    in_thread = True

    def __init__(self) -> None:
        self._parts: dict[str, bytearray] = {}

    def write(self, kind: str, name: str, piece: bytes) -> None:
        """See ArtifactStore."""
        self._parts.setdefault(name, bytearray()).extend(piece)

    def commit(self, summaries: Iterable[ArtifactSummary]) -> dict[str, Artifact]:
        """See ArtifactStore."""
        return {
            s.name: Artifact(s.kind, s.name, s.size_bytes, s.sha256, s.media_type, content=bytes(self._parts[s.name]))
            for s in summaries
        }

    def abort(self) -> None:
        """See ArtifactStore."""
        self._parts.clear()


class DirectoryStore:
    """Writes into a hidden sibling of the directory and moves it into place at the end.

    A directory that is not there yet appears by one rename. Into one that is there, each file is moved by a rename,
    manifest.json last; files of an earlier run that this one did not write are removed first, and nothing else is
    touched.
    """

    in_thread = True

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._partial: Path | None = None
        self._files: dict[str, FileIO] = {}

    def write(self, kind: str, name: str, piece: bytes) -> None:
        """See ArtifactStore. Errors: OutputError."""
        try:
            file = self._files.get(name) or self._create(name)
            _write(file, piece)
        except OSError as exc:
            raise _unwritable(self._directory, exc) from exc

    def commit(self, summaries: Iterable[ArtifactSummary]) -> dict[str, Artifact]:
        """See ArtifactStore. Errors: OutputError."""
        try:
            self._close_files()
            if self._partial is not None:
                self._move()
        except OSError as exc:
            raise _unwritable(self._directory, exc) from exc
        return {
            s.name: Artifact(s.kind, s.name, s.size_bytes, s.sha256, s.media_type, path=self._directory / s.name)
            for s in summaries
        }

    def abort(self) -> None:
        """See ArtifactStore."""
        for file in self._files.values():
            with contextlib.suppress(OSError):  # On a full disk; what could not be flushed is thrown away anyway.
                file.close()
        self._files.clear()
        if self._partial is not None:
            shutil.rmtree(self._partial, ignore_errors=True)
            self._partial = None

    def _create(self, name: str) -> FileIO:
        if self._partial is None:
            self._directory.parent.mkdir(parents=True, exist_ok=True)
            self._partial = partial_beside(self._directory)
            self._partial.mkdir(mode=0o700)
        self._files[name] = (self._partial / name).open("xb", buffering=0)
        return self._files[name]

    def _close_files(self) -> None:
        for file in self._files.values():
            file.close()

    def _move(self) -> None:
        assert self._partial is not None
        if not self._directory.exists():
            # It was private until now; what the user may read is the user's own setting.
            self._partial.chmod(0o777 & ~_umask())
            self._partial.rename(self._directory)
        else:
            for stale in self._directory.iterdir():
                if stale.name == SEAL or (OURS.fullmatch(stale.name) and stale.name not in self._files):
                    stale.unlink()
            for name in sorted(self._files, key=lambda name: name == SEAL):
                os.replace(self._partial / name, self._directory / name)
            self._partial.rmdir()
        self._partial = None


class SingleFileStore:
    """Writes the one artifact it is given to a file, which appears whole or not at all."""

    in_thread = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial: Path | None = None
        self._file: FileIO | None = None

    def write(self, kind: str, name: str, piece: bytes) -> None:
        """See ArtifactStore. Errors: OutputError."""
        try:
            if self._file is None:
                self._file = self._create()
            _write(self._file, piece)
        except OSError as exc:
            raise _unwritable(self._path, exc) from exc

    def commit(self, summaries: Iterable[ArtifactSummary]) -> dict[str, Artifact]:
        """See ArtifactStore. Errors: OutputError."""
        try:
            if self._file is not None and self._partial is not None:
                self._file.close()
                self._partial.chmod(0o666 & ~_umask())
                self._partial.replace(self._path)
                self._partial = None
        except OSError as exc:
            raise _unwritable(self._path, exc) from exc
        return {s.name: Artifact(s.kind, s.name, s.size_bytes, s.sha256, s.media_type, self._path) for s in summaries}

    def abort(self) -> None:
        """See ArtifactStore."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        if self._partial is not None:
            self._partial.unlink(missing_ok=True)
            self._partial = None

    def _create(self) -> FileIO:
        self._partial = partial_beside(self._path)
        return open(self._partial, "xb", buffering=0, opener=_private)


def check_name(name: str) -> str:
    """Return the name. Errors: ArtifactMismatch where it could be taken for a path."""
    if not SAFE_NAME.fullmatch(name):
        raise ArtifactMismatch("the service sent an artifact whose name is no plain file name", reason="ARTIFACT_NAME")
    return name


def partial_beside(path: Path) -> Path:
    """Return the name of what is not whole yet. It is kept before the thing is made: an interrupt may come between."""
    return path.parent / f".{path.name}.{secrets.token_hex(6)}.partial"


def _write(file: FileIO, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) :]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(directory: Path, exc: OSError) -> OutputError:
    return OutputError(f"{directory} cannot be written: {exc.strerror or type(exc).__name__}", reason="UNWRITABLE")
