"""Page tokens: where the next page begins, and the query it belongs to. Opaque to callers, checked on return."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Any

import orjson

from gateway.errors import ValidationFailed


def encode(position: list[Any], query: str) -> str:
    """Token for a position within a query."""
    return base64.urlsafe_b64encode(orjson.dumps([_print(query), *position])).decode().rstrip("=")


def decode(token: str, query: str, *kinds: Callable[[Any], Any]) -> list[Any]:
    """Position of a token, each part through its kind; empty for an empty token.

    Raises ValidationFailed for a token of another query.
    """
    if not token:
        return []
    try:
        given = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if given[0] != _print(query):
            raise ValueError
        return [kind(part) for kind, part in zip(kinds, given[1:], strict=True)]
    except (binascii.Error, ValueError, TypeError, LookupError):
        raise _invalid() from None


def _print(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]


def _invalid() -> ValidationFailed:
    error = {"field": "page_token", "message": "must be the token of an answer to the same query"}
    return ValidationFailed("page_token is not of this query", "INVALID_PAGE_TOKEN", [error])
