"""What must be true when a round is over, whatever broke on the way. Each check says in words what is not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.chaos.ledger import Ledger, Row
from tests.chaos.oracle import Digests
from tests.chaos.watch import flaws
from tests.chaos.workload import Book

from gateway.jobs.states import CREATED, ENDED, QUEUED, legal


def check(ledger: Ledger, book: Book, oracle: dict[str, Digests]) -> list[str]:
    """Every broken promise, in words; none if all was kept."""
    jobs, events, artifacts, keys = ledger.jobs(), ledger.events(), ledger.artifacts(), ledger.keys()
    found = list(book.broken)
    found += _acknowledged(book, jobs, keys)
    for key, job_id in keys.items():
        if key in book.cases and job_id in jobs:
            found += _outcome(jobs[job_id], artifacts.get(job_id, []), oracle[book.cases[key].name], book, ledger)
    for job_id, job in jobs.items():
        found += [f"job {job_id}: {flaw}" for flaw in _log(job, events.get(job_id, []))]
    for job_id, traces in book.traces.items():
        if job_id in jobs:
            found += [f"job {job_id}: {flaw}" for flaw in flaws(traces, events.get(job_id, []))]
    return found + list(leaked(ledger))


def _acknowledged(book: Book, jobs: dict[str, Row], keys: dict[str, str]) -> Iterator[str]:
    for key, job_id in book.acknowledged.items():
        if job_id in book.removed:
            if job_id in jobs:
                yield f"job {job_id}: removed, and still there"
        elif job_id not in jobs:
            yield f"job {job_id}: acknowledged and lost"
        elif keys.get(key) != job_id:
            yield f"job {job_id}: its key makes another one"
    for job_id, job in jobs.items():
        if job_id not in keys.values():
            yield f"job {job_id}: nobody asked for it"
        if job["status"] not in ENDED:
            yield f"job {job_id}: still {job['status']}"


def _outcome(job: Row, artifacts: list[Row], wanted: Digests, book: Book, ledger: Ledger) -> Iterator[str]:
    where = f"job {job['id']}"
    if job["status"] != "completed":
        if artifacts:
            yield f"{where}: {job['status']}, and has artifacts"
        if job["status"] != "cancelled" or job["id"] not in book.cancelled:
            yield f"{where}: {job['status']} ({job['error_reason']})"
        return
    if {row["name"]: row["sha256"] for row in artifacts} != wanted:
        yield f"{where}: its artifacts are not those of the undisturbed run"
    for row in artifacts:
        if ledger.digest(row["blob_key"]) != row["sha256"]:
            yield f"{where}: the bytes of {row['name']} are not what its row says"


def _log(job: Row, events: list[Row]) -> Iterator[str]:
    """The log has no gap, tells of legal changes only, ends once a run, and agrees with the row."""
    if [event["id"] for event in events] != list(range(1, job["last_event_id"] + 1)):
        yield f"{len(events)} events, the last should be {job['last_event_id']}"
    if not events:
        return
    if (events[0]["type"], events[0]["status"]) != (CREATED, QUEUED):
        yield "the first event is not its creation"
    for before, after in pairwise(events):
        if not legal(before["status"], after["type"], after["status"]):
            yield f"{before['status']} became {after['status']} by {after['type']}"
        if after["attempt"] < before["attempt"]:
            yield f"attempt {after['attempt']} came after {before['attempt']}"
    if (events[-1]["status"], events[-1]["attempt"]) != (job["status"], job["attempt"]):
        yield f"the row says {job['status']}, the log {events[-1]['status']}"
    endings = sum(event["status"] in ENDED for event in events)
    if endings > 1 + sum(event["type"] == "retried" for event in events):
        yield f"it ended {endings} times"


_LEAKS = {
    "jobs without an event": "SELECT count(*) AS n FROM jobs WHERE id NOT IN (SELECT job_id FROM job_events)",
    "events without a job": "SELECT count(*) AS n FROM job_events WHERE job_id NOT IN (SELECT id FROM jobs)",
    "artifacts of a job that is not completed": (
        "SELECT count(*) AS n FROM artifacts WHERE job_id NOT IN (SELECT id FROM jobs WHERE status = 'completed')"
    ),
    "parts without an upload": "SELECT count(*) AS n FROM upload_parts WHERE upload_id NOT IN (SELECT id FROM uploads)",
    "uploads that came with a job that is gone": (
        "SELECT count(*) AS n FROM uploads WHERE with_job AND id NOT IN (SELECT upload_id FROM job_uploads)"
    ),
    "keys of what is gone": (
        "SELECT count(*) AS n FROM idempotency_keys WHERE resource_id NOT IN "
        "(SELECT id FROM jobs UNION SELECT id FROM uploads)"
    ),
    "complete uploads whose parts are not their bytes": (
        "SELECT count(*) AS n FROM uploads u WHERE complete AND size_bytes <> "
        "(SELECT coalesce(sum(p.size_bytes), 0) FROM upload_parts p WHERE p.upload_id = u.id)"
    ),
}
_QUEUE_LEAKS = {
    "queue rows of jobs that ended": (
        "SELECT count(*) AS n FROM procrastinate_jobs q JOIN jobs j ON j.id = q.args->>'job_id' "
        "WHERE q.status IN ('todo', 'doing') AND j.status IN ('completed', 'failed', 'cancelled')"
    ),
}


def leaked(ledger: Ledger) -> Iterator[str]:
    """Rows that nothing needs, and rows whose bytes are gone. Orphaned bytes are the sweep's, which has its time."""
    for what, query in (_LEAKS | (_QUEUE_LEAKS if ledger.is_postgres else {})).items():
        if n := ledger.rows(query)[0]["n"]:
            yield f"{n} {what}"
    named = ledger.named()
    if gone := named - ledger.store.keys():
        yield f"{len(gone)} blobs that rows name are gone"
