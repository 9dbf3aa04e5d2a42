"""Metrics: counts and times under constant labels. A label is a route, a method, a status or a word of ours."""

import asyncio
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from harmonizer.v1.harmonizer_service_pb2 import HarmonizeSummary

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """The instruments of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gateway_http_requests_total", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "gateway_http_request_seconds",
            "Time from the first byte asked to the last byte answered.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.uploaded_bytes = Counter("gateway_uploaded_bytes_total", "Bytes taken in.", registry=self.registry)
        self.jobs = Counter("gateway_jobs_total", "Jobs that ended.", ("status", "code"), registry=self.registry)
        self.job_seconds = Histogram(
            "gateway_job_seconds",
            "Time from the start of a job's last attempt.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.attempts = Counter("gateway_job_attempts_total", "Attempts that began.", registry=self.registry)
        self.records = Counter("gateway_records_total", "Records of completed jobs.", ("fate",), registry=self.registry)
        self.removed = Counter(
            "gateway_upkeep_removed_total", "Things that upkeep removed.", ("kind",), registry=self.registry
        )
        self.clock_jumps = Counter(
            "gateway_clock_jumps_total", "Times the clock was set by more than a minute.", registry=self.registry
        )
        self.queued = Gauge("gateway_jobs_queued", "Jobs that wait.", registry=self.registry)
        self.running = Gauge("gateway_jobs_running", "Jobs that are worked on.", registry=self.registry)
        self.tasks = Gauge("gateway_tasks", "Tasks of the event loop.", registry=self.registry)
        self.tasks.set_function(_tasks)

    def ended(
        self, status: str, code: str, start: datetime | None, end: datetime | None, summary: HarmonizeSummary | None
    ) -> None:
        """A job has ended."""
        self.jobs.labels(status, code).inc()
        if start and end:  # A clock that was set back must not make a time negative.
            self.job_seconds.observe(max(0.0, (end - start).total_seconds()))
        if summary is not None:
            for fate, count in summary.accounting.ListFields():
                self.records.labels(fate.name).inc(count)

    def render(self) -> bytes:
        """The instruments in Prometheus' text format."""
        return generate_latest(self.registry)


def _tasks() -> int:
    """Of the loop in which the metrics are read; 0 outside of one."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0
