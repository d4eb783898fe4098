"""Over HTTP: what is said of a vendor's ticket, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.uptime.web.fakes import NOW, FakeServices, client, over_unix
from tests.uptime.web.test_routes import post
from uptime.core.model import Condition
from uptime.core.text import rfc3339
from uptime.web.app import create_app


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    made = FakeServices(tmp_path / "checks.toml")
    made.add("web-2", Condition.DOWN)
    made.open_incident(5, "web-2", detail="no answer")
    return made


@pytest.fixture
def app(services: FakeServices) -> ASGIApp:
    return over_unix(create_app(services))


async def test_a_ticket_stands_on_the_incident_and_in_its_timeline(
    services: FakeServices, app: ASGIApp
) -> None:
    began = services.board.incidents[5].began
    body = {"number": "TT-1", "reported": rfc3339(began + 1000)}
    said = (await post(app, "/incidents/INC-5/ticket", body)).json()["ticket"]
    assert (said["number"], said["reported"], said["by"]) == (
        "TT-1", rfc3339(began + 1000), "root",
    )  # fmt: skip
    assert said["at"] == rfc3339(NOW)
    async with client(app) as http:
        rows = (await http.get("/api/v1/incidents/INC-5/timeline")).json()["items"]
        assert [(r["kind"], r["text"]) for r in rows if r["kind"] == "reported"] == [
            ("reported", "TT-1")
        ]
        gone = await http.delete("/api/v1/incidents/INC-5/ticket")
    assert gone.json()["ticket"] is None


async def test_local_time_is_that_of_the_configuration(
    services: FakeServices, app: ASGIApp
) -> None:
    incident = services.board.incidents[5]
    services.board.show_incident(replace(incident, began=NOW - 86_400_000))
    body = {"number": "TT-1", "reported": "2026-11-24T09:00"}
    said = (await post(app, "/incidents/INC-5/ticket", body)).json()["ticket"]
    assert said["reported"] == "2026-11-24T02:00:00.000Z"


@pytest.mark.parametrize(
    ("body", "where", "why"),
    [
        ({}, None, "nothing is said"),
        ({"number": None}, "/number", "cannot be taken back alone"),
        ({"number": "\x00"}, "/number", "nothing to read"),
        ({"number": "x" * 81}, "/number", ""),
        ({"number": "x", "reported": "soon"}, "/reported", "is no time; fix"),
        ({"number": "x", "reported": "2020-01-01T00:00Z"}, "/reported", "before the outage"),
        ({"number": "x", "restored": "2999-01-01T00:00Z"}, "/restored", "in the future"),
        (
            {"number": "x", "acknowledged": "2020-01-01T00:00Z"},
            "/acknowledged",
            "before the report",
        ),
        ({"nummer": "x"}, "/nummer", ""),
    ],
)
async def test_what_cannot_be_is_pointed_at(
    services: FakeServices, app: ASGIApp, body: object, where: str | None, why: str
) -> None:
    answer = await post(app, "/incidents/INC-5/ticket", body)
    assert (answer.status_code, answer.json()["path"]) == (422, where)
    assert why in (answer.json()["detail"] or "")
    assert services.board.incidents[5].ticket is None
