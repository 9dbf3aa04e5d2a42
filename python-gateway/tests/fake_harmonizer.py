"""A small real gRPC server that speaks the Harmonize protocol: the fake at our own seam.

Its rules: a record is a line, cells are stripped, a record that came before is a duplicate, a line with too few cells
is quarantined, every stripped cell is an issue. Of several files, a record that came in an earlier one is a duplicate
too, and the header says the entity: a column that ends in _id names it. Enough to tell whether the gateway carries
bytes, files and accounts well.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from harmonizer.v1 import harmonizer_service_pb2 as pb
from harmonizer.v1 import record_pb2 as rec
from harmonizer.v1.harmonizer_service_pb2_grpc import (
    HarmonizerServiceServicer,
    add_HarmonizerServiceServicer_to_server,
)
from harmonizer.v1.options_pb2 import OUTPUT_FORMAT_NDJSON

SERVICE = pb.DESCRIPTOR.services_by_name["HarmonizerService"].full_name
SERVING = health_pb2.HealthCheckResponse.SERVING
PINGS = [("grpc.http2.min_ping_interval_without_data_ms", 5000), ("grpc.keepalive_permit_without_calls", 1)]
"""What the harmonizer permits, too."""

PIECE = 7
"""Artifacts come in pieces this small, so that every join is exercised."""


@dataclass
class Refusal:
    """How a stream ends when it is refused."""

    code: grpc.StatusCode
    reason: str
    message: str = "line 2 (byte 10): refused"


@dataclass
class Fake(HarmonizerServiceServicer):
    """The server and its moods."""

    refusals: list[Refusal] = field(default_factory=list)
    """Taken one a stream, before the first answer."""
    break_after_output: Refusal | None = None
    hold: asyncio.Event | None = None
    """Waited for before the summary; progress goes on meanwhile."""
    lie: str = ""
    """What to get wrong: digest, gap, input, accounting, name, summary; of several files: order, file account."""
    mixed: bool = False
    specs: list[pb.HarmonizeSpec] = field(default_factory=list)
    names: list[list[str]] = field(default_factory=list)
    """Names of the files of each stream, in the order in which they came."""
    live: int = 0
    cancelled: int = 0
    says: health.aio.HealthServicer = field(default_factory=health.aio.HealthServicer)
    """Its grpc.health.v1."""

    async def Harmonize(self, request_iterator, context) -> AsyncIterator[pb.HarmonizeResponse]:
        self.live += 1
        try:
            async for response in self._harmonize(request_iterator, context):
                yield response
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.live -= 1

    async def _harmonize(self, requests, context) -> AsyncIterator[pb.HarmonizeResponse]:
        spec = (await anext(requests)).spec
        self.specs.append(spec)
        if self.refusals:
            await refuse(context, self.refusals.pop(0))
        files = [File(spec.file_name, spec.size_bytes)]
        self.names.append([spec.file_name])
        async for request in requests:
            if request.HasField("next_file"):
                files.append(File(request.next_file.file_name, request.next_file.size_bytes))
                self.names[-1].append(files[-1].name)
            files[-1].data += request.chunk
            yield pb.HarmonizeResponse(progress=reading(files))
        if not all(file.data for file in files):
            await refuse(context, Refusal(grpc.StatusCode.INVALID_ARGUMENT, "EMPTY_FILE", "the file is empty"))
        made = harmonize_all(spec, files, self.mixed)
        artifacts, accounting, issues = made.artifacts, made.accounting, made.issues
        data = files[0].data
        sums = []
        for kind, name, body in artifacts:
            if kind not in spec.artifacts:
                continue
            for start in range(0, len(body), PIECE):
                shift = 1 if self.lie == "gap" and start else 0
                piece = pb.ArtifactChunk(kind=kind, name=name, offset=start + shift, data=body[start : start + PIECE])
                yield pb.HarmonizeResponse(artifact=piece)
            digest = hashlib.sha256(body + (b"!" if self.lie == "digest" else b"")).hexdigest()
            media = "text/csv; charset=utf-8" if name.endswith(".csv") else "application/json"
            sums.append(pb.ArtifactSummary(kind=kind, name=name, size_bytes=len(body), sha256=digest, media_type=media))
        if self.break_after_output:
            await refuse(context, self.break_after_output)
        while self.hold and not self.hold.is_set():
            size = sum(len(file.data) for file in files)
            done = rec.Progress(stage=rec.STAGE_STANDARDIZING, bytes_received=size, percent=50, records_read=2)
            yield pb.HarmonizeResponse(progress=done)
            await asyncio.sleep(0.02)
        if self.lie == "summary":
            return
        if self.lie == "accounting":
            accounting.read += 1
        summary = pb.HarmonizeSummary(
            entity=spec.options.entity or "patient", accounting=accounting, errors=0, warnings=1, informations=issues,
            score="90.0", input_sha256="0" * 64 if self.lie == "input" else hashlib.sha256(data).hexdigest(),
            input_bytes=sum(len(file.data) for file in files), artifacts=sums, elapsed_ms=5, version="fake",
            files=[file.summary() for file in (files[::-1] if self.lie == "order" else files)],
        )  # fmt: skip
        if self.lie == "file account":
            summary.files[0].accounting.read += 1
            summary.files[1].accounting.read -= 1
        yield pb.HarmonizeResponse(summary=summary)

    async def Inspect(self, request_iterator, context) -> pb.InspectResponse:
        spec = (await anext(request_iterator)).spec
        self.specs.append(spec)
        if self.refusals:
            await refuse(context, self.refusals.pop(0))
        data = b"".join([request.chunk async for request in request_iterator])
        header = data.split(b"\n")[0].decode().split(",")
        columns = [pb.InspectedColumn(position=n, header=h, key=h, reason="fake") for n, h in enumerate(header)]
        return pb.InspectResponse(
            encoding="utf-8", delimiter=",", compression="none", header=True, entity="patient", columns=columns,
            findings=[pb.Finding(rule_id="MAP-5", severity=rec.SEVERITY_ERROR, message="missing")],
            records=data.count(b"\n") - 1,
        )  # fmt: skip

    async def ListEntities(self, request, context) -> pb.ListEntitiesResponse:
        return pb.ListEntitiesResponse(
            entities=[pb.EntityInfo(name="patient", fields=[pb.FieldInfo(name="patient_id")])]
        )

    async def ListRules(self, request, context) -> pb.ListRulesResponse:
        return pb.ListRulesResponse(rules=[pb.RuleInfo(id="STD-DATE-3", title="dates", stage="standardize")])


@dataclass
class File:
    """One file of a stream, and what became of it."""

    name: str
    size_bytes: int
    data: bytes = b""
    accounting: rec.Accounting = field(default_factory=rec.Accounting)

    @property
    def entity(self) -> str:
        header = self.data.split(b"\n")[0].decode().split(",")
        return next((name.removesuffix("_id") for name in header if name.endswith("_id")), "generic")

    def summary(self) -> pb.FileSummary:
        return pb.FileSummary(
            file_name=self.name, entity=self.entity, accounting=self.accounting, input_bytes=len(self.data),
            input_sha256=hashlib.sha256(self.data).hexdigest(),
        )  # fmt: skip


def reading(files: list[File]) -> rec.Progress:
    """Progress by the files that are known so far, as the harmonizer tells it."""
    received, known = sum(len(file.data) for file in files), sum(file.size_bytes for file in files)
    percent = 50 * min(1, received / known) if known else 0
    return rec.Progress(stage=rec.STAGE_READING, bytes_received=received, bytes_total=known, percent=percent)


@dataclass
class Made:
    """Artifacts as (kind, name, bytes), where every record went, and how many issues there are."""

    artifacts: list[tuple[int, str, bytes]]
    accounting: rec.Accounting
    issues: int


def harmonize_all(spec: pb.HarmonizeSpec, files: list[File], mixed: bool) -> Made:
    """All files of a stream. One gives clean.csv; of several each gives clean.<entity>.csv, clean.<entity>.2.csv …"""
    seen, number, parts, issues = set(), Counter(), [], []
    several, quarantine = len(files) > 1, []
    for file in files:
        clean, broken, found = harmonize(spec, file, seen)
        number[file.entity] += 1
        nth = f".{number[file.entity]}" if number[file.entity] > 1 else ""
        parts.append((f"clean.{file.entity}{nth}" if several else "clean", clean))
        quarantine += [f"{file.name},{line}" if several else line for line in broken]
        issues += found
    end = "ndjson" if spec.output_format == OUTPUT_FORMAT_NDJSON else "csv"
    head = ["file,record_no,rule_id,message,raw_line" if several else "record_no,rule_id,message,raw_line"]
    total = rec.Accounting()
    for fate in total.DESCRIPTOR.fields:
        setattr(total, fate.name, sum(getattr(file.accounting, fate.name) for file in files))
    report = {"entity": "patient", "accounting": {"read": total.read}}
    artifacts = [
        *((pb.ARTIFACT_KIND_CLEAN, f"{name}.{end}", body) for name, body in parts),
        *([(pb.ARTIFACT_KIND_CLEAN, f"clean.vital.{end}", b"x\n")] if mixed else []),
        (pb.ARTIFACT_KIND_QUARANTINE, "quarantine.csv", "".join(q + "\n" for q in head + quarantine).encode()),
        (pb.ARTIFACT_KIND_ISSUES, "issues.ndjson", "".join(json.dumps(i) + "\n" for i in issues).encode()),
        (pb.ARTIFACT_KIND_REPORT, "report.json", json.dumps(report).encode()),
        (pb.ARTIFACT_KIND_MANIFEST, "manifest.json", b"{}"),
        (pb.ARTIFACT_KIND_OPERATION_OUTCOME, "operation-outcome.json", b'{"resourceType": "OperationOutcome"}'),
        (pb.ARTIFACT_KIND_LINEAGE, "lineage.ndjson", b"{}\n"),
        (pb.ARTIFACT_KIND_MATCHES, "matches.ndjson", b"{}\n"),
        (pb.ARTIFACT_KIND_REVIEW, "review.csv", b"pair\n"),
    ]
    return Made(artifacts, total, len(issues))


def harmonize(spec: pb.HarmonizeSpec, file: File, seen: set[str]) -> tuple[bytes, list[str], list[dict]]:
    """The clean file, lines of the quarantine, issues; the file's account is filled in."""
    header, *lines = file.data.decode().strip("\n").split("\n")
    fields, clean, quarantine, issues = header.split(","), [], [], []
    accounting = file.accounting
    accounting.read = len(lines)
    for number, line in enumerate(lines, 1):
        cells = line.split(",")
        if len(cells) != len(fields):
            accounting.quarantined += 1
            quarantine.append(f'{number},STD-CSV-4,cells,"{line}"')
        elif line in seen:
            accounting.duplicates += 1
        else:
            seen.add(line)
            accounting.written += 1
            clean.append([cell.strip() for cell in cells])
            issues += [issue(file, number, f, c) for f, c in zip(fields, cells, strict=True) if c != c.strip()]
    ndjson = spec.output_format == OUTPUT_FORMAT_NDJSON
    if ndjson:
        body = "".join(json.dumps(dict(zip(fields, row, strict=True))) + "\n" for row in clean)
    else:
        body = "".join(",".join(row) + "\n" for row in [fields, *clean])
    return body.encode(), quarantine, issues


def issue(file: File, number: int, column: str, cell: str) -> dict:
    """An issue record of rule 0.4."""
    return {
        "rule_id": "STD-TXT-1" if number % 2 else "STD-TXT-2", "severity": "information", "fhir_code": "informational",
        "entity": "patient", "file": file.name, "record_no": number, "source_column": column, "field": column,
        "outcome": "changed", "source_value": cell, "output_value": cell.strip(), "message": "spaces removed",
        "count": 1,
    }  # fmt: skip


async def refuse(context, refusal: Refusal) -> None:
    """Ends the call as the harmonizer does: a code, a message, an ErrorInfo."""
    packed = any_pb2.Any()
    packed.Pack(error_details_pb2.ErrorInfo(domain="harmonizer", reason=refusal.reason))
    status = status_pb2.Status(code=refusal.code.value[0], message=refusal.message, details=[packed])
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(refusal.code, refusal.message, trailing_metadata=details)


async def serve(fake: Fake, port: int = 0, host: str = "127.0.0.1") -> tuple[grpc.aio.Server, int]:
    """The fake on a port of this machine."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), *PINGS])
    await fake.says.set(SERVICE, SERVING)
    add_HarmonizerServiceServicer_to_server(fake, server)
    health_pb2_grpc.add_HealthServicer_to_server(fake.says, server)
    port = server.add_insecure_port(f"{host}:{port}")
    await server.start()
    return server, port
