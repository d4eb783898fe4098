"""The API over the real store: what the fake promises, the store keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.uptime.web.fakes import NOW, FakeServices, client, over_unix, result
from uptime.core.model import Batch, Incident, Notification, Severity
from uptime.store import Store
from uptime.web.app import create_app


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[FakeServices]:
    made = FakeServices()
    made.add("web-1")
    store = await asyncio.to_thread(
        lambda: Store.open(f"sqlite:///{tmp_path}/siaga.db", clock=made.clock.now)
    )
    made.store = store
    await store.accept({"web-1": None}, NOW - 60_000)
    yield made
    await asyncio.to_thread(store.close)


async def test_a_token_made_and_revoked_through_the_api(services: FakeServices) -> None:
    app = create_app(services)
    async with client(over_unix(app)) as admin, client(app, peer="10.0.0.1") as http:
        made = (
            await admin.post("/api/v1/tokens", json={"name": "x", "scopes": ["ack", "read"]})
        ).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        assert (await http.get("/api/v1/me", headers=headers)).json()["scopes"] == ["ack", "read"]
        (listed,) = (await admin.get("/api/v1/tokens")).json()["items"]
        assert listed["id"] == made["id"]
        assert (await admin.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
        assert (await http.get("/api/v1/me", headers=headers)).status_code == 401
        assert (await admin.delete("/api/v1/tokens/99")).status_code == 404


async def test_an_answer_is_replayed_after_a_restart_of_the_web(services: FakeServices) -> None:
    services.open_incident(5, "web-1")
    for _ in range(2):
        async with client(over_unix(create_app(services))) as http:
            answer = await http.post(
                "/api/v1/incidents/INC-5/ack", headers={"Idempotency-Key": "k"}
            )
            assert answer.status_code == 200
    assert len(services.did) == 1


async def test_incidents_notifications_and_results_come_from_it(services: FakeServices) -> None:
    incidents = tuple(
        Incident(n, "down", "web-1", Severity.LOW, NOW - n, ended=NOW) for n in range(1, 8)
    )
    await services.store.commit(
        Batch(
            incidents=incidents,
            notifications=(Notification(1, 3, "piket", "down", 1, NOW, NOW),),
            results=(result("web-1", id=1), result("web-1", id=2, at=NOW - 500)),
            life=NOW,
        )
    )
    async with client(over_unix(create_app(services))) as http:
        page = (await http.get("/api/v1/incidents", params={"limit": 4})).json()
        rest = (await http.get("/api/v1/incidents", params={"cursor": page["next"]})).json()
        told = (await http.get("/api/v1/incidents/INC-3")).json()["told"]
        owed = (await http.get("/api/v1/notifications", params={"state": "pending"})).json()
        points = (await http.get("/api/v1/checks/web-1/results")).json()["items"]
        spans = await http.get("/api/v1/checks/web-1/spans")
    ids = [item["id"] for item in page["items"] + rest["items"]]
    assert ids == [f"INC-{n}" for n in range(7, 0, -1)]
    assert told[0]["channel"] == "piket"
    assert owed["items"][0]["incident"] == "INC-3"
    assert [point["status"] for point in points] == ["up", "up"]
    assert spans.status_code == 200
