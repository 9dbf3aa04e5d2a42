"""The state machine of a job: every change of state that there is. Nothing else may move a job.

created ─► queued ─ begin ─► processing ─ complete ─► completed
            ▲ │ ▲               │ │ │ └─── fail ────► failed ────┐
            │ │ └── hand_back ──┘ │ └───── stop ──► cancelling   │
            │ └──── withdraw ─────┼──► cancelled ◄─ stopped ┘    │
            └──────── retry ──────┴─────────┴────────────────────┘
"""

from dataclasses import dataclass

QUEUED, PROCESSING, CANCELLING = "queued", "processing", "cancelling"
COMPLETED, FAILED, CANCELLED = "completed", "failed", "cancelled"
LIVE = (QUEUED, PROCESSING, CANCELLING)
ENDED = (COMPLETED, FAILED, CANCELLED)

CREATED = "created"
"""The event of a job's first row, which no transition makes."""


@dataclass(frozen=True)
class Transition:
    """A change of state and the event that tells of it. Fenced: only the attempt that has the job may make it."""

    event: str
    only_from: tuple[str, ...]
    to: str
    fenced: bool = False


BEGIN = Transition("started", (QUEUED, PROCESSING), PROCESSING)
"""A new attempt, also where the last one's process died."""
PROGRESS = Transition("progress", (PROCESSING,), PROCESSING, fenced=True)
COMPLETE = Transition("completed", (PROCESSING,), COMPLETED, fenced=True)
FAIL = Transition("failed", (PROCESSING,), FAILED, fenced=True)
EXHAUST = Transition("failed", (QUEUED, PROCESSING), FAILED)
"""So many attempts that another one would end like them."""
HAND_BACK = Transition("requeued", (PROCESSING,), QUEUED, fenced=True)
"""The process that works on it stops; another one shall begin."""
WITHDRAW = Transition("cancelled", (QUEUED,), CANCELLED)
STOP = Transition("cancelling", (PROCESSING,), CANCELLING)
STOPPED = Transition("cancelled", (CANCELLING,), CANCELLED)
RETRY = Transition("retried", (FAILED, CANCELLED), QUEUED)

TRANSITIONS = (BEGIN, PROGRESS, COMPLETE, FAIL, EXHAUST, HAND_BACK, WITHDRAW, STOP, STOPPED, RETRY)


def legal(before: str, event: str, after: str) -> bool:
    """Whether a log may say so."""
    return any(t.event == event and before in t.only_from and t.to == after for t in TRANSITIONS)
