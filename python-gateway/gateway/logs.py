"""Logs: one JSON object a line, on standard error. A line never holds a value of an input, nor a query string."""

import contextvars
import logging
import sys
import time
import traceback
from functools import lru_cache
from types import TracebackType

import orjson

_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def request_id() -> str:
    """Id of the request that is being answered. Empty outside of one."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    """Names the request for the rest of this task."""
    _request_id.set(value)


class JsonFormatter(logging.Formatter):
    """Renders a record with its extras. Of an exception it takes type and places; its text may quote a value."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(int(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identifier := request_id():
            line["request_id"] = identifier
        line.update({k: v for k, v in vars(record).items() if k not in _PLAIN})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["at"] = _places(record.exc_info[2])
        return orjson.dumps(line, default=str).decode()


@lru_cache(maxsize=4)
def _time(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(seconds))


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-12:]]


def configure(level: str) -> None:
    """Sends every logger of the process through the one handler."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers, root.level = [handler], logging.getLevelName(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "grpc", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Its warnings quote bytes of the body; a malformed form is told by the problem.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    # They tell of every job and every connection.
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Uvicorn's access line holds the path with its query string; ours holds the route.
    logging.getLogger("uvicorn.access").disabled = True
