"""The API's description of itself."""

from __future__ import annotations

import asyncio

import orjson
from fastapi import APIRouter, FastAPI
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from uptime import schema
from uptime.web.auth import routes, scope
from uptime.web.guard import Guarded

router = APIRouter(route_class=Guarded, include_in_schema=False)


@router.get("/openapi.json")
@scope("read")
async def openapi(request: Request) -> Response:
    """The description of this API."""
    app = request.app
    cached = getattr(app.state, "openapi", None)
    if cached is None:
        # Made once and beside the loop: it takes longer than anything may hold that.
        cached = app.state.openapi = await asyncio.to_thread(_description, app)
    return Response(cached, media_type="application/json")


def _description(app: FastAPI) -> bytes:
    described = app.openapi()
    models = [
        each
        for each in vars(schema).values()
        if isinstance(each, type) and issubclass(each, schema.Wire) and each is not schema.Wire
    ]
    _, defined = models_json_schema(
        [(model, "serialization") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, definition in defined["$defs"].items():
        schemas.setdefault(name, definition)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods, needs in routes(app):
        for method in methods:
            operation = described["paths"].get(path, {}).get(method.lower())
            if operation is not None and needs is not None:
                operation["x-scope"] = needs.scope
                operation["security"] = [{"token": []}]
    return orjson.dumps(described)
