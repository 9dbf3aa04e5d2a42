"""What comes back on a stream, put together message by message; the same for the synchronous and the asynchronous
client."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2
from harmonizer.v1 import record_pb2
from harmonizer_grpc.several import of_all

from .amend import Amendment, amended
from .artifacts import Artifact, ArtifactStore, check_name
from .batch import Batch, concat
from .behind import Behind
from .errors import ArtifactMismatch, InternalError
from .progress import ArtifactSummary, Progress, Summary, kind_name

if TYPE_CHECKING:
    from concurrent.futures import Future
    from hashlib import _Hash

OnProgress = Callable[[Progress], object]


@dataclass(slots=True)
class _Received:
    size: int = 0
    digest: "_Hash" = field(default_factory=hashlib.sha256)


class Arrivals:
    """Artifacts on their way into a store, each compared with what the service says of it before any is kept."""

    def __init__(self, store: ArtifactStore, *, verify: bool = True) -> None:
        self._store = store
        self._verify = verify
        self._received: dict[str, _Received] = {}
        self._behind = Behind() if getattr(store, "in_thread", False) else None

    def add(self, kind: str, name: str, piece: bytes, offset: int | None = None) -> None:
        """Append a piece. Errors: ArtifactMismatch where ``offset`` shows that one is missing, OutputError of this or
        an earlier piece."""
        received = self._received.get(name)
        if received is None:
            received = self._received[check_name(name)] = _Received()
        if offset is not None and offset != received.size:
            raise ArtifactMismatch(f"a piece of {name} is missing", reason="ARTIFACT_GAP")
        received.size += len(piece)
        if self._behind is None:
            self._keep(received, kind, name, piece)
        else:
            self._behind.call(self._keep, received, kind, name, piece)

    def commit(self, summaries: Sequence[ArtifactSummary]) -> dict[str, Artifact]:
        """Keep everything. Errors: ArtifactMismatch, OutputError."""
        for artifact in summaries:
            if artifact.name not in self._received:  # An artifact without a byte has no piece.
                self.add(artifact.kind, artifact.name, b"")
        if self._behind is not None:
            self._behind.finish()
        for artifact in summaries:
            self._check(artifact, self._received[artifact.name])
        if extra := self._received.keys() - {artifact.name for artifact in summaries}:
            raise ArtifactMismatch(f"{min(extra)} is not in the summary", reason="ARTIFACT_UNKNOWN")
        return self._store.commit(summaries)

    def abort(self) -> None:
        """Leave nothing behind."""
        if self._behind is not None:
            self._behind.drop()
        self._store.abort()

    def unfinished(self, *, all_of_it: bool = False) -> "Future[None] | None":
        """Return what the next add would wait for, or commit where it is ``all_of_it``; None where neither would."""
        if self._behind is None:
            return None
        return self._behind.last() if all_of_it else self._behind.in_the_way()

    def _keep(self, received: _Received, kind: str, name: str, piece: bytes) -> None:
        if self._verify:
            received.digest.update(piece)
        self._store.write(kind, name, piece)

    def _check(self, artifact: ArtifactSummary, received: _Received) -> None:
        sound = received.size == artifact.size_bytes
        if self._verify and artifact.sha256:
            sound = sound and received.digest.hexdigest() == artifact.sha256
        if not sound:
            raise ArtifactMismatch(f"{artifact.name} did not arrive as it was sent", reason="ARTIFACT_DAMAGED")


class Intake:
    """Takes responses in order. ``take`` returns a batch where the response holds one; ``finish`` ends with the
    summary."""

    def __init__(
        self,
        store: ArtifactStore,
        on_progress: OnProgress | None = None,
        *,
        verify: bool = True,
        bytes_total: int = 0,
    ) -> None:
        """``bytes_total``: size of all files together; 0: not known."""
        self.amendments: list[Amendment] = []
        self.schemas: dict[tuple[int, str], tuple[str, ...]] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.summary: Summary | None = None
        self._on_progress = on_progress
        self._bytes_total, self._percent = bytes_total, 0.0
        self._arrivals = Arrivals(store, verify=verify)

    def take(self, response: service_pb2.HarmonizeResponse) -> Batch | None:
        """Use one response. Errors: ArtifactMismatch, InternalError, OutputError, whatever on_progress raises."""
        kind = response.WhichOneof("message")
        if kind == "artifact":
            chunk = response.artifact
            self._arrivals.add(kind_name(chunk.kind), chunk.name, chunk.data, chunk.offset)
        elif kind == "records":
            return Batch.from_proto(self._fields(response.records), response.records)
        elif kind == "progress":
            if self._on_progress is not None:
                progress = of_all(response.progress, self._bytes_total, self._percent)
                self._percent = progress.percent
                self._on_progress(Progress.from_proto(progress))
        elif kind == "schema":
            self.schemas[response.schema.file, response.schema.entity] = tuple(response.schema.fields)
        elif kind == "amendments":
            self.amendments.extend(Amendment.from_proto(a) for a in response.amendments.amendments)
        elif kind == "summary":
            self.summary = Summary.from_proto(response.summary)
        return None

    def finish(self) -> Summary:
        """Check every artifact against the summary and commit them. Errors: ArtifactMismatch, InternalError,
        OutputError."""
        if self.summary is None:
            raise InternalError("the service ended the stream without its summary", reason="NO_SUMMARY")
        self.artifacts = self._arrivals.commit(self.summary.artifacts)
        return self.summary

    def abort(self) -> None:
        """Leave nothing behind; does nothing after finish."""
        if not self.artifacts:
            self._arrivals.abort()

    def unfinished(self, *, all_of_it: bool = False) -> "Future[None] | None":
        """See Arrivals: what an event loop has to wait for before it calls take, or finish."""
        return self._arrivals.unfinished(all_of_it=all_of_it)

    def tables(self, batches: list[Batch]) -> dict[str, Batch]:
        """Return all records of each entity of each file as one batch, amendments applied. An entity's second file is
        entity.2 and so on, as clean.<entity>.2.csv is."""
        tables: dict[str, Batch] = {}
        count: Counter[str] = Counter()
        for file, entity in sorted(self.schemas, key=lambda key: key[0]):
            count[entity] += 1
            own = [batch for batch in batches if (batch.file, batch.entity) == (file, entity)]
            whole = concat(entity, self.schemas[file, entity], own, file)
            tables[f"{entity}.{count[entity]}" if count[entity] > 1 else entity] = amended(whole, self.amendments)
        return tables

    def _fields(self, records: record_pb2.RecordBatch) -> tuple[str, ...]:
        if (fields := self.schemas.get((records.file, records.entity))) is None:
            raise InternalError(f"records of {records.entity} came before their schema", reason="NO_SCHEMA")
        return fields
