"""JobService: requests into the services' words, rows into messages. Decisions are the services'."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

from gateway import contract, idempotency
from gateway.engine import CHUNK_BYTES
from gateway.errors import RangeNotSatisfiable, ValidationFailed
from gateway.jobs.repository import JobFilter
from gateway.jobs.requests import check_ids
from gateway.jobs.service import JobService, Request
from gateway.jobs.watch import Pace
from gateway.results.service import IssueFilter, ResultService
from gateway.rpc import messages
from gateway.rpc.interceptors import Context
from gateway.uploads.service import UploadService
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceServicer
from harmonizer.v1.options_pb2 import Operation, OutputFormat
from harmonizer.v1.record_pb2 import Severity

T = TypeVar("T")

UPLOAD_ID = "harmonizer-upload-id"
# Measured: the cancellation comes within some milliseconds of the end of the requests.
CANCEL_SECONDS = 0.25


class Jobs(JobServiceServicer):
    """The servicer. Errors leave as GatewayError; the interceptor makes a status of them."""

    def __init__(self, jobs: JobService, uploads: UploadService, results: ResultService, pace: Pace) -> None:
        self._jobs, self._uploads, self._results, self._pace = jobs, uploads, results, pace

    async def CreateJob(self, request: pb.CreateJobRequest, context: Context) -> pb.CreateJobResponse:
        """Accepts a job over one or more uploads."""
        asked = Request(
            contract.word(Operation.DESCRIPTOR, request.operation) or "harmonize",
            request.options,
            contract.word(OutputFormat.DESCRIPTOR, request.output_format) or "csv",
            idempotency.check(request.idempotency_key),
        )
        row = await _whole(self._jobs.create_from(asked, check_ids(request.upload_ids)))
        return pb.CreateJobResponse(job=messages.job(row))

    async def GetJob(self, request: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:
        """The job."""
        return pb.GetJobResponse(job=messages.job(await self._jobs.get(request.job_id)))

    async def ListJobs(self, request: pb.ListJobsRequest, context: Context) -> pb.ListJobsResponse:
        """A page of jobs."""
        which = JobFilter(
            contract.word(pb.JobStatus.DESCRIPTOR, request.status),
            contract.word(Operation.DESCRIPTOR, request.operation),
            messages.moment(request, "created_after"),
            messages.moment(request, "created_before"),
            request.ascending,
        )
        page, token = await self._jobs.page(which, request.page_size or 50, request.page_token)
        return pb.ListJobsResponse(jobs=map(messages.job, page), next_page_token=token)

    async def WatchJob(self, request: pb.WatchJobRequest, context: Context) -> AsyncIterator[pb.WatchJobResponse]:
        """Events until the terminal one, bookmarks where nothing happens."""
        after = request.after_event_id
        await self._jobs.check_watch(request.job_id, after)
        async with aclosing(self._jobs.watch(request.job_id, after, self._pace.heartbeat_seconds)) as events:
            async for event in events:
                after = event.id if event else after
                told = pb.WatchJobResponse(event=messages.event(event) if event else None, bookmark=after)
                await self._pace.hand(context.write(told))
        return
        yield  # What makes it a generator, as the interceptor wants it: a yield has no time, a write has.

    async def CancelJob(self, request: pb.CancelJobRequest, context: Context) -> pb.CancelJobResponse:
        """Stops a live job."""
        return pb.CancelJobResponse(job=messages.job(await _whole(self._jobs.cancel(request.job_id))))

    async def RetryJob(self, request: pb.RetryJobRequest, context: Context) -> pb.RetryJobResponse:
        """Lets a failed or cancelled job wait again."""
        return pb.RetryJobResponse(job=messages.job(await _whole(self._jobs.retry(request.job_id))))

    async def DeleteJob(self, request: pb.DeleteJobRequest, context: Context) -> pb.DeleteJobResponse:
        """Removes an ended job."""
        await _whole(self._jobs.delete(request.job_id))
        return pb.DeleteJobResponse()

    async def UploadFile(
        self, request_iterator: AsyncIterator[pb.UploadFileRequest], context: Context
    ) -> pb.UploadFileResponse:
        """Takes a file, or what is missing of it."""
        first = await anext(request_iterator, None)
        if first is None or not first.HasField("header"):
            raise ValidationFailed("the first message must be the header", "HEADER_MISSING")
        header = first.header
        said = header.offset, header.size_bytes, header.sha256
        upload = await _whole(self._uploads.open(header.upload_id, header.file_name, *said))
        await context.send_initial_metadata(((UPLOAD_ID, upload.id),))
        chunks = _chunks(request_iterator, 0 if upload.size_bytes else CANCEL_SECONDS)
        if upload.complete:
            upload = await self._uploads.same(upload, header.offset, chunks)
        else:
            upload = await self._uploads.append(upload, chunks, ends=True)
        return pb.UploadFileResponse(upload=messages.upload(upload))

    async def GetUpload(self, request: pb.GetUploadRequest, context: Context) -> pb.GetUploadResponse:
        """The upload."""
        return pb.GetUploadResponse(upload=messages.upload(await self._uploads.get(request.upload_id)))

    async def ReadArtifact(
        self, request: pb.ReadArtifactRequest, context: Context
    ) -> AsyncIterator[pb.ReadArtifactResponse]:
        """Bytes of an artifact."""
        _, artifact = await self._results.artifact(request.job_id, request.name)
        size, start = artifact.size_bytes, request.offset
        if start > size:
            raise RangeNotSatisfiable("the artifact has no such bytes")
        end = min(size, start + request.length) if request.length else size
        about = partial(pb.ReadArtifactResponse, size_bytes=size, sha256=artifact.sha256)
        if start == end:
            yield about(offset=start)
        async for data in self._results.read(artifact, start, end, CHUNK_BYTES):
            yield about(data=data, offset=start)
            start += len(data)

    async def ListIssues(self, request: pb.ListIssuesRequest, context: Context) -> pb.ListIssuesResponse:
        """A page of issues."""
        which = IssueFilter(request.rule_id, contract.word(Severity.DESCRIPTOR, request.severity) or "", request.column)
        page, token = await self._results.issues(request.job_id, which, request.page_size or 100, request.page_token)
        return pb.ListIssuesResponse(issues=map(messages.issue, page), next_page_token=token)


async def _chunks(requests: AsyncIterator[pb.UploadFileRequest], grace_seconds: float) -> AsyncIterator[bytes]:
    async for request in requests:
        if not request.HasField("chunk"):
            raise ValidationFailed("only chunks may follow the header", "HEADER_REPEATED")
        yield request.chunk
    # grpc.aio ends the requests of a call that broke as it does those of one that was half-closed, often before it
    # cancels the handler. Where nothing else tells a cut file from a whole one, there must be time for that.
    await asyncio.sleep(grace_seconds)


async def _whole(change: Coroutine[Any, Any, T]) -> T:
    """Runs a change to its end although the caller goes away: a committed job must also be submitted."""
    return await asyncio.shield(asyncio.ensure_future(change))
