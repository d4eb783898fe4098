"""Errors are problems, whatever comes in; never a stack, never a 500 for what a client did."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from tests.uptime.web.fakes import FakeServices, client, over_unix
from tests.uptime.web.hostile import HOSTILE
from uptime.web.app import create_app
from uptime.web.auth import routes


def make() -> FakeServices:
    made = FakeServices()
    made.add("web-1")
    made.open_incident(5, "web-1")
    return made


@pytest.fixture
def services() -> FakeServices:
    return make()


@pytest.fixture
def app(services: FakeServices) -> ASGIApp:
    return over_unix(create_app(services))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/api/v1", 404),
        ("GET", "/api/v1/status/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/api/v1/silences", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e%2fapp.py", 404),
        ("POST", "/api/v1/status", 405),
        ("DELETE", "/api/v1/checks/web-1", 405),
        ("PUT", "/api/v1/incidents/INC-5/ack", 405),
        ("GET", "/api/v1/incidents/INC-5/ack", 405),
        ("OPTIONS", "/api/v1/status", 405),
    ],
)
async def test_what_is_not_there_is_a_problem(
    app: ASGIApp, method: str, path: str, status: int
) -> None:
    async with client(app) as http:
        answer = await http.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


async def test_a_fault_of_ours_is_logged_and_answered_without_a_stack(
    services: FakeServices, app: ASGIApp, caplog: pytest.LogCaptureFixture
) -> None:
    services.store.broken = RuntimeError("canary at /srv/siaga.py")
    with caplog.at_level(logging.ERROR):
        async with client(app) as http:
            answer = await http.get("/api/v1/checks/web-1/spans")
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert answer.json()["request_id"] in caplog.text
    assert "canary" in caplog.text


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_the_limit_is_refused(
    services: FakeServices, app: ASGIApp, declared: bool
) -> None:
    async def pieces() -> object:
        for _ in range(20):
            yield b"x" * 8192

    content = b"x" * 65_537 if declared else pieces()
    async with client(app) as http:
        answer = await http.post(
            "/api/v1/incidents/INC-5/note",
            content=content,  # type: ignore[arg-type]
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 413
    assert answer.json()["status"] == 413
    assert services.did == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"text": "a"',
        b'{"text": NaN}',
        b'{"text": 1e999}',
        b'{"text": ' + b"9" * 5000 + b"}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"\xff\xfe",
        b"null",
        b"true",
        b'"text"',
        b'{"text": "a", "text": 5}',
        b'{"text": "\\ud800"}',
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)
async def test_a_body_that_is_no_note_is_refused(
    services: FakeServices, app: ASGIApp, body: bytes
) -> None:
    async with client(app) as http:
        answer = await http.post(
            "/api/v1/incidents/INC-5/note",
            content=body,
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert services.did == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_comes_back_inert(app: ASGIApp, text: str) -> None:
    async with client(app) as http:
        key = text.encode("utf-8", "replace").decode()[:100]
        answers = [
            await http.get("/api/v1/checks", params={"cursor": key}),
            await http.get("/api/v1/sla", params={"check": key}),
            await http.get("/api/v1/status", params={"wait": key}),
            await http.post("/api/v1/incidents/INC-5/note", json={key: "x"}),
            await http.post("/api/v1/incidents/INC-5/ack", json={"until": key}),
        ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        for value in answer.json().values():
            assert not isinstance(value, str) or value == "" or value.isprintable()


PATHS = [
    (method, path)
    for path, methods, _ in routes(create_app(make()))
    for method in sorted(methods)
    if path != "/metrics"
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "note", "until", "cause", "name", "scopes"]), inner
        )
    ),
    max_leaves=8,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    route=st.sampled_from(PATHS),
    name=st.sampled_from(["web-1", "INC-5", "1", "page.css"]) | st.text(min_size=1, max_size=20),
    query=st.dictionaries(
        st.sampled_from(
            ["after", "from", "to", "step", "month", "last", "limit", "cursor", "state", "lang"]
        ),
        st.text(max_size=20) | st.integers().map(str) | st.sampled_from(["1d", "2026-11"]),
        max_size=3,
    ),
    body=st.none() | json_values,
)
async def test_nothing_a_client_sends_is_a_fault_of_ours(
    route: tuple[str, str], name: str, query: dict[str, str], body: object
) -> None:
    import re
    from urllib.parse import quote, urlencode

    method, template = route
    path = re.sub(r"\{[a-z]+\}", quote(name.encode("utf-8", "replace"), safe=""), template)
    encoded = urlencode(query, errors="replace")
    async with client(over_unix(create_app(make()))) as http:
        answer = await http.request(
            method,
            f"{path}?{encoded}",
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code < 500
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.json()["status"] == answer.status_code
