"""The stream of one attempt: what the harmonizer is told, what it answers, and whether the answer adds up."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, aclosing

from gateway import contract
from gateway.blobs import BlobStore
from gateway.engine import Engine, SourceFailed
from gateway.errors import InternalError, Unavailable
from gateway.jobs.artifacts import AttemptArtifacts
from gateway.jobs.attempts import Read
from gateway.jobs.models import Job
from gateway.uploads.models import Upload
from gateway.uploads.reading import read
from harmonizer.v1 import harmonizer_service_pb2 as pb
from harmonizer.v1.options_pb2 import Operation, Options, OutputFormat
from harmonizer.v1.record_pb2 import STAGE_DONE, Accounting, Progress
from harmonizer_grpc.several import of_all

log = logging.getLogger("gateway.jobs")

# What validate writes too, which writes no records (rule 0.1).
_ALWAYS = (
    pb.ARTIFACT_KIND_ISSUES,
    pb.ARTIFACT_KIND_REPORT,
    pb.ARTIFACT_KIND_MANIFEST,
    pb.ARTIFACT_KIND_OPERATION_OUTCOME,
)
_OF_RECORDS = (pb.ARTIFACT_KIND_CLEAN, pb.ARTIFACT_KIND_QUARANTINE)
_OF_MATCHING = (pb.ARTIFACT_KIND_MATCHES, pb.ARTIFACT_KIND_REVIEW)


class Stream:
    """One stream of one attempt: what it says last of progress, and the artifacts it writes."""

    def __init__(self, artifacts: AttemptArtifacts) -> None:
        self.artifacts = artifacts
        self.progress: Progress | None = None
        self._heard = time.monotonic()

    def silent_seconds(self) -> float:
        """Time since the harmonizer sent anything."""
        return time.monotonic() - self._heard

    async def run(self, engine: Engine, job: Job, blobs: BlobStore, files: Sequence[Read]) -> pb.HarmonizeSummary:
        """Raises GatewayError."""
        uploads = [upload for upload, _ in files]
        spec, summary, size_bytes = spec_of(job, uploads[0]), None, sum(upload.size_bytes for upload in uploads)
        try:
            async with AsyncExitStack() as stack:
                # A blob is opened when its first byte is asked for, not here.
                first, *rest = [await stack.enter_async_context(aclosing(read(blobs, parts))) for _, parts in files]
                more = list(zip(map(next_file, uploads[1:]), rest, strict=True))
                responses = await stack.enter_async_context(aclosing(engine.harmonize(spec, first, more)))
                async for response in responses:
                    self._heard = time.monotonic()
                    match response.WhichOneof("message"):
                        case "progress":
                            before = self.progress.percent if self.progress else 0.0
                            self.progress = of_all(response.progress, size_bytes, before)
                        case "artifact":
                            await self.artifacts.take(response.artifact)
                        case "summary":
                            summary = response.summary
        except SourceFailed as error:
            if isinstance(error.__cause__, Unavailable):
                raise error.__cause__ from None
            log.error("upload cannot be read", exc_info=error.__cause__)
            raise InternalError("the stored upload cannot be read", "UPLOAD_UNREADABLE") from None
        return check(summary, uploads)


def spec_of(job: Job, first: Upload) -> pb.HarmonizeSpec:
    """What the harmonizer is told. "Today" is the job's day, so that a later attempt says the same (rule 0.5)."""
    options = Options()
    options.CopyFrom(job.options)
    options.as_of = options.as_of or job.create_time.date().isoformat()
    operation = contract.number(Operation.DESCRIPTOR, job.operation, "operation")
    return pb.HarmonizeSpec(
        file_name=first.file_name,
        size_bytes=first.size_bytes,
        operation=Operation.ValueType(operation),
        options=options,
        output_format=OutputFormat.ValueType(
            contract.number(OutputFormat.DESCRIPTOR, job.output_format, "output_format")
        ),
        artifacts=list(_kinds(options, validate=operation == Operation.OPERATION_VALIDATE)),
    )


def _kinds(options: Options, validate: bool) -> Iterator[pb.ArtifactKind.ValueType]:
    """The artifacts to ask for, in the order of the contract's documentation."""
    if not validate:
        yield from _OF_RECORDS
    yield from _ALWAYS
    if options.lineage and not validate:
        yield pb.ARTIFACT_KIND_LINEAGE
    if options.match:
        yield from _OF_MATCHING


def next_file(upload: Upload) -> pb.NextFile:
    """What the harmonizer is told of a file behind the first."""
    return pb.NextFile(file_name=upload.file_name, size_bytes=upload.size_bytes)


def check(summary: pb.HarmonizeSummary | None, uploads: Sequence[Upload]) -> pb.HarmonizeSummary:
    """The summary, where it is of these very bytes and its accounts add up (rule DQ-6). Raises InternalError."""
    if summary is None:
        raise InternalError("the harmonizer ended without a summary", "NO_SUMMARY")
    sent = [(upload.size_bytes, upload.sha256) for upload in uploads]
    read = [(file.input_bytes, file.input_sha256) for file in summary.files] or sent[:1]
    if read != sent or (summary.input_bytes, summary.input_sha256) != (sum(size for size, _ in sent), sent[0][1]):
        raise InternalError("the harmonizer read other bytes than were sent", "INPUT_MISMATCH")
    accounts = [file.accounting for file in summary.files] or [summary.accounting]
    whole = all(sum(getattr(a, fate) for a in accounts) == getattr(summary.accounting, fate) for fate in _FATES)
    if not whole or not all(map(balanced, accounts)):
        raise InternalError("the account of the records does not add up", "ACCOUNTING")
    return summary


_FATES = [field.name for field in Accounting.DESCRIPTOR.fields]


def balanced(account: Accounting) -> bool:
    """Whether every record that was read is accounted for."""
    gone = account.duplicates + account.quarantined + account.routed
    return account.read == account.written + gone - account.created


def finished(last: Progress | None, summary: pb.HarmonizeSummary, input_bytes: int) -> Progress:
    """Progress of a run that is done."""
    progress = Progress()
    if last is not None:
        progress.CopyFrom(last)
    progress.MergeFrom(
        Progress(
            stage=STAGE_DONE,
            percent=100,
            bytes_received=input_bytes,
            bytes_total=input_bytes,
            records_read=summary.accounting.read,
            records_done=summary.accounting.read,
            errors=summary.errors,
            warnings=summary.warnings,
            elapsed_ms=summary.elapsed_ms,
        )
    )
    return progress
