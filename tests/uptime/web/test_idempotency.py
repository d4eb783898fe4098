"""One effect per key, however often and however close together a write arrives."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import ASGIApp

from tests.uptime.web.fakes import FakeServices, client, over_unix
from uptime.store.errors import StoreBroken
from uptime.web.app import create_app

NOTE = "/api/v1/incidents/INC-5/note"


@pytest.fixture
def services() -> FakeServices:
    made = FakeServices()
    made.add("web-1")
    made.open_incident(5, "web-1")
    return made


@pytest.fixture
def app(services: FakeServices) -> ASGIApp:
    return over_unix(create_app(services))


def key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


async def test_the_same_write_again_gets_the_stored_answer(
    services: FakeServices, app: ASGIApp
) -> None:
    async with client(app) as http:
        first = await http.post(NOTE, json={"text": "a"}, headers=key("k"))
        again = await http.post(NOTE, json={"text": "a"}, headers=key("k"))
    assert len(services.did) == 1
    assert again.content == first.content
    assert again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"


async def test_the_same_key_for_another_write_is_a_conflict(
    services: FakeServices, app: ASGIApp
) -> None:
    async with client(app) as http:
        await http.post(NOTE, json={"text": "a"}, headers=key("k"))
        other = await http.post(NOTE, json={"text": "b"}, headers=key("k"))
        elsewhere = await http.post("/api/v1/incidents/INC-5/ack", headers=key("k"))
    assert (other.status_code, elsewhere.status_code) == (409, 409)
    assert len(services.did) == 1


async def test_two_at_once_have_one_effect(services: FakeServices, app: ASGIApp) -> None:
    services.gate.clear()
    async with client(app) as http:
        posts = [
            asyncio.create_task(http.post(NOTE, json={"text": "a"}, headers=key("k")))
            for _ in range(5)
        ]
        for _ in range(50):
            await asyncio.sleep(0)
        services.gate.set()
        answers = await asyncio.gather(*posts)
    assert len(services.did) == 1
    assert {answer.content for answer in answers} == {answers[0].content}


async def test_a_refused_write_may_be_corrected_under_its_key(
    services: FakeServices, app: ASGIApp
) -> None:
    async with client(app) as http:
        wrong = await http.post(NOTE, json={"text": ""}, headers=key("k"))
        right = await http.post(NOTE, json={"text": "a"}, headers=key("k"))
    assert (wrong.status_code, right.status_code) == (422, 200)


async def test_keys_of_two_people_are_two_keys(services: FakeServices) -> None:
    app = create_app(services)
    async with client(over_unix(app, uid=0)) as root, client(over_unix(app, uid=1)) as other:
        await root.post(NOTE, json={"text": "a"}, headers=key("k"))
        answer = await other.post(NOTE, json={"text": "b"}, headers=key("k"))
    assert answer.status_code == 200
    assert len(services.did) == 2


async def test_while_the_store_is_broken_keys_are_kept_in_memory(
    services: FakeServices, app: ASGIApp
) -> None:
    services.store.broken = StoreBroken("disk full")
    async with client(app) as http:
        await http.post(NOTE, json={"text": "a"}, headers=key("k"))
        again = await http.post(NOTE, json={"text": "a"}, headers=key("k"))
        other = await http.post(NOTE, json={"text": "b"}, headers=key("k"))
    assert (again.status_code, other.status_code) == (200, 409)
    assert len(services.did) == 1


@pytest.mark.parametrize("bad", ["", " ", "x" * 201, "a b", "é"])
async def test_a_key_that_is_none_is_refused(
    services: FakeServices, app: ASGIApp, bad: str
) -> None:
    async with client(app) as http:
        answer = await http.post(
            NOTE, json={"text": "a"}, headers={b"Idempotency-Key": bad.encode()}
        )
    assert answer.status_code == 422
    assert services.did == []


async def test_no_token_is_kept_to_be_shown_again(services: FakeServices, app: ASGIApp) -> None:
    async with client(app) as http:
        body = {"name": "x", "scopes": ["read"]}
        answer = await http.post("/api/v1/tokens", json=body, headers=key("k"))
    assert answer.status_code == 422
    assert services.store.answers == {}


async def test_nothing_is_left_of_keys_that_nobody_waits_for(services: FakeServices) -> None:
    app = create_app(services)
    async with client(over_unix(app)) as http:
        for number in range(20):
            await http.post(NOTE, json={"text": "a"}, headers=key(f"k{number}"))
    assert app.state.hub.once._locks == {}
