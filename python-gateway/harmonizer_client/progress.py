"""How far a run has come, and its account at the end, as plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2
from harmonizer.v1 import record_pb2


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of a run; counts only grow."""

    stage: str
    """reading, standardizing, comparing, writing or done."""
    bytes_received: int
    """Input bytes received, as sent (before decompression)."""
    bytes_total: int
    """Input bytes of the whole file; 0 while that is not known."""
    records_read: int
    records_done: int
    percent: float
    """Share of the work that is done, 0 to 100; 0 while it cannot be told."""
    errors: int
    warnings: int
    elapsed_ms: int

    @property
    def bytes_per_second(self) -> float:
        """Mean rate since the run began, in bytes."""
        return _rate(self.bytes_received, self.elapsed_ms)

    @property
    def records_per_second(self) -> float:
        """Mean rate since the run began, of records standardized, or read while none is."""
        return _rate(self.records_done or self.records_read, self.elapsed_ms)

    @classmethod
    def from_proto(cls, message: record_pb2.Progress) -> Self:
        """Take the message of the contract."""
        return cls(
            stage=record_pb2.Stage.Name(message.stage).removeprefix("STAGE_").lower(),
            bytes_received=message.bytes_received,
            bytes_total=message.bytes_total,
            records_read=message.records_read,
            records_done=message.records_done,
            percent=message.percent,
            errors=message.errors,
            warnings=message.warnings,
            elapsed_ms=message.elapsed_ms,
        )

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Take the gateway's object."""
        return cls(**{**_own(cls, answer), "stage": answer.get("stage") or ""})


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where every record went (rule DQ-6)."""

    read: int
    written: int
    duplicates: int
    quarantined: int
    routed: int
    created: int

    @property
    def balanced(self) -> bool:
        """Whether read = written + duplicates + quarantined + routed - created."""
        return self.read == self.written + self.duplicates + self.quarantined + self.routed - self.created

    @classmethod
    def from_proto(cls, message: record_pb2.Accounting) -> Self:
        """Take the message of the contract."""
        return cls(**{field.name: getattr(message, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class ArtifactSummary:
    """What the service says of one artifact it sent."""

    kind: str
    name: str
    size_bytes: int
    sha256: str
    media_type: str

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Take the gateway's object."""
        return cls(**_own(cls, answer))


@dataclass(frozen=True, slots=True)
class FileSummary:
    """The account of one file of a run."""

    file_name: str
    entity: str
    """Entity that was chosen; the first one of a mixed file."""
    accounting: Accounting
    error_records: int
    input_sha256: str
    input_bytes: int

    @classmethod
    def from_proto(cls, message: service_pb2.FileSummary) -> Self:
        """Take the message of the contract."""
        return cls(
            file_name=message.file_name,
            entity=message.entity,
            accounting=Accounting.from_proto(message.accounting),
            error_records=message.error_records,
            input_sha256=message.input_sha256,
            input_bytes=message.input_bytes,
        )

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Take the gateway's object."""
        return cls(**{**_own(cls, answer), "accounting": Accounting(**_own(Accounting, answer["accounting"]))})


@dataclass(frozen=True, slots=True)
class Summary:
    """The account of a whole run, over all its files."""

    entity: str
    """Entity that was chosen; the first one of a mixed file, that of the first of several files."""
    accounting: Accounting
    error_records: int
    """Records that carry an error."""
    errors: int
    warnings: int
    informations: int
    score: float | None
    """Quality score in per cent with one decimal (rule DQ-3); None when no check was applicable."""
    input_sha256: str
    input_bytes: int
    """Size of the input as it was sent."""
    artifacts: tuple[ArtifactSummary, ...]
    elapsed_ms: int
    version: str
    """Version of the harmonizer."""
    files: tuple[FileSummary, ...] = ()
    """Every file in the order in which it was sent."""

    @classmethod
    def from_proto(cls, message: service_pb2.HarmonizeSummary) -> Self:
        """Take the message of the contract."""
        return cls(
            entity=message.entity,
            accounting=Accounting.from_proto(message.accounting),
            error_records=message.error_records,
            errors=message.errors,
            warnings=message.warnings,
            informations=message.informations,
            score=float(message.score) if message.score else None,
            input_sha256=message.input_sha256,
            input_bytes=message.input_bytes,
            artifacts=tuple(
                ArtifactSummary(kind_name(a.kind), a.name, a.size_bytes, a.sha256, a.media_type)
                for a in message.artifacts
            ),
            elapsed_ms=message.elapsed_ms,
            version=message.version,
            files=tuple(map(FileSummary.from_proto, message.files)),
        )

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Take the gateway's object."""
        parts = {
            "accounting": Accounting(**_own(Accounting, answer["accounting"])),
            "score": float(answer["score"]) if answer.get("score") else None,
            "artifacts": tuple(ArtifactSummary.from_json(artifact) for artifact in answer.get("artifacts") or ()),
            "files": tuple(FileSummary.from_json(file) for file in answer.get("files") or ()),
        }
        return cls(**{**_own(cls, answer), **parts})


def kind_name(kind: service_pb2.ArtifactKind.ValueType) -> str:
    """Return clean, quarantine, issues, report and so on."""
    return service_pb2.ArtifactKind.Name(kind).removeprefix("ARTIFACT_KIND_").lower()


def _own(kind: type, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that the class knows; a newer gateway may send more."""
    return {field.name: answer[field.name] for field in fields(kind) if field.name in answer}


def _rate(count: int, elapsed_ms: int) -> float:
    return count * 1000 / elapsed_ms if elapsed_ms > 0 else 0.0
