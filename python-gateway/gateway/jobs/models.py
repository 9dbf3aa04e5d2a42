"""Tables of jobs, their events and their artifacts."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.db import Base, ProtoJson, UtcDateTime
from gateway.uploads.models import Upload
from harmonizer.v1.harmonizer_service_pb2 import HarmonizeSummary
from harmonizer.v1.options_pb2 import Options
from harmonizer.v1.record_pb2 import Progress


class Job(Base):
    """One accepted piece of work. Its state changes only together with an event."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_create_time_id", "create_time", "id"),
        Index("ix_jobs_status_create_time_id", "status", "create_time", "id"),
        Index("ix_jobs_operation_create_time_id", "operation", "create_time", "id"),
        Index("ix_jobs_operation_status_create_time_id", "operation", "status", "create_time", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    operation: Mapped[str] = mapped_column(String(16))
    options: Mapped[Options] = mapped_column(ProtoJson(Options))
    """As given; what is not set has the rule book's default."""
    output_format: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(1024))
    """Of the first file."""
    input_bytes: Mapped[int] = mapped_column(BigInteger)
    """Of all files together."""
    input_sha256: Mapped[str] = mapped_column(String(64))
    """Of the first file."""
    create_time: Mapped[datetime] = mapped_column(UtcDateTime)
    start_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_time: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    attempt: Mapped[int] = mapped_column(Integer)
    """Fencing number: a change that carries another one is refused. 0: not begun."""
    attempts_forgiven: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Attempts that do not count towards the bound: those before a retry, those that were handed back."""
    last_event_id: Mapped[int] = mapped_column(BigInteger)
    progress: Mapped[Progress | None] = mapped_column(ProtoJson(Progress))
    progress_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    summary: Mapped[HarmonizeSummary | None] = mapped_column(ProtoJson(HarmonizeSummary))
    error_code: Mapped[str] = mapped_column(String(64))
    error_reason: Mapped[str] = mapped_column(String(128))
    error_message: Mapped[str] = mapped_column(Text)
    reads: Mapped[list["JobUpload"]] = relationship(order_by="JobUpload.position", lazy="raise")
    """Loaded by the queries that say so."""

    @property
    def uploads(self) -> list[Upload]:
        """The files that the job reads, in their order: one or more."""
        return [read.upload for read in self.reads]


class JobUpload(Base):
    """One of the uploads that a job reads. Written with the job, never changed."""

    __tablename__ = "job_uploads"

    job_id: Mapped[str] = mapped_column(String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Place among the job's files, from 0. The first of equal records is kept."""
    upload_id: Mapped[str] = mapped_column(String(36), ForeignKey("uploads.id"), index=True)
    upload: Mapped[Upload] = relationship(lazy="raise")


class Event(Base):
    """One thing that happened to a job. Written once, with the change it tells of."""

    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From 1, without gaps, within the job."""
    type: Mapped[str] = mapped_column(String(16))
    time: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(Integer)
    progress: Mapped[Progress | None] = mapped_column(ProtoJson(Progress))
    summary: Mapped[HarmonizeSummary | None] = mapped_column(ProtoJson(HarmonizeSummary))
    error_code: Mapped[str] = mapped_column(String(64))
    error_reason: Mapped[str] = mapped_column(String(128))
    error_message: Mapped[str] = mapped_column(Text)


class Artifact(Base):
    """A file that a completed job wrote. Rows exist only for the attempt that completed it."""

    __tablename__ = "artifacts"

    job_id: Mapped[str] = mapped_column(String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    """Place in the harmonizer's own order."""
    kind: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(128))
    blob_key: Mapped[str] = mapped_column(String(255))
