"""What a job may be asked for over REST, from form fields, JSON or a query alike."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from gateway import contract, options
from gateway.errors import NotImplementedYet, ValidationFailed
from gateway.jobs.service import Request
from harmonizer.v1.options_pb2 import Operation, Options, OutputFormat
from harmonizer_mapping import MappingError, read

FIELDS = {"operation", "options", "mapping", "entity", "format", "output_format"}
# As CreateJobRequest.upload_ids of the contract.
MOST_FILES = 100
# Formats of later releases are told apart from words that mean nothing.
LATER_FORMATS = {"json", "parquet"}


def parse(given: dict[str, Any], key: str = "") -> Request:
    """The request. options is JSON text or an object; mapping is a mapping file's text, or an object of the same, that
    options and entity win over; entity and format are shorthands.

    Raises ValidationFailed; NotImplementedYet for what a later release brings.
    """
    return Request(_operation(given), _options(given), _format(given), key)


async def parse_aside(given: dict[str, Any], key: str = "") -> Request:
    """As parse, without keeping others waiting while a long mapping is read."""
    return await asyncio.to_thread(parse, given, key) if given.get("mapping") else parse(given, key)


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
    return _with_mapping(given, parsed, options.names(raw))


def _with_mapping(given: dict[str, Any], parsed: Options, explicit: set[str]) -> Options:
    raw = given.get("mapping")
    text = orjson.dumps(raw) if isinstance(raw, dict) else _text(given, "mapping")
    if not text:
        return parsed
    try:
        return read(text).to_options(parsed, explicit)
    except MappingError as error:  # Its words and headers are the sender's and stay out of the answer.
        message = error.located
        raise ValidationFailed(
            f"mapping {message}", "INVALID_MAPPING", [{"field": "mapping", "message": message}]
        ) from None


def _text(given: dict[str, Any], field: str) -> str:
    value = given.get(field)
    if value is not None and not isinstance(value, str):
        raise _invalid(field, "must be a text")
    return str(value or "")


def upload_id(given: dict[str, Any]) -> str:
    """The one upload that a JSON request names. Raises ValidationFailed."""
    if not (one := _text(given, "upload_id")):
        raise _invalid("upload_id", "is missing")
    return one


def upload_ids(given: dict[str, Any]) -> list[str]:
    """The uploads that a JSON request names, as upload_id or as upload_ids, in their order. Raises ValidationFailed."""
    if given.get("upload_ids") is None:
        return [upload_id(given)]
    if given.get("upload_id") is not None:
        raise _invalid("upload_id", "is given beside upload_ids")
    several = given["upload_ids"]
    if not isinstance(several, list) or not all(isinstance(i, str) for i in several):
        raise _invalid("upload_ids", "must be a list of ids")
    return check_ids(several)


def check_ids(ids: Sequence[str]) -> list[str]:
    """The ids, where a job can read them together. Raises ValidationFailed."""
    if not 1 <= len(ids) <= MOST_FILES:
        raise _invalid("upload_ids", f"must have 1 to {MOST_FILES} ids")
    if len(set(ids)) < len(ids):
        raise _invalid("upload_ids", "names an upload twice")
    return list(ids)


def _invalid(field: str, message: str) -> ValidationFailed:
    return ValidationFailed(f"{field} {message}", "INVALID_FIELD", [{"field": field, "message": message}])
