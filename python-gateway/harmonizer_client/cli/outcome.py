"""Exit codes, and what is said on stderr where something went wrong."""

import signal
from types import FrameType

import click

from ..errors import (
    HarmonizerError,
    InputRefused,
    InternalError,
    InvalidOption,
    NotFound,
    ServiceUnavailable,
    Unimplemented,
)

DONE, FAILED, USAGE, REFUSED, UNAVAILABLE, INTERRUPTED, BROKEN_PIPE, TERMINATED = 0, 1, 2, 3, 4, 130, 141, 143
EXIT_CODES = """\
Exit codes: 0 done, even with quarantined rows; 1 failed for another reason; 2 wrong usage or an option the service
does not take; 3 an input was refused (the others are done); 4 service unavailable; 130 interrupted; 143 terminated."""

CODES: tuple[tuple[type[HarmonizerError], int], ...] = (
    (InvalidOption, USAGE),
    (Unimplemented, USAGE),
    (NotFound, USAGE),
    (InputRefused, REFUSED),
    (ServiceUnavailable, UNAVAILABLE),
)
# Refusals that may come of a dialect that was guessed wrong.
READ_OTHERWISE = {"UNCLOSED_QUOTE", "NO_HEADER", "BROKEN_HEADER", "TOO_MANY_COLUMNS", "RECORD_TOO_LONG"}
WORDS = {REFUSED: "refused", UNAVAILABLE: "service unavailable", USAGE: "not possible"}
# Where several inputs went wrong in several ways, the one that says most about the whole command.
GRAVITY = (UNAVAILABLE, USAGE, FAILED, REFUSED, DONE)


class Terminated(BaseException):
    """SIGTERM or SIGHUP came; like KeyboardInterrupt, it passes every handler on its way out."""


class ReaderGone(BaseException):
    """Whoever read our standard output has gone; click would make a failure of the OSError."""


def code_of(error: HarmonizerError) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code in CODES if isinstance(error, kind)), FAILED)


def gravest(codes: list[int]) -> int:
    """Return the exit code of a command whose parts ended with these."""
    return next((code for code in GRAVITY if code in codes), DONE)


def complain(error: HarmonizerError, about: str = "", last_words: str | None = None) -> None:
    """Say on stderr what went wrong, where, and what to do. ``last_words``: what a private harmonizer logged last."""
    word = WORDS.get(code_of(error), "failed")
    subject = f"{about}: " if about else ""
    reason = f" [{error.reason}]" if error.reason else ""
    click.echo(f"{subject}{word}: {error}{reason}", err=True)
    if hint := hint_for(error, last_words):
        click.echo(f"  {hint}", err=True)


def hint_for(error: HarmonizerError, last_words: str | None = None) -> str:
    """Return what may help, empty where the message says it all."""
    if last_words and isinstance(error, (ServiceUnavailable, InternalError)):
        return f"its log ends with: {last_words}"
    if isinstance(error, ServiceUnavailable) and not error.reason and last_words is None:
        return "is a harmonizer running there? Without --server, `harmonizer run` starts one of its own"
    if error.reason in READ_OTHERWISE:
        return "--set delimiter=, encoding=, header= or skip_rows= overrides how the file is read"
    return ""


def raise_on_termination() -> None:
    """Make SIGTERM and SIGHUP end the command the way Ctrl-C does, so that everything is put away."""

    def terminate(number: int, frame: FrameType | None) -> None:
        raise Terminated

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, terminate)
