"""Artifacts of one attempt: written as they arrive, checked against the summary, published or removed as a whole."""

import asyncio
import logging
import re
from dataclasses import dataclass

from gateway import contract
from gateway.blobs import BlobStore, BlobWriter
from gateway.errors import InternalError
from gateway.failpoints import hit
from gateway.jobs.models import Artifact
from harmonizer.v1 import harmonizer_service_pb2 as pb

log = logging.getLogger("gateway.jobs")

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_]+)+")


@dataclass
class _Open:
    kind: int
    key: str
    writer: BlobWriter


class AttemptArtifacts:
    """What one attempt has written. Keys carry job and attempt, so that two attempts never write to one blob."""

    def __init__(self, blobs: BlobStore, job_id: str, attempt: int) -> None:
        self._blobs, self._job_id, self._attempt = blobs, job_id, attempt
        self._open: dict[str, _Open] = {}
        self.kept = False
        """Whether a row names the bytes, or may: then nobody here removes them."""

    async def take(self, chunk: pb.ArtifactChunk) -> None:
        """Writes the next piece. Raises InternalError when it does not follow the one before."""
        artifact = self._open.get(chunk.name) or self._begin(chunk.name, chunk.kind)
        if chunk.offset != artifact.writer.size_bytes:
            raise InternalError("the harmonizer sent an artifact with a gap", "ARTIFACT_GAP")
        await artifact.writer.write(chunk.data)

    def _begin(self, name: str, kind: int) -> _Open:
        if not _NAME.fullmatch(name) or len(name) > 255:
            raise InternalError("the harmonizer sent an artifact with a bad name", "ARTIFACT_NAME")
        key = f"a-{self._job_id}-{self._attempt}-{len(self._open)}"
        self._open[name] = _Open(kind, key, self._blobs.create(key))
        return self._open[name]

    async def commit(self, summary: pb.HarmonizeSummary) -> None:
        """Makes the bytes safe. Raises InternalError when they are not what the summary says."""
        for said in summary.artifacts:
            if said.name not in self._open:  # An empty artifact may come without a chunk.
                self._begin(said.name, said.kind)
        if len(summary.artifacts) != len(self._open):
            raise InternalError("the harmonizer sent an artifact that its summary does not name", "ARTIFACT_UNKNOWN")
        writers = [self._open[said.name].writer for said in summary.artifacts]
        digests = await self._blobs.commit(writers, lambda: hit("publish.bytes"))
        for said, digest in zip(summary.artifacts, digests, strict=True):
            if (said.size_bytes, said.sha256) != (digest.size_bytes, digest.sha256):
                raise InternalError("an artifact is not what the harmonizer's summary says", "ARTIFACT_MISMATCH")

    def rows(self, summary: pb.HarmonizeSummary) -> list[Artifact]:
        """The rows to publish, made anew for each try."""
        return [self._row(position, said) for position, said in enumerate(summary.artifacts)]

    async def discard(self) -> None:
        """Removes everything, unless it is kept."""
        if self.kept:
            return
        aborts = (artifact.writer.abort() for artifact in self._open.values())
        for error in await asyncio.gather(*aborts, return_exceptions=True):
            if isinstance(error, Exception):  # The attempt has an outcome of its own; upkeep finds what stays.
                log.error("artifact cannot be removed", exc_info=error)

    def _row(self, position: int, said: pb.ArtifactSummary) -> Artifact:
        return Artifact(
            job_id=self._job_id, name=said.name, position=position,
            kind=contract.word(pb.ArtifactKind.DESCRIPTOR, said.kind) or "other",
            size_bytes=said.size_bytes, sha256=said.sha256, media_type=said.media_type,
            blob_key=self._open[said.name].key,
        )  # fmt: skip
