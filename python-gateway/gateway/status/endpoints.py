"""REST of health, version and metrics."""

import asyncio
import logging
from collections.abc import Awaitable

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from gateway import version
from gateway.answers import Json
from gateway.errors import GatewayError, Unavailable

log = logging.getLogger("gateway.status")

router = APIRouter(tags=["status"])

ANSWER_SECONDS = 5.0


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return Json({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The gateway takes requests: its database and its blob store answer, it is not draining.

    Jobs wait for a harmonizer themselves.
    """
    checks = await _checks(request)
    if checks["gateway"] == "draining":
        raise Unavailable("the gateway is stopping", "DRAINING")
    if checks["database"] != "ok":
        raise Unavailable("the database does not answer", "DATABASE")
    if checks["storage"] != "ok":
        raise Unavailable("the blob store does not answer", "STORAGE")
    if checks["workers"] != "ok":
        raise Unavailable(checks["workers"], "WORKERS_STUCK")
    return Json({"status": "ok", "checks": checks})


@router.get("/api/v1/health")
async def health(request: Request) -> Response:
    """Every part: "ok", or "degraded" where one does not answer. Always 200."""
    checks = await _checks(request)
    return Json({"status": "ok" if set(checks.values()) == {"ok"} else "degraded", "checks": checks})


@router.get("/api/v1/version")
async def get_version() -> Response:
    """Version of the gateway and name of the contract."""
    return Json({"version": version(), "contract": "harmonizer.v1"})


@router.get("/metrics", include_in_schema=False)
@router.get("/api/v1/metrics")
async def metrics(request: Request) -> Response:
    """Metrics in Prometheus' text format."""
    return Response(request.app.state.gateway.metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _checks(request: Request) -> dict[str, str]:
    gateway = request.app.state.gateway
    database, storage, workers, harmonizer = await asyncio.gather(
        _answers("database", gateway.db.ping()),
        _answers("blob store", gateway.blobs.ping()),
        gateway.consumer.stuck(),
        gateway.engine.serving(),
    )
    return {
        "gateway": "draining" if gateway.draining else "ok",
        "database": database,
        "storage": storage,
        "workers": workers or "ok",
        "harmonizer": "ok" if harmonizer else "unavailable",
    }


async def _answers(name: str, ping: Awaitable[None]) -> str:
    """What does not answer soon answers too late for whoever asks here."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await ping
    except (GatewayError, TimeoutError) as error:
        log.warning("%s does not answer", name, extra={"reason": getattr(error, "reason", "TIMEOUT")})
        return "unavailable"
    return "ok"
