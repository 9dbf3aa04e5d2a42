"""Sends a file to a gateway so that it arrives although connections break and the gateway restarts meanwhile.

A small one is one request, repeated under an idempotency key until it is answered. A larger one goes in pieces, by
tus 1.0: each is kept here until the gateway says that it is safe there, so that any source can be sent, once.
"""

import base64
import hashlib
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx

from .errors import ArtifactMismatch, Conflict, HarmonizerError, InternalError, ServiceUnavailable, SourceError
from .problem import check, unreachable
from .source import CHUNK_BYTES, Input

API = "/api/v1"
PIECE_BYTES = 16 * 1024 * 1024
"""How much is sent, and kept, at a time; what fits into one piece is sent in one request."""
RETRIES = 12
RETRY_SECONDS = 0.25
"""Pause before the first new try; each next one is twice as long, up to 5 s. Progress begins anew."""
MOST_RETRY_SECONDS = 5.0
FORGET_SECONDS = 2.0

TUS = {"Tus-Resumable": "1.0.0"}
# Another request of ours is still being ended there, or has brought more than we know.
_LOOK_AGAIN = {"OFFSET_MISMATCH", "UPLOAD_TAKEN_OVER", "UPLOAD_COMPLETE"}


class _Body:
    """Bytes as a body that can be sent again, in slices: measured, a large body in one goes at a third of the speed."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        """Yield slices."""
        for start in range(0, len(self._content), CHUNK_BYTES):
            yield self._content[start : start + CHUNK_BYTES]

    @property
    def length(self) -> dict[str, str]:
        """The header without which it would go in HTTP's chunks."""
        return {"Content-Length": str(len(self._content))}


class Line:
    """Requests to one gateway that are tried again where they do not get through."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http, self._base_url = http, base_url
        self._reached = False
        self._failures = 0

    def once(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One try. Errors: HarmonizerError."""
        try:
            response = self._http.request(method, API + path, **arguments)
        except httpx.TransportError as exc:
            self._reached = self._reached or not isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout)
            raise unreachable(self._base_url, exc) from exc
        self._reached = True
        return check(response)

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Tries until there is an answer; for what may be repeated."""
        while True:
            try:
                response = self.once(method, path, **arguments)
            except HarmonizerError as error:
                self.pause(error)
            else:
                self.progress()
                return response

    def progress(self) -> None:
        """Says that something got through."""
        self._failures = 0

    def pause(self, error: HarmonizerError) -> None:
        """Waits before the next try, or raises the error: no other try would help, or there were enough of them."""
        passing = isinstance(error, ServiceUnavailable) and error.code != "RATE_LIMIT_EXCEEDED"
        # A gateway that nobody has seen yet is not one that restarts.
        if not (passing or error.reason in _LOOK_AGAIN) or not self._reached or self._failures == RETRIES:
            raise error
        time.sleep(min(RETRY_SECONDS * 2**self._failures, MOST_RETRY_SECONDS))
        self._failures += 1


def send(line: Line, opened: Input, key: str = "") -> str:
    """Send the file, which is then closed; return the id of its upload.

    ``key``: an idempotency key, under which a repeated call goes on with, or answers with, the first one's upload.
    Errors: SourceError, LimitExceeded, ServiceUnavailable; ArtifactMismatch where other bytes arrived.
    """
    with opened:
        pieces = _pieces(opened.chunks())
        first, last = next(pieces)
        if last:
            return _send_small(line, opened, first, key)
        return _Large(line, opened, key).send(first, pieces)


def _send_small(line: Line, opened: Input, content: bytes, key: str) -> str:
    if opened.size_bytes not in (0, len(content)):
        raise _changed()
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    body = _Body(content)
    headers = {
        **body.length,
        "Content-Type": "application/octet-stream",
        "Content-Digest": f"sha-256=:{digest}:",
        "Idempotency-Key": key or uuid.uuid4().hex,
    }
    query = {"file_name": opened.file_name}
    return str(line.ask("POST", "/uploads", content=body, headers=headers, params=query).json()["id"])


class _Large:
    """One upload by tus."""

    def __init__(self, line: Line, opened: Input, key: str) -> None:
        self._line, self._key, self._size, self._name = line, key, opened.size_bytes, opened.file_name
        self._path = ""
        self._offset = 0
        """Bytes that are safe at the gateway."""
        self._before: int | None = None
        """Size of what the key made before, where that is complete."""

    def send(self, first: bytes, rest: Iterator[tuple[bytes, bool]]) -> str:
        """Send all pieces; return the upload's id."""
        self._create()
        try:
            return self._send(first, rest)
        except BaseException:
            if not self._key:  # Nobody can go on with it.
                with suppress(HarmonizerError, httpx.HTTPError):
                    self._line.once("DELETE", self._path, headers=TUS, timeout=FORGET_SECONDS)
            raise

    def _send(self, first: bytes, rest: Iterator[tuple[bytes, bool]]) -> str:
        sha, start = hashlib.sha256(first), len(first)
        self._bring(first, 0, None)
        for piece, last in rest:
            sha.update(piece)
            self._fits(start + len(piece), last)
            self._bring(piece, start, start + len(piece) if last else None)
            start += len(piece)
        return self._checked(start, sha.hexdigest())

    def _fits(self, end: int, last: bool) -> None:
        """Sees that so many bytes are not more, and at the end not fewer, than there have to be."""
        if self._size and (end > self._size or (last and end != self._size)):
            raise _changed()
        if self._before is not None and (end > self._before or (last and end != self._before)):
            raise _other("it has another size")

    def _create(self) -> None:
        length = {"Upload-Length": str(self._size)} if self._size else {"Upload-Defer-Length": "1"}
        name = base64.b64encode(self._name.encode()).decode()
        metadata = {"Upload-Metadata": f"filename {name}"} if name else {}
        key = {"Idempotency-Key": self._key or uuid.uuid4().hex}
        answer = self._line.ask("POST", "/uploads", headers={**TUS, **length, **metadata, **key})
        if "upload-offset" not in answer.headers:
            raise InternalError("what answers is no gateway that resumes uploads", reason="NO_GATEWAY")
        self._path = "/uploads/" + answer.headers["location"].rstrip("/").rpartition("/")[2]
        self._offset = int(answer.headers["upload-offset"])
        if self._key and self._offset:
            before = self._line.ask("GET", self._path).json()
            self._before = int(before["size_bytes"]) if before["complete"] else None

    def _bring(self, piece: bytes, start: int, size: int | None) -> None:
        """Returns when the piece is safe. size: that of the file, with its last piece."""
        while self._offset < start + len(piece):
            if self._offset < start:
                raise InternalError("the gateway has lost bytes that it had said were safe", reason="UPLOAD_LOST")
            try:
                answer = self._patch(piece[self._offset - start :], size)
            except HarmonizerError as error:
                self._line.pause(error)
                self._look()
            else:
                self._moved(int(answer.headers["upload-offset"]))
        if self._offset > start + len(piece) and size is not None:
            raise _other("there are more bytes than this file has")

    def _patch(self, content: bytes, size: int | None) -> httpx.Response:
        length = {} if size is None else {"Upload-Length": str(size)}
        body = _Body(content)
        kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(self._offset)}
        return self._line.once("PATCH", self._path, content=body, headers={**TUS, **kind, **length, **body.length})

    def _look(self) -> None:
        """Asks how far the upload came."""
        while True:
            try:
                answer = self._line.once("HEAD", self._path, headers=TUS)
            except HarmonizerError as error:
                self._line.pause(error)
            else:
                self._moved(int(answer.headers["upload-offset"]))
                return

    def _moved(self, offset: int) -> None:
        if offset > self._offset:
            self._line.progress()
        self._offset = offset

    def _checked(self, size: int, sha256: str) -> str:
        """The upload's id, once it has all bytes and these are ours."""
        upload = self._line.ask("GET", self._path).json()
        while not upload["complete"]:
            try:
                self._patch(b"", size)
            except HarmonizerError as error:
                self._line.pause(error)
            upload = self._line.ask("GET", self._path).json()
        if upload["sha256"] != sha256:
            if self._key:
                raise _other("it has other bytes")
            raise ArtifactMismatch("the file did not arrive as it was sent", reason="DIGEST_MISMATCH")
        return str(upload["id"])


def _pieces(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of PIECE_BYTES, the last one shorter, and whether each is the last; an empty one for no bytes."""
    buffer = bytearray()
    for chunk in chunks:
        # A piece leaves when a byte is known to follow it.
        while len(buffer) >= PIECE_BYTES:
            yield bytes(memoryview(buffer)[:PIECE_BYTES]), False
            del buffer[:PIECE_BYTES]
        buffer += chunk
    while len(buffer) > PIECE_BYTES:
        yield bytes(memoryview(buffer)[:PIECE_BYTES]), False
        del buffer[:PIECE_BYTES]
    yield bytes(buffer), True


def _changed() -> SourceError:
    return SourceError("the file has changed while it was sent", reason="SOURCE_CHANGED")


def _other(what: str) -> Conflict:
    message = f"this idempotency key made an upload before, and {what}"
    return Conflict(message, reason="IDEMPOTENCY_KEY_REUSED", code="IDEMPOTENCY_KEY_REUSED")
