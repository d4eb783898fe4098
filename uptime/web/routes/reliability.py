"""What outages were put down to, and who failed again and again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from uptime import reliability_rows
from uptime.reliability_world import Subject
from uptime.schema import Causes, Offenders
from uptime.web import examples
from uptime.web.answers import json
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, services
from uptime.web.problems import Refused
from uptime.web.routes.history import From, To
from uptime.web.routes.sla import period
from uptime.web.services import Services

router = APIRouter(route_class=Guarded, tags=["availability"])

Month = Annotated[str | None, Query(max_length=10)]
Last = Annotated[str | None, Query(max_length=20)]
Name = Annotated[str | None, Query(max_length=200)]


@router.get(
    "/causes",
    summary="Downtime by cause",
    response_class=Response,
    responses=answers("A row a cause, what is only proposed apart", examples.CAUSES, of=Causes),
)
@scope("read")
async def causes(
    request: Request,
    *,
    month: Month = None,
    last: Last = None,
    from_: From = None,
    to: To = None,
    check: Name = None,
    group: Name = None,
) -> Response:
    """A window as of `/sla`. Minutes of all checks, each by itself."""
    hub = services(request)
    window = period(hub, month=month, last=last, from_=from_, to=to)
    found = await _subjects(hub, window, check, group)
    return json(reliability_rows.causes(found, window))


@router.get(
    "/offenders",
    summary="Who failed again and again",
    response_class=Response,
    responses=answers("Worst first", examples.OFFENDERS, of=Offenders),
)
@scope("read")
async def offenders(
    request: Request,
    *,
    month: Month = None,
    last: Last = None,
    from_: From = None,
    to: To = None,
    check: Name = None,
    group: Name = None,
) -> Response:
    """A window as of `/sla`. Twice or more by itself; by how often, then by how long."""
    hub = services(request)
    window = period(hub, month=month, last=last, from_=from_, to=to)
    found = await _subjects(hub, window, check, group)
    return json(reliability_rows.offences(hub.config, found, window))


async def _subjects(
    hub: Services, window: tuple[int, int], check: str | None, group: str | None
) -> list[Subject]:
    if check is not None and group is not None:
        raise Refused(422, "a check or a group, not both", path="group")
    try:
        return await hub.subjects(*window, check, group)
    except KeyError:
        raise Refused(404, "no check or group of this id") from None
