"""Sends an upload in parts by tus 1.0, cutting some of them off on the way."""

from __future__ import annotations

import base64
import random
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.chaos.wishes import Wish
    from tests.chaos.workload import Client

VERSION = {"Tus-Resumable": "1.0.0"}
PIECE = 4096


class Cut(httpx.TransportError):
    """The client itself broke off."""


async def send(client: Client, wish: Wish, key: str, name: str, data: bytes) -> str:
    """Creates the upload and sends from wherever the gateway is; the upload's id."""
    rng = random.Random(f"tus {key}")
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    headers = {**VERSION, "Upload-Length": str(len(data)), "Upload-Metadata": metadata, "Idempotency-Key": key}
    made = await client.ask("POST", "/api/v1/uploads", wish, headers=headers, fine={201})
    path = httpx.URL(made.headers["location"]).path
    while (offset := await _offset(client, wish, path)) < len(data):
        length = min(len(data) - offset, max(1, rng.randrange(len(data) // 2 + 1)))
        sent = length if rng.random() < 0.6 else rng.randrange(length + 1)
        await _patch(client, wish, path, offset, data[offset : offset + length], sent)
    return path.rpartition("/")[2]


async def _offset(client: Client, wish: Wish, path: str) -> int:
    answer = await client.ask("HEAD", path, wish, headers=VERSION)
    return int(answer.headers["upload-offset"])


async def _patch(client: Client, wish: Wish, path: str, offset: int, data: bytes, sent: int) -> None:
    """One part, of which only so many bytes leave. Its loss is no reason to give up: the next look says where."""
    headers = {
        **VERSION,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(len(data)),
    }
    answer = await client.once("PATCH", path, None, headers=headers, content=_cut(data, sent))
    if answer is not None:
        # 409: a part whose answer was lost is there already.
        client.fits(answer, "PATCH", path, {204, 409})


async def _cut(data: bytes, sent: int) -> AsyncIterator[bytes]:
    for start in range(0, sent, PIECE):
        yield data[start : min(start + PIECE, sent)]
    if sent < len(data):
        raise Cut("the client broke off")
