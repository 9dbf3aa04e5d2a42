"""Bodies: a multipart form read as it arrives, so that the files in it are written once; plain bodies; JSON."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from gateway.errors import ValidationFailed, safe_name

MAX_FIELDS_BYTES = 2 * 1024 * 1024
MAX_JSON_BYTES = 4 * 1024 * 1024

T = TypeVar("T")
TakeFile = Callable[[str, AsyncIterator[bytes]], Awaitable[T]]


@dataclass
class Form(Generic[T]):
    """Text fields, and what became of each file, in the order in which they came: one at least."""

    fields: dict[str, str]
    files: list[T]


_HEADERS_END, _DATA, _PART_END, _END = range(4)


class _Reader:
    """Turns the parser's callbacks into events, which the form then takes one by one."""

    def __init__(self, request: Request) -> None:
        _, parameters = parse_options_header(request.headers.get("content-type", ""))
        boundary = parameters.get(b"boundary")
        if not boundary:
            raise _refuse("the multipart body has no boundary")
        self._stream = request.stream()
        self._events: list[tuple[int, bytes]] = []
        self._header, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": lambda: self._events.append((_HEADERS_END, self._disposition)),
                "on_part_data": lambda data, start, end: self._events.append((_DATA, data[start:end])),
                "on_part_end": lambda: self._events.append((_PART_END, b"")),
                "on_end": lambda: self._events.append((_END, b"")),
            },
        )

    def _begin(self) -> None:
        self._disposition = b""

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    async def events(self) -> AsyncIterator[tuple[int, bytes]]:
        """Events in order; the last is _END, without which the body was cut short."""
        async for data in self._stream:
            if not data:
                continue
            try:
                self._parser.write(data)
            except MultipartParseError:
                raise _refuse("the multipart body is malformed") from None
            events, self._events = self._events, []
            for event in events:
                yield event
        raise _refuse("the multipart body ends too early")


async def read_form(
    request: Request, allowed: set[str], take_file: TakeFile[T], most: int = 1, fields: dict[str, str] | None = None
) -> Form[T]:
    """Reads the form; each part "file" goes to take_file as it arrives, wherever it stands among the fields.

    The caller's `fields` get the text fields as they come, so that take_file can look at those before the file.
    Raises ValidationFailed for a malformed body, a field that is not allowed, no file, and more than `most` files.
    """
    fields = {} if fields is None else fields
    files, length = list[T](), 0
    events = _Reader(request).events()
    async for kind, data in events:
        if kind == _END:
            break
        if kind != _HEADERS_END:
            continue
        name, file_name = _names(data)
        if name == "file":
            if len(files) == most:
                raise _wrong_file(f"more than {most}" if most > 1 else "is given twice", "TOO_MANY_FILES")
            files.append(await take_file(file_name, _part_data(events)))
        elif name in allowed and name not in fields:
            value = b"".join([piece async for piece in _part_data(events, MAX_FIELDS_BYTES - length)])
            length += len(value)
            fields[name] = _text(value, name)
        else:
            field_error = {"field": safe_name(name), "message": "is not a field of this form, or stands there twice"}
            raise ValidationFailed("the form has a field that is not known, or twice", "UNKNOWN_FIELD", [field_error])
    if not files:
        raise _wrong_file("is missing", "NO_FILE")
    return Form(fields, files)


def _wrong_file(message: str, reason: str) -> ValidationFailed:
    return ValidationFailed(f"file {message}", reason, [{"field": "file", "message": message}])


async def _part_data(events: AsyncIterator[tuple[int, bytes]], limit: int | None = None) -> AsyncIterator[bytes]:
    async for kind, data in events:
        if kind == _PART_END:
            return
        if limit is not None and (limit := limit - len(data)) < 0:
            raise ValidationFailed(f"the form's fields are longer than {MAX_FIELDS_BYTES} bytes", "FORM_TOO_LARGE")
        yield data


def _names(disposition: bytes) -> tuple[str, str]:
    _, parameters = parse_options_header(disposition)
    name, file_name = parameters.get(b"name", b""), parameters.get(b"filename", b"")
    return name.decode("utf-8", "replace"), file_name.decode("utf-8", "replace")


def _text(value: bytes, name: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        error = {"field": name, "message": "must be UTF-8"}
        raise ValidationFailed(f"{name} must be UTF-8", "INVALID_FIELD", [error]) from None


async def read_json(request: Request, allowed: set[str]) -> dict[str, Any]:
    """The body as a JSON object whose keys are all allowed. Raises ValidationFailed."""
    body = bytearray()
    async for data in request.stream():
        body += data
        if len(body) > MAX_JSON_BYTES:
            raise ValidationFailed(f"the JSON body is longer than {MAX_JSON_BYTES} bytes", "BODY_TOO_LARGE")
    try:
        given = orjson.loads(bytes(body))
    except orjson.JSONDecodeError:
        raise ValidationFailed("the body must be a JSON object", "INVALID_JSON") from None
    if not isinstance(given, dict):
        raise ValidationFailed("the body must be a JSON object", "INVALID_JSON")
    if unknown := [key for key in given if key not in allowed]:
        errors = [{"field": safe_name(key), "message": "is not known"} for key in unknown]
        raise ValidationFailed("the body has a field that is not known", "UNKNOWN_FIELD", errors)
    return given


def media_type(request: Request) -> str:
    """The body's media type, lower case, without parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def announced_bytes(request: Request) -> int:
    """Content-Length. 0: not said."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _refuse(detail: str) -> ValidationFailed:
    return ValidationFailed(detail, "INVALID_MULTIPART")
