"""Rows as messages of the contract."""

from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from gateway import contract
from gateway.ids import now
from gateway.jobs.models import Event, Job
from gateway.jobs.schemas import estimate
from gateway.uploads.models import Upload
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.options_pb2 import Operation, OutputFormat
from harmonizer.v1.record_pb2 import Outcome, Severity


def stamp(time: datetime | None) -> Timestamp | None:
    """The time, or None."""
    if time is None:
        return None
    message = Timestamp()
    message.FromDatetime(time)
    return message


def moment(message: Any, field: str) -> datetime | None:
    """A Timestamp field as a time with zone UTC; None where it is not set."""
    return getattr(message, field).ToDatetime(tzinfo=UTC) if message.HasField(field) else None


def status(word: str) -> pb.JobStatus.ValueType:
    """The number of a status word."""
    return pb.JobStatus.ValueType(contract.number(pb.JobStatus.DESCRIPTOR, word, "status"))


def job(row: Job) -> pb.Job:
    """harmonizer.v1.Job."""
    return pb.Job(
        id=row.id,
        status=status(row.status),
        operation=Operation.ValueType(contract.number(Operation.DESCRIPTOR, row.operation, "operation")),
        options=row.options,
        output_format=OutputFormat.ValueType(
            contract.number(OutputFormat.DESCRIPTOR, row.output_format, "output_format")
        ),
        file_name=row.file_name,
        input_bytes=row.input_bytes,
        input_sha256=row.input_sha256,
        create_time=stamp(row.create_time),
        start_time=stamp(row.start_time),
        end_time=stamp(row.end_time),
        progress=row.progress,
        estimated_completion_time=stamp(estimate(row, now())),
        attempt=row.attempt,
        summary=row.summary,
        error=_error(row),
        upload_id=row.uploads[0].id,
        files=[
            pb.JobFile(upload_id=u.id, file_name=u.file_name, size_bytes=u.size_bytes, sha256=u.sha256)
            for u in row.uploads
        ],
    )


def event(row: Event) -> pb.JobEvent:
    """harmonizer.v1.JobEvent."""
    return pb.JobEvent(
        id=row.id,
        type=row.type,
        time=stamp(row.time),
        status=status(row.status),
        progress=row.progress,
        summary=row.summary,
        error=_error(row),
    )


def upload(row: Upload) -> pb.Upload:
    """harmonizer.v1.Upload."""
    return pb.Upload(
        id=row.id,
        file_name=row.file_name,
        received_bytes=row.received_bytes,
        size_bytes=row.size_bytes,
        complete=row.complete,
        sha256=row.sha256,
        create_time=stamp(row.create_time),
        expire_time=stamp(row.expire_time),
    )


def issue(record: dict[str, Any]) -> pb.Issue:
    """An issue record of rule 0.4."""
    texts = ("rule_id", "fhir_code", "entity", "file", "source_column", "field", "message")
    return pb.Issue(
        **{name: str(record.get(name) or "") for name in texts},
        severity=Severity.ValueType(contract.words(Severity.DESCRIPTOR).get(record.get("severity") or "", 0)),
        outcome=Outcome.ValueType(contract.words(Outcome.DESCRIPTOR).get(record.get("outcome") or "", 0)),
        record_no=record.get("record_no") or 0,
        source_value=record.get("source_value"),
        output_value=record.get("output_value"),
        count=record.get("count") or 1,
        record_nos=record.get("record_nos") or (),
    )


def _error(row: Job | Event) -> pb.JobError | None:
    if not row.error_code:
        return None
    return pb.JobError(code=row.error_code, reason=row.error_reason, message=row.error_message)
