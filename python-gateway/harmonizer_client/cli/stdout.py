"""An artifact on standard output."""

import sys
from collections.abc import Iterable

from ..artifacts import Artifact
from ..progress import ArtifactSummary
from .outcome import ReaderGone

MAIN = ("clean.csv", "clean.ndjson")


class StdoutStore:
    """An ArtifactStore that prints one artifact as it comes, keeps the report, and drops the rest."""

    def __init__(self, *names: str) -> None:
        self.report = bytearray()
        self._names = names or MAIN
        self._out = sys.stdout.buffer

    def write(self, kind: str, name: str, piece: bytes) -> None:
        """See ArtifactStore. Errors: ReaderGone when nobody reads any more."""
        if name in self._names:
            self._print(piece)
        elif kind == "report":
            self.report += piece

    def commit(self, summaries: Iterable[ArtifactSummary]) -> dict[str, Artifact]:
        """See ArtifactStore."""
        self._print(b"")
        return {}

    def abort(self) -> None:
        """See ArtifactStore; what was printed stays printed, which the exit code tells."""

    def _print(self, piece: bytes) -> None:
        try:
            self._out.write(piece)
            self._out.flush()
        except BrokenPipeError:
            raise ReaderGone from None
