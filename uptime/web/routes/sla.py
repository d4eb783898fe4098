"""Availability of a window, by the time ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from uptime import availability
from uptime.core.text import rfc3339
from uptime.reliability_rows import with_detail
from uptime.schema import Sla
from uptime.web import examples, times
from uptime.web.answers import Sliced, encode, listed, packed
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, services
from uptime.web.problems import Refused
from uptime.web.routes.checks import DAY
from uptime.web.routes.history import From, To
from uptime.web.services import Services

router = APIRouter(route_class=Guarded, tags=["availability"])


@router.get(
    "/sla",
    summary="The time ledger and availability",
    response_class=Response,
    responses=answers("A row a check, service and group; or the contract's", examples.SLA, of=Sla),
)
@scope("read")
async def sla(
    request: Request,
    *,
    month: Annotated[str | None, Query(max_length=10)] = None,
    last: Annotated[str | None, Query(max_length=20)] = None,
    from_: From = None,
    to: To = None,
    check: Annotated[str | None, Query(max_length=200)] = None,
    group: Annotated[str | None, Query(max_length=200)] = None,
    contract: Annotated[str | None, Query(max_length=200)] = None,
    detail: bool = False,
) -> Response:
    """One of `month`, `last` and `from`/`to`, by default the last 30 days; never the future.
    With `detail` also burn rates, the month's forecast and how outages were dealt with. A contract
    is down wherever one of its circuits is, as in a claim; it is a row only where it is asked for.
    """
    hub = services(request)
    start, end = period(hub, month=month, last=last, from_=from_, to=to)
    if check is not None and group is not None:
        raise Refused(422, "a check or a group, not both", path="group")
    if contract is not None and (check is not None or group is not None):
        raise Refused(422, "a contract, or a check or a group", path="contract")
    try:
        rows = await hub.sla(start, end, check, group, contract)
        if detail:
            found = await hub.subjects(start, end, check, group, contract, ahead=True)
            rows = with_detail(rows, found)
    except KeyError:
        kind = "check or group" if contract is None else "contract"
        raise Refused(404, f"no {kind} of this id") from None
    except ValueError as error:
        raise Refused(422, str(error), path="contract") from None

    async def body() -> AsyncIterator[bytes]:
        head = b'{"from":%b,"to":%b,"rows":[' % (encode(rfc3339(start)), encode(rfc3339(end)))
        async for chunk in packed(head, listed(rows, encode)):
            yield chunk
        yield b"]}"

    return Sliced(body())


def period(
    hub: Services, *, month: str | None, last: str | None, from_: str | None, to: str | None
) -> tuple[int, int]:
    """What of the window asked for is past; refuses one that lies in the future."""
    now = hub.clock.now()
    zone = ZoneInfo(hub.config.siaga.timezone)
    start, end = _window(month=month, last=last, from_=from_, to=to, now=now, zone=zone)
    if start >= now:
        raise Refused(422, "the window lies in the future", path="from")
    return start, min(end, now)


def _window(
    *,
    month: str | None,
    last: str | None,
    from_: str | None,
    to: str | None,
    now: int,
    zone: ZoneInfo,
) -> tuple[int, int]:
    if sum((month is not None, last is not None, from_ is not None or to is not None)) > 1:
        raise Refused(422, "one of month, last and from/to", path="month")
    if month is not None:
        try:
            return availability.month(month, zone)
        except (ValueError, OverflowError) as error:
            raise Refused(422, str(error), path="month") from None
    if last is not None:
        return now - times.length(last, "last"), now
    return times.window(from_, to, now, 30 * DAY, zone)
