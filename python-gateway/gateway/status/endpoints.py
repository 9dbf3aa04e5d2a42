"""REST of health, version and metrics."""

import logging

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from gateway import version
from gateway.answers import Json
from gateway.errors import GatewayError, Unavailable

log = logging.getLogger("gateway.status")

router = APIRouter(tags=["status"])


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
    checks = {"gateway": "draining" if gateway.draining else "ok", "database": "ok"}
    try:
        await gateway.db.ping()
    except GatewayError as error:
        log.warning("database does not answer", extra={"reason": error.reason})
        checks["database"] = "unavailable"
    try:
        await gateway.blobs.ping()
        checks["storage"] = "ok"
    except GatewayError as error:
        log.warning("blob store does not answer", extra={"reason": error.reason})
        checks["storage"] = "unavailable"
    checks["workers"] = await gateway.consumer.stuck() or "ok"
    checks["harmonizer"] = "ok" if await gateway.engine.serving() else "unavailable"
    return checks
