"""Idempotency keys: a repeated create answers with what the first one made."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gateway.db import Base, UtcDateTime
from gateway.errors import Conflict, IdempotencyKeyReused, ValidationFailed
from gateway.ids import now


class IdempotencyKey(Base):
    """Which request a key came with first, and what that made."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[str] = mapped_column(String(36), index=True)
    create_time: Mapped[datetime] = mapped_column(UtcDateTime)


def check(key: str) -> str:
    """The key, if it is one to 255 visible ASCII characters or empty. Raises ValidationFailed."""
    if len(key) > 255 or not all("!" <= c <= "~" or c == " " for c in key):
        raise ValidationFailed(
            "Idempotency-Key must be 1 to 255 visible ASCII characters",
            "INVALID_IDEMPOTENCY_KEY",
            [{"field": "Idempotency-Key", "message": "must be 1 to 255 visible ASCII characters"}],
        )
    return key


def fingerprint(*parts: str | bytes) -> str:
    """SHA-256 over the parts of a request that must be the same for a repetition."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def claim(session: Session, scope: str, key: str, print_: str, resource_id: str) -> str:
    """Ties the key to what the transaction makes; empty: go on and make it. Else the id of what the key made before.

    The insert waits for another transaction that has just claimed the key, so that only one of many makes anything.
    Raises IdempotencyKeyReused when the key came with another request.
    """
    if not key:
        return ""
    row = {"scope": scope, "key": key, "fingerprint": print_, "resource_id": resource_id, "create_time": now()}
    claimed = _insert(session).values(row).on_conflict_do_nothing().returning(IdempotencyKey.key)
    if session.scalar(claimed):
        return ""
    query = select(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Conflict("what this Idempotency-Key made is being deleted; repeat the request", "KEY_FREED")
    if found.fingerprint != print_:
        raise IdempotencyKeyReused("this Idempotency-Key was used for a different request")
    return found.resource_id


def _insert(session: Session) -> Any:
    """Each database has an insert of its own; PostgreSQL's takes a while to load."""
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(IdempotencyKey)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(IdempotencyKey)


def forget(session: Session, resource_id: str) -> None:
    """Frees the keys of what is removed."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.resource_id == resource_id))
