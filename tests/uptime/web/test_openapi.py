"""The API's description: complete, with an example a route, each true to its model."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from tests.uptime.web.fakes import FakeServices, client
from uptime import schema
from uptime.web import examples
from uptime.web.app import create_app
from uptime.web.auth import routes


async def description() -> dict[str, Any]:
    async with client(create_app(FakeServices())) as http:
        answer = await http.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def test_every_route_of_the_api_is_described_with_an_example_and_its_scope() -> None:
    described = await description()
    for path, methods, needs in routes(create_app(FakeServices())):
        if not path.startswith("/api/v1/") or path.endswith("openapi.json"):
            assert path not in described["paths"]
            continue
        for method in methods:
            operation = described["paths"][path][method.lower()]
            assert needs is not None
            assert operation["x-scope"] == needs.scope
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            good = next(v for k, v in operation["responses"].items() if k.startswith("2"))
            if method != "DELETE":
                (body,) = good["content"].values()
                assert "example" in body


async def test_every_reference_leads_somewhere() -> None:
    described = await description()

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [ref for each in value.values() for ref in references(each)]
        if isinstance(value, list):
            return [ref for each in value for ref in references(each)]
        return []

    found = set(references(described))
    assert "#/components/schemas/Status" in found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in described["components"]["schemas"]


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (schema.Status, examples.STATUS),
        (schema.BoardRow, examples.ROW),
        (schema.IncidentRow, examples.INCIDENT),
        (schema.CheckItem, examples.CHECK_ITEM),
        (schema.CheckDetail, examples.CHECK),
        (schema.ResultRow, examples.RESULT),
        (schema.ResultPoint, examples.POINT),
        (schema.ResultSeries, examples.SERIES),
        (schema.SpanRow, examples.SPAN),
        (schema.TimelineRow, examples.TIMELINE),
        (schema.NotificationRow, examples.NOTIFICATION),
        (schema.MaintenanceRow, examples.MAINTENANCE),
        (schema.Sla, examples.SLA),
        (schema.Causes, examples.CAUSES),
        (schema.Offenders, examples.OFFENDERS),
        (schema.Me, examples.ME),
        (schema.TokenRow, examples.TOKEN),
        (schema.NewToken, examples.NEW_TOKEN),
        (schema.ReportRow, examples.REPORT),
        (schema.JobRow, examples.JOB),
    ],
)
def test_each_example_is_whole(model: type[BaseModel], example: dict[str, object]) -> None:
    names = {field.alias or name for name, field in model.model_fields.items()}
    assert set(example) == names
    model.model_validate(example)


async def test_the_answers_have_every_field_of_their_model() -> None:
    """What has no value is null, not absent."""
    services = FakeServices()
    services.add("web-1")
    services.open_incident(5, "web-1")
    async with client(create_app(services)) as http:
        status = (await http.get("/api/v1/status")).json()
        detail = (await http.get("/api/v1/checks/web-1")).json()
        me = (await http.get("/api/v1/me")).json()
        sla = (await http.get("/api/v1/sla", params={"detail": "true"})).json()
    for model, value in (
        (schema.Status, status),
        (schema.BoardRow, status["checks"][0]),
        (schema.IncidentRow, status["incidents"][0]),
        (schema.MonitorHealth, status["monitor"]),
        (schema.CheckDetail, detail),
        (schema.ResultRow, detail["last"]),
        (schema.Me, me),
        (schema.Sla, sla),
        (schema.SlaRow, sla["rows"][0]),
        (schema.SlaDetail, sla["rows"][0]["detail"]),
        (schema.BurnRow, sla["rows"][0]["detail"]["burn"]["1h"]),
        (schema.ForecastRow, sla["rows"][0]["detail"]["forecast"]),
    ):
        assert set(value) == {f.alias or n for n, f in model.model_fields.items()}
