"""A check's past: its results, thinned if asked, and the spans of its state."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from uptime.config import Service
from uptime.schema import ResultSeries, SpanRow
from uptime.web import examples, times, wire
from uptime.web.answers import encode, items
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, services
from uptime.web.problems import Refused
from uptime.web.routes.checks import DAY, known_or_service, spans_of

router = APIRouter(route_class=Guarded, tags=["history"])

HOUR = 3_600_000
POINTS = 20_000

From = Annotated[str | None, Query(alias="from", max_length=40)]
To = Annotated[str | None, Query(max_length=40)]


@router.get(
    "/checks/{check}/results",
    summary="Results of a window",
    response_class=Response,
    responses=answers("Oldest first", examples.SERIES, of=ResultSeries),
)
@scope("read")
async def results(
    request: Request,
    check: str,
    from_: From = None,
    to: To = None,
    step: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Single results, or with `step` ("5m") one point a bucket; the last hour by default.

    A step of one day is a day of `timezone`. Single results are kept for `history.raw`, then
    minutes for 100 days, hours and days for ever: `source` says what a point was read from.
    """
    hub = services(request)
    configured, _ = known_or_service(hub, check)
    if isinstance(configured, Service):
        return items([], None, more={"whole": None, "notice": None})  # it has none of its own
    start, end = times.window(from_, to, hub.clock.now(), HOUR)
    step_ms = None if step is None else times.length(step, "step")
    every = round(configured.interval * 1000) if step_ms is None else step_ms
    if (end - start) // max(1, every) > POINTS:
        least = (end - start) // POINTS // 1000 + 1
        raise Refused(422, f"over {POINTS} points: ask for a step of {least}s or more", path="step")
    zone = ZoneInfo(hub.config.siaga.timezone)
    found = await hub.store.results(check, start, end, step_ms, zone)
    whole = None if found.whole is None else wire.point(found.whole)
    more = {"whole": whole, "notice": found.notice}
    return items(found.points, None, lambda point: encode(wire.point(point)), more)


@router.get(
    "/checks/{check}/spans",
    summary="Spans of a window",
    response_class=Response,
    responses=answers("Oldest first", examples.SPAN, of=SpanRow, listed=True),
)
@scope("read")
async def spans(request: Request, check: str, from_: From = None, to: To = None) -> Response:
    """Stretches of one state that touch the window; the last 30 days by default."""
    hub = services(request)
    known_or_service(hub, check)
    start, end = times.window(from_, to, hub.clock.now(), 30 * DAY)
    return items(await spans_of(hub, check, start, end), None, encode)
