"""Failpoints: named places between two steps where a test lets this very process die, fail or stand still.

Nothing happens at them unless the process was started with HARMONIZER_FAILPOINTS, a list of point=action such as
`accept.row=crash,publish.bytes=enospc@2`. Actions: crash (SIGKILL, no clean-up), enospc (the error of a full disk),
stall:SECONDS (the whole process stands still). @N means the Nth time only; without it, each time.
"""

import ctypes
import errno
import logging
import os
import re
import signal
from dataclasses import dataclass
from typing import Final

from gateway.settings import PREFIX, SettingsError

log = logging.getLogger("gateway.failpoints")

VARIABLE: Final = f"{PREFIX}FAILPOINTS"

POINTS: Final = {
    "accept.bytes": "The bytes that came with a job are safe; no row names them.",
    "accept.row": "The job is written and enqueued; its transaction is not committed.",
    "accept.committed": "The job is committed; no dispatcher of this process knows of it.",
    "accept.dispatched": "The dispatcher has the job; the client has no answer.",
    "event.row": "A job's row is changed; the event that tells of it is not written.",
    "claim.taken": "A worker has taken the job; nothing says so.",
    "claim.row": "The new attempt is written; its transaction is not committed.",
    "claim.committed": "The new attempt is committed; no stream is open.",
    "publish.bytes": "The first artifact of the attempt is safe; the others may not be.",
    "publish.synced": "All artifacts are safe; no row names them.",
    "publish.row": "Artifacts and end of the job are written; their transaction is not committed.",
    "publish.committed": "The job has ended with its artifacts; no watcher is told.",
    "publish.cleaned": "The attempt is over and cleaned up; its dispatcher does not know.",
    "cancel.row": "The wish to cancel is written; its transaction is not committed.",
    "cancel.committed": "The wish to cancel is committed; no runner is told.",
    "cancel.stopped": "The stream of a cancelled job has ended; the job has not.",
    "cancel.ended": "The job is cancelled; the bytes of its attempt are still there.",
    "retry.row": "The retry is written and enqueued; its transaction is not committed.",
    "retry.committed": "The retry is committed; no dispatcher of this process knows of it.",
    "delete.row": "The rows of a job are removed; the transaction is not committed.",
    "delete.committed": "The rows of a job are gone; its bytes are still there.",
    "delete.blobs": "Half of the bytes of a removed job are gone.",
    "delete.done": "Rows and bytes of a job are gone; the client has no answer.",
    "upload.bytes": "The bytes of a part are safe; no row names them.",
    "upload.part": "The row of a part is written; its transaction is not committed.",
    "upload.complete": "The last part of an upload is committed; the client has no answer.",
}
"""What has and has not happened where."""

_ACTION: Final = re.compile(r"(crash|enospc|stall:(?P<seconds>\d+(\.\d+)?))(@(?P<nth>[1-9]\d*))?")


@dataclass
class _Armed:
    action: str
    seconds: float
    nth: int
    """0: each time."""
    hits: int = 0


_armed: dict[str, _Armed] = {}


def hit(name: str) -> None:
    """Does what the point is armed with. A process that stands still does so as a whole, on purpose."""
    if _armed:
        _reach(name)


def arm(text: str) -> None:
    """Arms the points of HARMONIZER_FAILPOINTS; called once, at start. Raises SettingsError."""
    for word in filter(None, (word.strip() for word in text.split(","))):
        name, _, action = word.partition("=")
        found = _ACTION.fullmatch(action)
        if name not in POINTS or found is None:
            raise SettingsError(f"{VARIABLE}: must be a list of point=ACTION; ACTION: crash, enospc or stall:SECONDS")
        kind = action.partition("@")[0].partition(":")[0]
        _armed[name] = _Armed(kind, float(found["seconds"] or 0), int(found["nth"] or 0))
    if _armed:
        log.warning("failpoints armed", extra={"points": sorted(_armed)})


def _reach(name: str) -> None:
    if name not in POINTS:
        raise LookupError(f"no failpoint {name}")
    armed = _armed.get(name)
    if armed is None:
        return
    armed.hits += 1
    if armed.nth in (0, armed.hits):
        log.warning("failpoint hit", extra={"point": name, "action": armed.action})
        _act(armed)


def _act(armed: _Armed) -> None:
    match armed.action:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "enospc":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        case "stall":
            # Without letting go of the interpreter: no thread goes on.
            ctypes.PyDLL(None).poll(None, 0, int(armed.seconds * 1000))
