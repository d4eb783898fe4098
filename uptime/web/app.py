"""The applications: everything on `listen` and the socket, the public routes elsewhere."""

from __future__ import annotations

from fastapi import FastAPI

from uptime.web import problems
from uptime.web.auth import Tokens
from uptime.web.gate import Gate
from uptime.web.guard import Guarded, Hub
from uptime.web.idempotency import Once
from uptime.web.page import Page
from uptime.web.routes import (
    account,
    checks,
    configuration,
    health,
    history,
    incidents,
    jobs,
    maintenance,
    metrics,
    notifications,
    openapi,
    page,
    reliability,
    reports,
    sla,
    status,
    tickets,
    tokens,
)
from uptime.web.services import Services

API = "/api/v1"


def create_app(services: Services, *, public: bool = False) -> FastAPI:
    """`public` has the status page, its data, feed and badges, and nothing else."""
    app = FastAPI(
        title="Siaga",
        version=services.version,
        summary="What is watched, how it is, how it was, and what was said about it.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.route_class = Guarded
    app.state.hub = Hub(services, Tokens(services), Once(services))
    app.state.page = Page(services)
    problems.install(app)
    app.add_middleware(Gate)
    app.include_router(page.router)
    if public:
        return app
    for root in (health, metrics):
        app.include_router(root.router)
    for part in (
        status,
        checks,
        history,
        incidents,
        tickets,
        maintenance,
        notifications,
        sla,
        reliability,
        configuration,
        account,
        tokens,
        jobs,
        openapi,
        reports,
    ):
        app.include_router(part.router, prefix=API)
    return app
