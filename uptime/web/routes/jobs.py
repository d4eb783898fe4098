"""Long work: asked for, looked after, its file fetched."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from probes.base import safe_text
from uptime.config.suggest import hint
from uptime.core.text import rfc3339
from uptime.job_kinds import KINDS
from uptime.jobs import Full, Job
from uptime.schema import JobBody, JobRow
from uptime.web import examples
from uptime.web.answers import json
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, principal, services
from uptime.web.problems import Refused
from uptime.web.services import Services

router = APIRouter(route_class=Guarded, tags=["jobs"])


@router.post(
    "/jobs",
    summary="Have a claim, or the evidence of an incident, made",
    status_code=202,
    response_class=Response,
    responses=answers("It waits for its turn", examples.JOB, of=JobRow, status=202),
)
@scope("ack")
async def ask(request: Request, body: JobBody) -> Response:
    """One at a time, in a process of its own; the file is kept for an hour."""
    hub = services(request)
    asked = _asked(body)
    try:
        job = hub.jobs.ask(body.kind, asked, principal(request).name)
    except Full:
        raise Refused(429, "enough jobs wait already", headers={"Retry-After": "10"}) from None
    return json(_row(job), 202, {"Location": f"/api/v1/jobs/{job.id}"})


@router.get(
    "/jobs/{job}",
    summary="How far a job is",
    response_class=Response,
    responses=answers("The job", examples.JOB, of=JobRow),
)
@scope("read")
async def job(request: Request, job: str) -> Response:
    return json(_row(_find(services(request), job)))


@router.get(
    "/jobs/{job}/file",
    summary="What a job made",
    response_class=Response,
    responses=answers("The file", "…", media_type="application/octet-stream"),
)
@scope("read")
async def file(request: Request, job: str) -> Response:
    hub = services(request)
    found = _find(hub, job)
    if found.state != "done":
        why = found.error or "it is not done yet"
        raise Refused(409, f"there is no file: {why}")
    return FileResponse(hub.jobs.path(found), media_type=found.media_type, filename=found.name)


def _find(hub: Services, job: str) -> Job:
    found = hub.jobs.find(job)
    if found is None:
        raise Refused(404, "no job of this id; its file is kept for an hour")
    return found


def _asked(body: JobBody) -> dict[str, str]:
    """What was given, checked against the kind."""
    kind = KINDS.get(body.kind)
    if kind is None:
        text = f"one of {', '.join(sorted(KINDS))}{hint(body.kind, KINDS)}"
        raise Refused(422, safe_text(text, 300), path="/kind")
    asked = {
        name: text
        for name, text in body.model_dump(exclude={"kind"}, exclude_none=True).items()
        if text
    }
    for name in kind.needs:
        if name not in asked:
            raise Refused(422, f"{body.kind} needs it", path=f"/{name}")
    form = asked.setdefault("format", kind.formats[0])
    if form not in kind.formats:
        raise Refused(422, f"one of {', '.join(kind.formats)}", path="/format")
    return asked


def _row(job: Job) -> JobRow:
    progress = None
    if job.progress is not None:
        stage, done, total = job.progress
        progress = {"stage": stage, "done": done, "total": total or None}
    return JobRow.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "progress": progress,
            "by": job.by,
            "created": rfc3339(job.created),
            "finished": rfc3339(job.finished),
            "expires": rfc3339(job.expires),
            "error": job.error,
            "name": job.name,
            "size": job.size,
        }
    )
