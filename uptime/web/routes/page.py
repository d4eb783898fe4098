"""The public routes; on every listener, and alone on `public_listen`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from uptime.web.auth import PUBLIC, scope
from uptime.web.gate import PAGE_POLICY
from uptime.web.guard import Guarded
from uptime.web.page import STATIC, Page
from uptime.web.problems import Refused

router = APIRouter(route_class=Guarded, include_in_schema=False)

_BRIEFLY = {"Cache-Control": "public, max-age=5"}
_READ = ["GET", "HEAD"]
Language = Annotated[str | None, Query(alias="lang", max_length=10)]


@router.api_route("/", methods=_READ)
@scope(PUBLIC)
async def page(request: Request, language: Language = None) -> Response:
    """The status page."""
    return Response(
        await _page(request).html(language),
        headers=_BRIEFLY | {"Content-Security-Policy": PAGE_POLICY},
        media_type="text/html; charset=utf-8",
    )


@router.api_route("/status.json", methods=_READ)
@scope(PUBLIC)
async def data(request: Request) -> Response:
    """Its data."""
    return Response(await _page(request).data(), headers=_BRIEFLY, media_type="application/json")


@router.api_route("/feed.atom", methods=_READ)
@scope(PUBLIC)
async def feed(request: Request, language: Language = None) -> Response:
    """Public outages, as a feed."""
    body = await _page(request).feed(language)
    return Response(body, headers=_BRIEFLY, media_type="application/atom+xml")


@router.api_route("/badge/{check}.svg", methods=_READ)
@scope(PUBLIC)
async def badge(request: Request, check: str, language: Language = None) -> Response:
    """The state of one public check, as a picture."""
    svg = _page(request).badge(check, language)
    if svg is None:
        raise Refused(404, "no badge of this name")
    return Response(svg, headers=_BRIEFLY, media_type="image/svg+xml")


@router.api_route("/static/{name}", methods=_READ)
@scope(PUBLIC)
async def static(name: str) -> Response:
    """What the status page is dressed in."""
    if name not in STATIC:
        raise Refused(404, "no file of this name")
    media_type, body = STATIC[name]
    return Response(body, headers={"Cache-Control": "public, max-age=3600"}, media_type=media_type)


def _page(request: Request) -> Page:
    found = request.app.state.page
    assert isinstance(found, Page)
    return found
