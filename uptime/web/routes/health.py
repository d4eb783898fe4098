"""Is it alive, is it ready: for service managers and for whoever watches the watcher."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from uptime.web import answers
from uptime.web.auth import scope
from uptime.web.guard import Guarded, services

router = APIRouter(route_class=Guarded, include_in_schema=False)


@router.api_route("/healthz", methods=["GET", "HEAD"])
@scope("read")
async def healthz(request: Request) -> Response:
    """200 while the loop turns; what is wrong stands in the body."""
    return answers.json(services(request).health())


@router.api_route("/readyz", methods=["GET", "HEAD"])
@scope("read")
async def readyz(request: Request) -> Response:
    """200 once configuration is loaded, state recovered and probing runs."""
    ready = services(request).ready
    return answers.json({"ready": ready}, 200 if ready else 503)
