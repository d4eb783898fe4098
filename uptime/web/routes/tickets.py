"""What people say of a vendor's ticket for an incident, and taking it back."""

from __future__ import annotations

from typing import overload
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from uptime.claims.vendor import moment
from uptime.core.ticket import Said
from uptime.schema import IncidentRow, TicketBody
from uptime.web import examples
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, principal, services
from uptime.web.problems import Refused
from uptime.web.routes.incidents import clean, done, number_of

router = APIRouter(route_class=Guarded, tags=["incidents"])


@router.post(
    "/incidents/{incident}/ticket",
    summary="The vendor's ticket: its number and times",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("ack")
async def ticket(request: Request, incident: str, body: TicketBody) -> Response:
    """The first time it takes the number, and `reported` is now unless it says otherwise."""
    hub = services(request)
    said = _said(body, ZoneInfo(hub.config.siaga.timezone))
    return await done(hub, hub.desk.ticket(number_of(incident), principal(request).name, said))


@router.delete(
    "/incidents/{incident}/ticket",
    summary="There is no such ticket after all",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("ack")
async def withdraw(request: Request, incident: str) -> Response:
    hub = services(request)
    return await done(hub, hub.desk.ticket_withdraw(number_of(incident), principal(request).name))


def _said(body: TicketBody, zone: ZoneInfo) -> Said:
    """What of the body was said; a number and the time of the report cannot be taken back."""
    given = body.model_fields_set
    if not given:
        raise Refused(422, "nothing is said: give a number or a time")
    said = Said()
    for field in ("number", "reported"):
        if field in given and getattr(body, field) is None:
            raise Refused(422, "cannot be taken back alone: DELETE the ticket", path=f"/{field}")
    if body.number is not None:
        said["number"] = clean(body.number, "/number")
    if body.reported is not None:
        said["reported"] = _moment(body.reported, "/reported", zone)
    if "acknowledged" in given:
        said["acknowledged"] = _moment(body.acknowledged, "/acknowledged", zone)
    if "restored" in given:
        said["restored"] = _moment(body.restored, "/restored", zone)
    return said


@overload
def _moment(text: str, path: str, zone: ZoneInfo) -> int: ...
@overload
def _moment(text: str | None, path: str, zone: ZoneInfo) -> int | None: ...
def _moment(text: str | None, path: str, zone: ZoneInfo) -> int | None:
    if text is None:
        return None
    try:
        return moment(text, zone)
    except ValueError as error:
        raise Refused(422, str(error), path=path) from None
