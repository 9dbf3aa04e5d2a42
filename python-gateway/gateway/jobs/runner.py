"""Runs one job: its uploads' bytes to the harmonizer, artifacts and progress back, the end into the database.

Only the parent task touches the database; the stream is a child that can be cancelled at any point without harm.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

from gateway import contract
from gateway.blobs import BlobStore
from gateway.engine import Engine, SourceFailed
from gateway.errors import GatewayError, InternalError, Unavailable
from gateway.jobs.artifacts import AttemptArtifacts
from gateway.jobs.models import Job
from gateway.jobs.service import JobService
from gateway.uploads.models import Upload
from harmonizer.v1 import harmonizer_service_pb2 as pb
from harmonizer.v1.options_pb2 import Operation, Options, OutputFormat
from harmonizer.v1.record_pb2 import STAGE_DONE, Accounting, Progress
from harmonizer_grpc.several import of_all

log = logging.getLogger("gateway.jobs")

# A job that ends sooner has its only progress written with its end.
FIRST_PROGRESS_SECONDS = 0.1

# What validate writes too, which writes no records (rule 0.1).
_ALWAYS = (
    pb.ARTIFACT_KIND_ISSUES,
    pb.ARTIFACT_KIND_REPORT,
    pb.ARTIFACT_KIND_MANIFEST,
    pb.ARTIFACT_KIND_OPERATION_OUTCOME,
)
_OF_RECORDS = (pb.ARTIFACT_KIND_CLEAN, pb.ARTIFACT_KIND_QUARANTINE)
_OF_MATCHING = (pb.ARTIFACT_KIND_MATCHES, pb.ARTIFACT_KIND_REVIEW)


@dataclass(frozen=True)
class Patience:
    """How often and how long the runner waits for an unavailable harmonizer, and how often it writes progress."""

    retries: int
    backoff_seconds: float
    progress_seconds: float


class Runner:
    """What a dispatcher calls."""

    def __init__(self, jobs: JobService, engine: Engine, blobs: BlobStore, patience: Patience) -> None:
        self._jobs, self._engine, self._blobs, self._patience = jobs, engine, blobs, patience

    async def run(self, job_id: str, stop: asyncio.Event) -> None:
        """Brings the job to its end, over several attempts where the harmonizer is unavailable."""
        wait = self._patience.backoff_seconds
        for left in range(self._patience.retries, -1, -1):
            begun = await self._jobs.begin(job_id)
            if begun is None:
                return
            job, uploads = begun
            try:
                await self._attempt(job, uploads, stop)
                return
            except Unavailable as error:
                if not left:
                    await self._fail(job, error)
                    return
            except GatewayError as error:
                await self._fail(job, error)
                return
            except Exception:
                log.exception("attempt broke", extra={"job_id": job_id, "attempt": job.attempt})
                await self._fail(job, InternalError("the gateway could not keep the result", "GATEWAY"))
                return
            if await _stopped_within(stop, wait):
                await self._jobs.cancelled(job_id)
                return
            wait *= 2

    async def _fail(self, job: Job, error: GatewayError) -> None:
        if not await self._jobs.fail(job.id, job.attempt, error):
            await self._jobs.cancelled(job.id)
        extra = {"job_id": job.id, "attempt": job.attempt, "code": error.code, "reason": error.reason}
        log.info("attempt failed", extra=extra)

    async def _attempt(self, job: Job, uploads: Sequence[Upload], stop: asyncio.Event) -> None:
        stream = _Stream(AttemptArtifacts(self._blobs, job.id, job.attempt))
        work = asyncio.create_task(stream.run(self._engine, spec_of(job, uploads[0]), self._blobs, uploads))
        try:
            await self._follow(job, work, stream, stop)
            if stop.is_set():
                await self._jobs.cancelled(job.id)
                return
            summary = await work
            await self._publish(job, stream, summary)
        finally:
            await _end(work)
            await stream.artifacts.discard()

    async def _follow(
        self, job: Job, work: asyncio.Task[pb.HarmonizeSummary], stream: "_Stream", stop: asyncio.Event
    ) -> None:
        """Writes progress until the stream ends or is to be stopped; an attempt that lost its job ends here too."""
        asked = asyncio.create_task(stop.wait())
        seconds, written = FIRST_PROGRESS_SECONDS, None
        try:
            while not work.done() and not asked.done():
                await asyncio.wait({work, asked}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                if work.done() or asked.done():
                    return
                if stream.progress is not written and stream.progress is not None:
                    written, seconds = stream.progress, self._patience.progress_seconds
                    if not await self._jobs.progress(job.id, job.attempt, written) and not asked.done():
                        stop.set()
        finally:
            await _end(asked)

    async def _publish(self, job: Job, stream: "_Stream", summary: pb.HarmonizeSummary) -> None:
        rows = await stream.artifacts.commit(summary)
        done = finished(stream.progress, summary, job.input_bytes)
        if await self._jobs.complete(job.id, job.attempt, done, summary, rows):
            stream.artifacts.published = True
        else:
            await self._jobs.cancelled(job.id)
        log.info(
            "attempt ended", extra={"job_id": job.id, "attempt": job.attempt, "published": stream.artifacts.published}
        )


class _Stream:
    """One stream of one attempt: what it says last of progress, and the artifacts it writes."""

    def __init__(self, artifacts: AttemptArtifacts) -> None:
        self.artifacts = artifacts
        self.progress: Progress | None = None

    async def run(
        self, engine: Engine, spec: pb.HarmonizeSpec, blobs: BlobStore, uploads: Sequence[Upload]
    ) -> pb.HarmonizeSummary:
        """Raises GatewayError."""
        summary, size_bytes = None, sum(upload.size_bytes for upload in uploads)
        try:
            async with AsyncExitStack() as stack:
                # A blob is opened when its first byte is asked for, not here.
                first, *rest = [
                    await stack.enter_async_context(aclosing(blobs.read(upload.blob_key))) for upload in uploads
                ]
                more = list(zip(map(next_file, uploads[1:]), rest, strict=True))
                responses = await stack.enter_async_context(aclosing(engine.harmonize(spec, first, more)))
                async for response in responses:
                    match response.WhichOneof("message"):
                        case "progress":
                            before = self.progress.percent if self.progress else 0.0
                            self.progress = of_all(response.progress, size_bytes, before)
                        case "artifact":
                            await self.artifacts.take(response.artifact)
                        case "summary":
                            summary = response.summary
        except SourceFailed as error:
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


async def _stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def _end(task: asyncio.Task[object]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
