#!/usr/bin/env python3
"""A small harmonizer that speaks the real protocol over real gRPC, for tests of the client and the command.

It reads LF-separated comma records, drops exact duplicates and sends the rest back unchanged. Words in the file make
it do what an engine may do: see WORDS. Run as a program it is a stand-in for bin/harmonizerd.
"""

import csv
import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass
from io import StringIO

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2

from harmonizer.v1 import harmonizer_service_pb2 as pb
from harmonizer.v1 import harmonizer_service_pb2_grpc as pb_grpc
from harmonizer.v1 import record_pb2

WORDS = {
    "!refuse": "INVALID_ARGUMENT with line and byte",
    "!bound": "RESOURCE_EXHAUSTED naming its setting",
    "!internal": "INTERNAL",
    "!later": "UNIMPLEMENTED",
    "!field": "INVALID_ARGUMENT with a field violation",
    "!slow": "progress for a minute before the answer",
    "!die": "the process ends in the middle of the artifacts",
    "!damage": "an artifact with another hash than the summary says",
    "!escape": "an artifact whose name is a path",
    "!nosummary": "a stream that ends without its summary",
    "!amend": "the first record of the file is amended, the second removed",
    "!mixed": "a second entity",
}
PIECE = 64 * 1024


class Engine(pb_grpc.HarmonizerServiceServicer):
    """The service; ``received`` counts the chunk bytes taken, ``ended`` is set when a stream's context ends."""

    def __init__(self) -> None:
        self.received = 0
        self.specs: list[pb.HarmonizeSpec] = []
        self.files: list[list[pb.NextFile]] = []
        self.ended = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def Harmonize(self, requests, context):
        context.add_callback(self.ended.set)
        spec, files = self._read(requests, context)
        body = b"".join(data for _, data in files)
        yield pb.HarmonizeResponse(progress=_progress(record_pb2.STAGE_STANDARDIZING, len(body), 0))
        self._misbehave(body, context)
        if b"!slow" in body:
            yield from _slow(body, context)
        yield from _answer(spec, files)

    def Inspect(self, requests, context):
        _, [(_, body)] = self._read(requests, context)
        self._misbehave(body, context)
        header = body.split(b"\n", 1)[0].decode().split(",")
        columns = [
            pb.InspectedColumn(position=i, header=h, key=h, field=h, reason="canonical name", value_count=2)
            for i, h in enumerate(header)
        ]
        columns[-1].date_shapes.append(pb.DateShape(shape="N/N/YYYY", day_first=3, decision="day first"))
        finding = pb.Finding(rule_id="MAP-5", severity=record_pb2.SEVERITY_ERROR, message="no column for birth_date")
        return pb.InspectResponse(
            encoding="utf-8",
            delimiter=",",
            compression="none",
            header=True,
            entity="patient",
            columns=columns,
            scores=[pb.EntityScore(entity="patient", score=7)],
            findings=[finding],
            records=body.count(b"\n") - 1,
        )

    def ListEntities(self, request, context):
        field = pb.FieldInfo(name="patient_id", type="id", required=True, aliases=["pid"])
        return pb.ListEntitiesResponse(entities=[pb.EntityInfo(name="patient", fields=[field])])

    def GetEntity(self, request, context):
        if request.name != "patient":
            context.abort_with_status(_status(grpc.StatusCode.NOT_FOUND, "no such entity", "ENTITY_NOT_FOUND"))
        fields = [pb.FieldInfo(name="patient_id"), pb.FieldInfo(name="birth_date")]
        return pb.GetEntityResponse(entity=pb.EntityInfo(name="patient", fields=fields))

    def ListRules(self, request, context):
        return pb.ListRulesResponse(
            rules=[pb.RuleInfo(id="STD-DATE-3", title="day or month first", stage="standardize")]
        )

    def _read(self, requests, context):
        spec = next(requests).spec
        self.specs.append(spec)
        files = [(pb.NextFile(file_name=spec.file_name, size_bytes=spec.size_bytes), bytearray())]
        self.files.append([files[0][0]])
        for request in requests:
            self.gate.wait(60)
            if isinstance(request, pb.HarmonizeRequest) and request.HasField("next_file"):
                files.append((request.next_file, bytearray()))
                self.files[-1].append(request.next_file)
            files[-1][1].extend(request.chunk)
            self.received += len(request.chunk)
            if b"!early" in request.chunk:
                context.abort_with_status(_status(grpc.StatusCode.INVALID_ARGUMENT, "not text", "NOT_TEXT", line="1"))
        return spec, [(file, bytes(body)) for file, body in files]

    def _misbehave(self, body, context):
        code = grpc.StatusCode
        if b"!refuse" in body:
            message = "line 2 (byte 10): quote is never closed; close it or set delimiter"
            context.abort_with_status(_status(code.INVALID_ARGUMENT, message, "UNCLOSED_QUOTE", line="2", byte="10"))
        if b"!bound" in body:
            message = "more than 20000 columns (HARMONIZERD_MAX_COLUMNS)"
            status = _status(code.RESOURCE_EXHAUSTED, message, "TOO_MANY_COLUMNS", setting="HARMONIZERD_MAX_COLUMNS")
            context.abort_with_status(status)
        if b"!internal" in body:
            print("rule DQ-6 does not hold", file=sys.stderr, flush=True)
            context.abort_with_status(_status(code.INTERNAL, "internal error", "INTERNAL"))
        if b"!later" in body:
            context.abort_with_status(
                _status(
                    code.UNIMPLEMENTED,
                    "the file looks like JSON, which a later release reads",
                    "FORMAT_NOT_IMPLEMENTED",
                )
            )
        if b"!field" in body:
            violation = error_details_pb2.BadRequest.FieldViolation(field="spec.options.as_of", description="pattern")
            bad = error_details_pb2.BadRequest(field_violations=[violation])
            context.abort_with_status(_status(code.INVALID_ARGUMENT, "invalid spec", "INVALID_REQUEST", bad))


def _slow(body, context) -> Iterator[pb.HarmonizeResponse]:
    end = time.monotonic() + 60
    while time.monotonic() < end and context.is_active():
        yield pb.HarmonizeResponse(progress=_progress(record_pb2.STAGE_STANDARDIZING, len(body), 1))
        yield pb.HarmonizeResponse(artifact=pb.ArtifactChunk(kind=pb.ARTIFACT_KIND_CLEAN, name="clean.part", data=b""))
        time.sleep(0.05)


def _answer(spec: pb.HarmonizeSpec, files: list[tuple[pb.NextFile, bytes]]) -> Iterator[pb.HarmonizeResponse]:
    seen: set[tuple[str, ...]] = set()
    body, done = b"".join(data for _, data in files), [_one(data, seen) for _, data in files]
    for position, (one, (_, data)) in enumerate(zip(done, files, strict=True)):
        if spec.records:
            yield from _batches("patient", one.header, one.rows, position)
            if b"!mixed" in data:
                yield from _batches("vital", ["value"], [["1"]], position)
    made = _artifacts(spec, files, done)
    for kind, name, content in made:
        for start in range(0, len(content), PIECE):
            yield pb.HarmonizeResponse(
                artifact=pb.ArtifactChunk(kind=kind, name=name, offset=start, data=content[start : start + PIECE])
            )
            if b"!die" in body:
                time.sleep(0.2)
                os.kill(os.getpid(), signal.SIGKILL)
    for position, (_, data) in enumerate(files):
        if b"!amend" in data:
            first = record_pb2.Amendment(
                entity="patient", record_no=1, collision_group="g1", record_status="error", file=position
            )
            second = record_pb2.Amendment(entity="patient", record_no=2, removed=True, file=position)
            yield pb.HarmonizeResponse(amendments=pb.AmendmentList(amendments=[first, second]))
    if b"!nosummary" not in body:
        yield _summary(files, done, made)


@dataclass
class _Done:
    """What became of one file."""

    header: list[str]
    rows: list[list[str]]
    accounting: record_pb2.Accounting


def _one(body: bytes, seen: set[tuple[str, ...]]) -> _Done:
    rows = list(csv.reader(StringIO(body.decode())))
    header, records = [*rows[0], "record_no", "record_status"], [r for r in rows[1:] if r]
    kept: list[list[str]] = []
    for number, row in enumerate(records, 1):
        if tuple(row) not in seen:
            seen.add(tuple(row))
            kept.append([*row, str(number), "ok"])
    accounting = record_pb2.Accounting(
        read=len(records), written=len(kept), duplicates=len(records) - len(kept), quarantined=0, routed=0, created=0
    )
    return _Done(header, kept, accounting)


def _sum(done: list[_Done]) -> record_pb2.Accounting:
    total = record_pb2.Accounting()
    for field in total.DESCRIPTOR.fields:
        setattr(total, field.name, sum(getattr(one.accounting, field.name) for one in done))
    return total


def _artifacts(spec, files, done) -> list[tuple[int, str, bytes]]:
    suffix = "ndjson" if spec.output_format == 2 else "csv"
    counts = {field.name: getattr(_sum(done), field.name) for field in record_pb2.Accounting.DESCRIPTOR.fields}
    rules = [{"rule_id": "STD-DATE-3", "field": "birth_date", "errors": 0, "warnings": 3}]
    report = {"entity": "patient", "accounting": counts, "columns": [], "rules": rules, "score": "90.0"}
    if spec.options.match:
        report["matching"] = {"matches": 3, "reviews": 1, "clusters": 2, "compared_pairs": 1234, "model": "fixed"}
    places = (
        ["clean"] if len(files) == 1 else ["clean.patient", *(f"clean.patient.{n + 1}" for n in range(1, len(files)))]
    )
    wanted = {
        pb.ARTIFACT_KIND_CLEAN: [(f"{p}.{suffix}", _clean(one, suffix)) for p, one in zip(places, done, strict=True)],
        pb.ARTIFACT_KIND_QUARANTINE: [("quarantine.csv", b"record_no,rule_id,message,raw_line\n")],
        pb.ARTIFACT_KIND_ISSUES: [("issues.ndjson", b"")],
        pb.ARTIFACT_KIND_REPORT: [("report.json", json.dumps(report).encode())],
        pb.ARTIFACT_KIND_MANIFEST: [("manifest.json", b"{}")],
        pb.ARTIFACT_KIND_OPERATION_OUTCOME: [("operation-outcome.json", b'{"resourceType": "OperationOutcome"}')],
        pb.ARTIFACT_KIND_LINEAGE: [("lineage.ndjson", b"")],
        pb.ARTIFACT_KIND_MATCHES: [("matches.ndjson", b"")],
        pb.ARTIFACT_KIND_REVIEW: [("review.csv", b"pair\n")],
    }
    body = b"".join(data for _, data in files)
    if b"!mixed" in body:
        wanted[pb.ARTIFACT_KIND_CLEAN].append((f"clean.vital.{suffix}", b"value\n1\n"))
    if b"!escape" in body:
        wanted[pb.ARTIFACT_KIND_CLEAN].append(("../escaped.csv", b"x"))
    return [(kind, name, content) for kind in spec.artifacts for name, content in wanted[kind]]


def _clean(one: _Done, suffix: str) -> bytes:
    clean = StringIO()
    if suffix == "csv":
        csv.writer(clean, lineterminator="\n").writerows([one.header, *one.rows])
    else:
        clean.writelines(json.dumps(dict(zip(one.header, row, strict=True))) + "\n" for row in one.rows)
    return clean.getvalue().encode()


def _batches(entity, fields, rows, file) -> Iterator[pb.HarmonizeResponse]:
    yield pb.HarmonizeResponse(schema=record_pb2.Schema(entity=entity, fields=fields, file=file))
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        columns = [
            record_pb2.Column(values=values, null_rows=[i for i, v in enumerate(values) if v == ""])
            for values in zip(*part, strict=True)
        ]
        batch = record_pb2.RecordBatch(entity=entity, columns=columns, record_count=len(part), file=file)
        yield pb.HarmonizeResponse(records=batch)


def _summary(files, done, made) -> pb.HarmonizeResponse:
    body = b"".join(data for _, data in files)
    damage = b"!" if b"!damage" in body else b""
    artifacts = [
        pb.ArtifactSummary(kind=k, name=n, size_bytes=len(c), sha256=hashlib.sha256(c + damage).hexdigest())
        for k, n, c in made
    ]
    return pb.HarmonizeResponse(
        summary=pb.HarmonizeSummary(
            entity="patient",
            accounting=_sum(done),
            warnings=3,
            score="90.0",
            artifacts=artifacts,
            elapsed_ms=5,
            input_sha256=hashlib.sha256(files[0][1]).hexdigest(),
            input_bytes=len(body),
            version="fake",
            files=[
                pb.FileSummary(
                    file_name=file.file_name,
                    entity="patient",
                    accounting=one.accounting,
                    input_sha256=hashlib.sha256(data).hexdigest(),
                    input_bytes=len(data),
                )
                for (file, data), one in zip(files, done, strict=True)
            ],
        )
    )


def _progress(stage: int, size: int, done: int) -> record_pb2.Progress:
    return record_pb2.Progress(
        stage=stage,
        bytes_received=size,
        bytes_total=size,
        records_read=2,
        records_done=done,
        percent=50,
        elapsed_ms=100,
    )


def _status(code, message, reason, *details, **metadata):
    info = error_details_pb2.ErrorInfo(domain="harmonizer", reason=reason, metadata=metadata)
    rich = status_pb2.Status(code=code.value[0], message=message)
    for detail in (info, *details):
        packed = AnyMessage()
        packed.Pack(detail)
        rich.details.append(packed)

    class _Status(grpc.Status):
        pass

    status = _Status()
    status.code, status.details = code, message
    status.trailing_metadata = (("grpc-status-details-bin", rich.SerializeToString()),)
    return status


def serve(address: str = "127.0.0.1:0") -> tuple[grpc.Server, int, Engine]:
    """Start a server; return it with its port and service."""
    engine = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(8))
    pb_grpc.add_HarmonizerServiceServicer_to_server(engine, server)
    port = server.add_insecure_port(address)
    server.start()
    return server, port, engine


def main() -> None:
    """Do what bin/harmonizerd does at start and end: print where it listens, go when told or when the parent goes."""
    if os.environ.get("FAKE_ENGINE_FAILS"):
        print("cannot make the scratch directory", file=sys.stderr)
        sys.exit(1)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    server, port, _ = serve(os.environ["HARMONIZERD_LISTEN"])
    if path := os.environ.get("FAKE_ENGINE_PID_FILE"):
        with open(path, "w") as file:
            file.write(str(os.getpid()))
    print(json.dumps({"event": "listening", "grpc": f"127.0.0.1:{port}", "http": "127.0.0.1:1"}), flush=True)
    if "--exit-with-parent" in sys.argv:
        threading.Thread(target=lambda: (sys.stdin.buffer.raw.read(), stop.set()), daemon=True).start()
    stop.wait()
    server.stop(0.2).wait()


if __name__ == "__main__":
    main()
