"""Streamed answers: what goes wrong before the first byte is a problem; what goes wrong later cuts the answer short."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TypeVar

from starlette.requests import ClientDisconnect

from gateway.errors import GatewayError
from gateway.http import BrokenStream

log = logging.getLogger("gateway")

T = TypeVar("T")


async def begun(pieces: AsyncGenerator[T, None]) -> AsyncIterator[T]:
    """The same pieces, the first of them already there. Raises what getting it raises."""
    try:
        first = [await anext(pieces)]
    except StopAsyncIteration:
        first = []
    return _rest(first, pieces)


async def _rest(first: list[T], pieces: AsyncGenerator[T, None]) -> AsyncIterator[T]:
    try:
        async with aclosing(pieces):
            for piece in first:
                yield piece
            async for piece in pieces:
                yield piece
    except GatewayError as error:
        log.warning("stream broke", extra={"code": error.code, "reason": error.reason})
        raise BrokenStream from None
    except ClientDisconnect:
        raise BrokenStream from None
