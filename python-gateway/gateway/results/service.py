"""Results: artifacts by name and range, issues and records by page, read from the blobs of the completed attempt."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway import paging
from gateway.blobs import READ_BYTES, BlobMissing, BlobStore
from gateway.db import Database
from gateway.errors import ArtifactNotFound, JobNotCompleted, JobNotFound, NotImplementedYet, SeveralResults
from gateway.ids import is_id
from gateway.jobs import repository
from gateway.jobs.models import Artifact, Job
from gateway.jobs.schemas import artifact_json
from gateway.jobs.states import COMPLETED, ENDED
from gateway.results.lines import CsvRecords, ndjson, split

LINES_BYTES = 64 * 1024
"""Of lines that are parsed at once: a page needs no more, and others have the loop between two of them."""

Record = dict[str, Any]
T = TypeVar("T")
Groups = AsyncGenerator[list[tuple[int, T]], None]
"""Lines or records, each with the place behind it. Whoever takes one closes it, which closes the file."""


@dataclass(frozen=True)
class IssueFilter:
    """Which issues. Empty: any. A column is the source column as written or the canonical field."""

    rule_id: str = ""
    severity: str = ""
    column: str = ""

    def takes(self, issue: Record) -> bool:
        """Whether the issue is one of these."""
        return (
            (not self.rule_id or issue.get("rule_id") == self.rule_id)
            and (not self.severity or issue.get("severity") == self.severity)
            and (not self.column or self.column in (issue.get("source_column"), issue.get("field")))
        )


@dataclass(frozen=True)
class Choice:
    """Which clean file, where a job has several. Empty: any."""

    entity: str = ""
    file: str = ""
    """Name of the artifact, such as clean.patient.2.csv."""

    def of(self, job: Job, clean: Sequence[Artifact]) -> list[Artifact]:
        """Those of the clean files that it may mean. The clean file of a job over one file is the unnamed one."""
        if self.file:
            clean = [artifact for artifact in clean if artifact.name == self.file]
        if self.entity:
            return [artifact for artifact in clean if _entity(job, artifact) == self.entity]
        main = f"clean.{job.output_format}"
        return [artifact for artifact in clean if artifact.name == main] or list(clean)


ANY = Choice()


def _entity(job: Job, artifact: Artifact) -> str:
    named = re.match(r"clean\.([a-z_]+)\.", artifact.name)
    return named[1] if named else job.summary.entity if job.summary else ""


class ResultService:
    """Reads what a completed job wrote."""

    def __init__(self, db: Database, blobs: BlobStore) -> None:
        self._db, self._blobs = db, blobs

    async def artifact(self, job_id: str, name: str) -> tuple[Job, Artifact]:
        """Job and artifact. Raises JobNotFound, JobNotCompleted, ArtifactNotFound."""
        job, artifacts = await self._completed(job_id)
        artifact = next((artifact for artifact in artifacts if artifact.name == name), None)
        if artifact is None:
            raise ArtifactNotFound("the job wrote no artifact of this name")
        return job, artifact

    async def clean(self, job_id: str, format_: str = "", choice: Choice = ANY) -> tuple[Job, Artifact]:
        """Job and its clean file. Raises also SeveralResults, and NotImplementedYet for a format it did not write."""
        job, artifacts = await self._completed(job_id)
        if format_ and format_ != job.output_format:
            detail = f"the job wrote {job.output_format}; converting a result comes with a later release"
            raise NotImplementedYet(detail, "RESULT_CONVERSION")
        if job.operation == "validate":
            raise ArtifactNotFound("validate writes no clean file, only issues and report", "NO_CLEAN_FILE")
        found = choice.of(job, [artifact for artifact in artifacts if artifact.kind == "clean"])
        if not found:
            raise ArtifactNotFound("the job wrote no such clean file")
        if len(found) > 1:
            there = [{"name": a.name, "href": artifact_json(a)["href"]} for a in found]
            detail = "the job has several clean files: name one, or take each from where `artifacts` says"
            raise SeveralResults(detail, "SEVERAL_RESULTS", members={"artifacts": there})
        return job, found[0]

    async def read(
        self, artifact: Artifact, start: int = 0, end: int | None = None, size: int = READ_BYTES
    ) -> AsyncGenerator[bytes, None]:
        """Bytes of an artifact from start up to end, in pieces of at most size. Raises JobNotFound where the job was
        removed since the artifact was looked up.
        """
        try:
            async with aclosing(self._blobs.read(artifact.blob_key, start, end, size)) as pieces:
                async for piece in pieces:
                    yield piece
        except BlobMissing:
            await self._completed(artifact.job_id)
            raise

    async def issues(
        self, job_id: str, which: IssueFilter, page_size: int, page_token: str
    ) -> tuple[list[Record], str]:
        """A page of issues in the artifact's order, and the token of the next."""
        _, artifact = await self.artifact(job_id, "issues.ndjson")
        query = f"{job_id}{which!r}"
        start = (paging.decode(page_token, query, _offset) or [0])[0]
        groups = _issues(self._lines(artifact, start), which)
        page, place = await _page(groups, page_size)
        return page, paging.encode([place], query) if place else ""

    async def records(
        self, job_id: str, page_size: int, page_token: str, choice: Choice = ANY
    ) -> tuple[list[Record], str]:
        """A page of records of a clean file, and the token of the next."""
        _, artifact = await self.clean(job_id, choice=choice)
        query = f"{job_id}:{artifact.name}:records"
        start = (paging.decode(page_token, query, _offset) or [0])[0]
        page, place = await _page(self._records(artifact, start), page_size)
        return page, paging.encode([place], query) if place else ""

    async def all_records(self, job_id: str, choice: Choice = ANY) -> AsyncGenerator[list[Record], None]:
        """Every record of a clean file, in groups. Its first step raises what records raises."""
        _, artifact = await self.clean(job_id, choice=choice)
        async with aclosing(self._records(artifact, 0)) as groups:
            async for group in groups:
                yield [record for _, record in group]

    async def _records(self, artifact: Artifact, start: int) -> Groups[Record]:
        if not artifact.name.endswith(".csv"):
            async with aclosing(self._lines(artifact, start)) as groups:
                async for group in groups:
                    yield list(ndjson(group))
            return
        header, behind = await self._header(artifact)
        begin = start or behind
        reader = CsvRecords(header)
        async with aclosing(self._lines(artifact, begin, quoted=True)) as groups:
            async for group in groups:
                records = reader.read(line for _, line in group)
                yield [(place, record) for (place, _), record in zip(group, records, strict=True)]

    def _lines(self, artifact: Artifact, start: int = 0, quoted: bool = False) -> Groups[bytes]:
        return split(self.read(artifact, start, size=LINES_BYTES), start, quoted)

    async def _header(self, artifact: Artifact) -> tuple[bytes, int]:
        async with aclosing(self._lines(artifact, quoted=True)) as groups:
            async for group in groups:
                if group:
                    return group[0][1], group[0][0]
        return b"", 0

    async def _completed(self, job_id: str) -> tuple[Job, Sequence[Artifact]]:
        found = await self._db.read(repository.written, job_id) if is_id(job_id) else None
        if found is None:
            raise JobNotFound("no job has this id")
        job, artifacts = found
        if job.status != COMPLETED:
            wait = "" if job.status in ENDED else "; its events tell when it is done"
            raise JobNotCompleted(f"the job is {job.status}{wait}", f"JOB_{job.status.upper()}")
        return job, artifacts


async def _issues(groups: Groups[bytes], which: IssueFilter) -> Groups[Record]:
    # Most lines of a big file are of other rules; they are not worth parsing.
    needle = f'"{which.rule_id}"'.encode()
    async with aclosing(groups):
        async for group in groups:
            likely = group if not which.rule_id else [placed for placed in group if needle in placed[1]]
            yield [(place, issue) for place, issue in ndjson(likely) if which.takes(issue)]


async def _page(groups: Groups[Record], page_size: int) -> tuple[list[Record], int]:
    """Up to page_size records, and the place behind them; 0 where nothing follows."""
    page, place = list[Record](), 0
    async with aclosing(groups):
        async for group in groups:
            for behind, record in group:
                if len(page) == page_size:
                    return page, place
                page.append(record)
                place = behind
    return page, 0


def _offset(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError
    return value
