"""REST of the rule book."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from gateway import contract
from gateway.answers import Json
from gateway.engine import Engine
from gateway.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


async def engine(request: Request) -> Engine:
    """The gateway's client of the harmonizer."""
    return request.app.state.gateway.engine  # type: ignore[no-any-return]


Harmonizer = Annotated[Engine, Depends(engine)]


@router.get("/entities")
async def list_entities(harmonizer: Harmonizer) -> Response:
    """Every entity with its fields, aliases and rules."""
    return Json({"entities": [contract.render(entity) for entity in await harmonizer.entities()]})


@router.get("/entities/{name}")
async def get_entity(harmonizer: Harmonizer, name: str) -> Response:
    """One entity."""
    for entity in await harmonizer.entities():
        if entity.name == name:
            return Json(contract.render(entity))
    raise NotFound("no entity has this name", "UNKNOWN_ENTITY")


@router.get("/rules")
async def list_rules(harmonizer: Harmonizer) -> Response:
    """Every rule that the harmonizer runs on."""
    return Json({"rules": [contract.render(rule) for rule in await harmonizer.rules()]})
