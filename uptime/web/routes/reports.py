"""Monthly reports: closing a month. They are printed by `siaga report`."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from probes.base import safe_text
from uptime.schema import ReportBody, ReportRow
from uptime.web import examples, wire
from uptime.web.answers import json
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, principal, services
from uptime.web.problems import Refused

router = APIRouter(route_class=Guarded, tags=["reports"])


@router.post(
    "/reports",
    summary="Close a month, or correct one that is closed",
    status_code=201,
    response_class=Response,
    responses=answers("As it is kept", examples.REPORT, of=ReportRow, status=201),
)
@scope("admin")
async def close(request: Request, body: ReportBody) -> Response:
    """Its report is kept as it stands now; what comes later changes none that is kept."""
    hub = services(request)
    reason = None if body.reason is None else safe_text(body.reason, 500) or None
    try:
        kept = await hub.report_close(body.month, principal(request).name, reason)
    except ValueError as error:
        raise Refused(409, safe_text(str(error), 300)) from None
    return json(wire.report(kept), 201)
