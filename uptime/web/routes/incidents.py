"""Incidents: the list, one of them, how it went, and what people do about it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from probes.base import safe_text
from uptime.core.model import Incident, Notification
from uptime.core.ticket import Untrue
from uptime.schema import AckBody, CauseBody, IncidentRow, NoteBody, TimelineRow
from uptime.store.errors import StoreBroken
from uptime.web import examples, times, wire
from uptime.web.answers import cursor, encode, items, json, place_number
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, principal, services
from uptime.web.problems import Refused
from uptime.web.services import Services
from uptime.web.timeline import timeline_of

router = APIRouter(route_class=Guarded, tags=["incidents"])

_NAME = re.compile(r"INC-([1-9][0-9]{0,17})")
_TEXT = 2000


@router.get(
    "/incidents",
    summary="Incidents, newest first",
    response_class=Response,
    responses=answers("A page of them", examples.INCIDENT, of=IncidentRow, listed=True),
)
@scope("read")
async def incidents(
    request: Request,
    state: Literal["open", "closed"] | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor_: Annotated[str | None, Query(alias="cursor", max_length=40)] = None,
) -> Response:
    """Open and closed; what the store has not taken yet stands here all the same."""
    hub = services(request)
    below = place_number(cursor_)
    try:
        stored = await hub.store.incidents(state, below, limit)
    except StoreBroken:
        stored = ()  # the board has the open ones and a day of closed ones
    found = {each.id: each for each in stored}
    last = min(found, default=0) if len(stored) == limit else 0
    for each in hub.board.incidents.values():  # newer than what is stored, or not stored yet
        if last <= each.id and (below is None or each.id < below):
            found[each.id] = each
    page = [found[n] for n in sorted(found, reverse=True)]
    page = [each for each in page if state is None or each.open == (state == "open")][:limit]
    following = cursor(page[-1].id) if len(stored) == limit or len(page) == limit else None
    told = {each.id: await _told(hub, each.id) for each in page}
    return items(
        page, following, lambda each: encode(wire.incident(each, hub.board, told[each.id]))
    )


@router.get(
    "/incidents/{incident}",
    summary="One incident",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("read")
async def incident(request: Request, incident: str) -> Response:
    hub = services(request)
    return await _shown(hub, await _find(hub, incident))


@router.get(
    "/incidents/{incident}/timeline",
    summary="How an incident went",
    response_class=Response,
    responses=answers("Oldest first", examples.TIMELINE, of=TimelineRow, listed=True),
)
@scope("read")
async def timeline(request: Request, incident: str) -> Response:
    hub = services(request)
    found = await _find(hub, incident)
    return items(timeline_of(found, await _told(hub, found.id)), None)


@router.post(
    "/incidents/{incident}/ack",
    summary="Somebody is at it",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("ack")
async def ack(request: Request, incident: str, body: AckBody | None = None) -> Response:
    """Until it recovers, or until `until`; reminders stop, the recovery is still told."""
    hub = services(request)
    body = body or AckBody()
    until = None if body.until is None else times.instant(body.until, "/until")
    if until is not None and until <= hub.clock.now():
        raise Refused(422, "until lies in the past", path="/until")
    note = clean(body.note, "/note") if body.note else None
    name = principal(request).name
    return await done(hub, hub.desk.acknowledge(number_of(incident), name, note, until))


@router.post(
    "/incidents/{incident}/unack",
    summary="Nobody is at it after all",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("ack")
async def unack(request: Request, incident: str) -> Response:
    hub = services(request)
    return await done(hub, hub.desk.unacknowledge(number_of(incident), principal(request).name))


@router.post(
    "/incidents/{incident}/note",
    summary="A note",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("ack")
async def note(request: Request, incident: str, body: NoteBody) -> Response:
    hub = services(request)
    text = clean(body.text, "/text")
    return await done(hub, hub.desk.note(number_of(incident), principal(request).name, text))


@router.post(
    "/incidents/{incident}/cause",
    summary="What it was",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("ack")
async def cause(request: Request, incident: str, body: CauseBody) -> Response:
    hub = services(request)
    name = principal(request).name
    what = clean(body.cause, "/cause")
    why = clean(body.reason, "/reason") if body.reason else None
    return await done(hub, hub.desk.cause(number_of(incident), name, what, why))


@router.post(
    "/incidents/{incident}/uncause",
    summary="What it was is open again",
    response_class=Response,
    responses=answers("The incident", examples.INCIDENT, of=IncidentRow),
)
@scope("ack")
async def uncause(request: Request, incident: str) -> Response:
    """The cause that was entered is taken back; the ledger keeps both statements."""
    hub = services(request)
    return await done(hub, hub.desk.cause_withdraw(number_of(incident), principal(request).name))


def number_of(name: str) -> int:
    match = _NAME.fullmatch(name)
    if match is None:
        raise Refused(404, "no incident of this id")
    return int(match[1])


async def _find(hub: Services, name: str) -> Incident:
    number = number_of(name)
    found = hub.board.incidents.get(number) or await hub.store.incident(number)
    if found is None:
        raise Refused(404, "no incident of this id")
    return found


async def _told(hub: Services, number: int) -> Sequence[Notification]:
    """What memory holds over what is stored: it knows of attempts under way."""
    recent = number in hub.board.incidents
    try:
        stored = await hub.store.notifications(incident=number)
    except StoreBroken:
        if not recent:
            raise
        stored = ()
    known = {each.id: each for each in stored}
    if recent:
        known |= {each.id: each for each in hub.told(number)}
    return [known[each] for each in sorted(known)]


async def done(hub: Services, change: Awaitable[Incident]) -> Response:
    try:
        return await _shown(hub, await change)
    except KeyError:
        raise Refused(404, "no incident of this id") from None
    except Untrue as error:
        raise Refused(422, str(error), path=f"/{error.field}") from None
    except ValueError as error:
        raise Refused(409, str(error)) from None


async def _shown(hub: Services, found: Incident) -> Response:
    return json(wire.incident(found, hub.board, await _told(hub, found.id)))


def clean(text: str, path: str) -> str:
    """What a person wrote, harmless on every terminal and page that will show it."""
    found = safe_text(text, _TEXT)
    if not found:
        raise Refused(422, "there is nothing to read in it", path=path)
    return found
