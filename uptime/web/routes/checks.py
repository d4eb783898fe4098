"""Checks: what they are, how they are, and the few things one may do to them."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from typing import TYPE_CHECKING, Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from uptime.availability import service_line
from uptime.board import Row
from uptime.schema import BoardRow, CheckDetail, CheckItem, ResultRow
from uptime.web import examples, wire
from uptime.web.answers import cursor, encode, items, json, place
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, principal, services
from uptime.web.problems import Refused
from uptime.web.runbooks import runbook_of
from uptime.web.services import Services

if TYPE_CHECKING:
    from uptime.config import Check, Service

router = APIRouter(route_class=Guarded, tags=["checks"])

DAY = 86_400_000
WINDOWS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
# A run begins when one is free and ends by its timeout; after that the answer is "not now".
_PATIENCE_S = 30.0


@router.get(
    "/checks",
    summary="All checks",
    response_class=Response,
    responses=answers("A page of checks", examples.CHECK_ITEM, of=CheckItem, listed=True),
)
@scope("read")
async def checks(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    cursor_: Annotated[str | None, Query(alias="cursor", max_length=400)] = None,
) -> Response:
    """Services, too. Sorted by id; a page goes on after the last id, whatever was added or
    removed meanwhile.
    """
    hub = services(request)
    known: dict[str, Check | Service] = {**hub.config.checks, **hub.config.services}
    ids = sorted(known)
    start = 0 if cursor_ is None else bisect_right(ids, place(cursor_))
    page = ids[start : start + limit]
    following = cursor(page[-1]) if len(ids) > start + limit else None
    found = [each for each in page if each in hub.board.rows]

    def encoder(check: str) -> bytes:
        row = hub.board.rows.get(check)
        return encode(None if row is None else _item(hub, known[check], row))

    return items(found, following, encoder)


@router.get(
    "/checks/{check}",
    summary="One check",
    response_class=Response,
    responses=answers("Configuration, state, last result", examples.CHECK, of=CheckDetail),
)
@scope("read")
async def check(request: Request, check: str) -> Response:
    hub = services(request)
    configured, row = known_or_service(hub, check)
    now = hub.clock.now()
    spans = await spans_of(hub, check, now - DAY, now)
    availability: dict[str, float | None] = {}
    for name, length in WINDOWS.items():
        rows = await hub.sla(now - length, now, check, None)
        availability[name] = rows[0].availability if rows else None
    return json(
        {
            **_item(hub, configured, row),
            "spans": spans,
            "availability": availability,
        }
    )


@router.get(
    "/checks/{check}/runbook",
    summary="What to do when it breaks",
    response_class=Response,
    responses=answers("Markdown", "# Restart the router", media_type="text/markdown"),
)
@scope("read")
async def runbook(request: Request, check: str) -> Response:
    hub = services(request)
    configured, _ = known_or_service(hub, check)
    text = None
    if configured.runbook is not None:
        text = await runbook_of(configured.runbook, hub.config.path)
    if text is None:
        raise Refused(404, "this check has no runbook that can be read")
    return Response(text.encode(), media_type="text/markdown; charset=utf-8")


@router.post(
    "/checks/{check}/probe",
    summary="Run it now",
    response_class=Response,
    responses=answers("The recorded result", examples.RESULT, of=ResultRow),
)
@scope("ack")
async def probe(request: Request, check: str) -> Response:
    hub = services(request)
    configured, row = known(hub, check)
    try:
        async with asyncio.timeout(configured.timeout + _PATIENCE_S):
            found = await hub.probe_now(check)
    except KeyError:
        raise Refused(404, "no check of this id") from None
    except ValueError as error:
        raise Refused(409, str(error)) from None
    except TimeoutError:
        raise Refused(503, "the run did not end in time; try again") from None
    return json(wire.result(found, row.type, row.target))


@router.post(
    "/checks/{check}/pause",
    summary="Stop measuring it",
    response_class=Response,
    responses=answers("The row, paused", examples.ROW, of=BoardRow),
)
@scope("ack")
async def pause(request: Request, check: str) -> Response:
    hub = services(request)
    known(hub, check)
    await hub.pause(check, principal(request).name)
    return _row(hub, known(hub, check)[1])


@router.post(
    "/checks/{check}/resume",
    summary="Measure it again",
    response_class=Response,
    responses=answers("The row, no longer paused", examples.ROW, of=BoardRow),
)
@scope("ack")
async def resume(request: Request, check: str) -> Response:
    hub = services(request)
    known(hub, check)
    await hub.resume(check, principal(request).name)
    return _row(hub, known(hub, check)[1])


def known(hub: Services, check: str) -> tuple[Check, Row]:
    """The check as configured and as shown; 409 for a service, 404 for anything else."""
    if check in hub.config.services:
        raise Refused(409, "a service is not probed; its members are")
    configured, row = hub.config.checks.get(check), hub.board.rows.get(check)
    if configured is None or row is None:
        raise Refused(404, "no check of this id")
    return configured, row


def known_or_service(hub: Services, check: str) -> tuple[Check | Service, Row]:
    """The same for what is only looked at."""
    service, row = hub.config.services.get(check), hub.board.rows.get(check)
    return known(hub, check) if service is None or row is None else (service, row)


async def spans_of(hub: Services, check: str, start: int, end: int) -> list[dict[str, object]]:
    """Stretches of one state; a service's are computed from those of its members."""
    service = hub.config.services.get(check)
    if service is None:
        return [wire.span(each) for each in await hub.store.spans(check, start, end)]
    records = await hub.store.records(service.members, start, end)
    now = hub.clock.now()
    window = (start, max(start, min(end, now)))
    line = service_line(service, records, window, now, hub.overlays.of)
    return [wire.piece(each, end) for each in line]


def _row(hub: Services, row: Row) -> Response:
    return Response(hub.board.wire(row), media_type="application/json")


def _item(hub: Services, configured: Check | Service, row: Row) -> dict[str, object]:
    last = row.result
    return {
        "id": row.id,
        "row": orjson.Fragment(hub.board.wire(row)),
        "config": wire.config_of(configured),
        "last": None if last is None else wire.result(last, row.type, row.target),
    }
