"""What a job may be asked for over REST, from form fields, JSON or a query alike."""

from typing import Any

from gateway import contract, options
from gateway.errors import NotImplementedYet, ValidationFailed
from gateway.jobs.service import Request
from harmonizer.v1.options_pb2 import Operation, Options, OutputFormat

FIELDS = {"operation", "options", "entity", "format", "output_format"}
# Formats of later releases are told apart from words that mean nothing.
LATER_FORMATS = {"json", "parquet"}


def parse(given: dict[str, Any], key: str = "") -> Request:
    """The request. options is JSON text or an object; entity and format are shorthands.

    Raises ValidationFailed; NotImplementedYet for what a later release brings.
    """
    return Request(_operation(given), _options(given), _format(given), key)


def _operation(given: dict[str, Any]) -> str:
    text = _text(given, "operation")
    contract.number(Operation.DESCRIPTOR, text, "operation")
    return _plain(text, "operation") or "harmonize"


def _format(given: dict[str, Any]) -> str:
    text = _text(given, "output_format") or _text(given, "format")
    if text.lower() in LATER_FORMATS:
        raise NotImplementedYet("this release writes csv and ndjson", "OUTPUT_FORMAT")
    contract.number(OutputFormat.DESCRIPTOR, text, "format")
    return _plain(text, "output_format") or "csv"


def _plain(text: str, enum: str) -> str:
    return text.lower().removeprefix(f"{enum}_")


def _options(given: dict[str, Any]) -> Options:
    raw = given.get("options")
    parsed = options.parse(raw) if isinstance(raw, str) else options.from_json(raw)
    if entity := _text(given, "entity"):
        if parsed.entity not in ("", entity):
            raise _invalid("entity", "differs from options.entity")
        parsed.entity = entity
        options.check(parsed, "options.")
    options.refuse_later(parsed)
    return parsed


def _text(given: dict[str, Any], field: str) -> str:
    value = given.get(field)
    if value is not None and not isinstance(value, str):
        raise _invalid(field, "must be a text")
    return str(value or "")


def upload_id(given: dict[str, Any]) -> str:
    """The one upload that a JSON request names. Raises ValidationFailed, NotImplementedYet."""
    several = given.get("upload_ids")
    if several is not None and (not isinstance(several, list) or not all(isinstance(i, str) for i in several)):
        raise _invalid("upload_ids", "must be a list of ids")
    ids = [i for i in (_text(given, "upload_id"), *(several or ())) if i]
    if len(ids) > 1:
        raise NotImplementedYet("one job takes one file in this release", "MULTIPLE_FILES")
    if not ids:
        raise _invalid("upload_id", "is missing")
    return str(ids[0])


def _invalid(field: str, message: str) -> ValidationFailed:
    return ValidationFailed(f"{field} {message}", "INVALID_FIELD", [{"field": field, "message": message}])
