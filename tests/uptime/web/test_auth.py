"""Who may do what: every route against every kind of caller."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.uptime.web.fakes import HOST, NOW, FakeServices, client, over_unix
from uptime.web.app import create_app
from uptime.web.auth import EVERYTHING, PUBLIC, routes
from uptime.web.guard import Guarded

KINDS = ("read", "ack", "admin", "push")


def services() -> FakeServices:
    made = FakeServices()
    made.add("web-1", public="Portal")
    made.open_incident(5, "web-1")
    return made


def concrete(path: str) -> str:
    path = path.replace("{incident}", "INC-5").replace("{token}", "1").replace("{name}", "page.css")
    return re.sub(r"\{[a-z]+\}", "web-1", path)


ROUTES = [
    (method, path, needs)
    for path, methods, needs in routes(create_app(services()))
    for method in sorted(methods)
]


def test_every_route_declares_a_scope() -> None:
    assert len(ROUTES) > 30
    for method, path, needs in ROUTES:
        assert needs is not None, f"{method} {path}"
        assert needs.scope in EVERYTHING | {PUBLIC}, f"{method} {path}"


async def test_a_route_that_declares_nothing_is_shut() -> None:
    app = create_app(services())

    async def forgotten() -> dict[str, str]:
        return {"secret": "canary"}

    app.router.add_api_route("/forgotten", forgotten, route_class_override=Guarded)
    async with client(over_unix(app)) as http:
        answer = await http.get("/forgotten")
    assert answer.status_code == 403
    assert "canary" not in answer.text


def allowed(granted: str, needs: str) -> bool:
    return needs in {"admin": {"read", "ack", "admin"}, "ack": {"read", "ack"}}.get(
        granted, {granted}
    )


@pytest.mark.parametrize(("method", "path", "needs"), ROUTES, ids=lambda v: str(v)[:40])
async def test_each_route_lets_in_who_holds_its_scope_and_nobody_else(
    method: str, path: str, needs: object
) -> None:
    hub = services()
    app = create_app(hub)
    wanted = needs.scope  # type: ignore[attr-defined]
    only_socket = needs.socket_only  # type: ignore[attr-defined]
    url = concrete(path)
    body = {"text": "x"} if path.endswith("note") else {"cause": "x"}
    tokens = {kind: hub.token(kind) for kind in KINDS}
    tokens["revoked"] = hub.token(*KINDS, revoked=NOW - 1)
    tokens["expired"] = hub.token(*KINDS, expires=NOW)

    async def status(http: httpx.AsyncClient, token: str | None) -> int:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        json = body if method == "POST" and path.endswith(("note", "cause")) else None
        return (await http.request(method, url, headers=headers, json=json)).status_code

    refused = (401, 403)
    async with client(app, peer="192.0.2.9") as http:
        assert (await status(http, None) in refused) == (wanted != PUBLIC)
        for kind in ("revoked", "expired"):
            assert (await status(http, tokens[kind]) == 401) == (wanted != PUBLIC)
        assert (await status(http, "siaga_wrong") == 401) == (wanted != PUBLIC)
        for kind in KINDS:
            let_in = wanted == PUBLIC or (allowed(kind, wanted) and not only_socket)
            assert (await status(http, tokens[kind]) not in refused) == let_in, kind
    async with client(app) as http:
        assert (await status(http, None) not in refused) == (wanted in (PUBLIC, "read"))
        assert (await status(http, tokens["revoked"]) == 401) == (wanted != PUBLIC)
    async with client(over_unix(app)) as http:
        assert await status(http, None) not in refused


@pytest.mark.parametrize(
    "header",
    [
        {"Forwarded": "for=192.0.2.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Whatever": "1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "portal.example"},
        {"Host": "portal.example:7424"},
        {"Host": "127.0.0.1:80"},
        {"Host": "127.0.0.1"},
        {"Host": "localhost.evil.example:7424"},
        {"Host": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/api/v1/status", "/metrics", "/readyz", "/api/v1/me"])
async def test_a_tokenless_read_through_a_proxy_or_for_a_foreign_host_is_refused(
    header: dict[str, str], path: str
) -> None:
    async with client(create_app(services())) as http:
        answer = await http.get(path, headers=header)
    assert answer.status_code in (401, 403)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", [HOST, "localhost:7424", "LOCALHOST:7424", "[::1]:7424"])
async def test_our_own_names_are_ours(host: str) -> None:
    async with client(create_app(services())) as http:
        assert (await http.get("/api/v1/me", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
async def test_loopback_is_loopback_however_it_is_written(peer: str) -> None:
    async with client(create_app(services()), peer=peer) as http:
        assert (await http.get("/api/v1/me")).json()["name"] == "loopback"


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "", "localhost"])
async def test_what_is_not_loopback_needs_a_token(peer: str) -> None:
    async with client(create_app(services()), peer=peer) as http:
        answer = await http.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_reads_through_a_proxy() -> None:
    hub = services()
    token = hub.token("read")
    headers = {"Authorization": f"bearer {token}", "Via": "1.1 proxy", "Host": "a.example"}
    async with client(create_app(hub), peer="10.0.0.1") as http:
        answer = await http.get("/api/v1/me", headers=headers)
    assert answer.json()["name"] == "token-1"
    assert answer.json()["scopes"] == ["read"]


@pytest.mark.parametrize(
    "header", ["Basic dXNlcjpwdw==", "Bearer", "Bearer ", "Bearer \xff\xfe", "x" * 5000]
)
async def test_a_broken_authorization_is_refused_even_from_loopback(header: str) -> None:
    async with client(create_app(services())) as http:
        headers = {b"Authorization": header.encode("latin-1")}
        answer = await http.get("/api/v1/me", headers=headers)
    assert answer.status_code == 401


async def test_revoking_a_token_through_the_socket_counts_at_once() -> None:
    hub = services()
    app = create_app(hub)
    async with client(over_unix(app)) as admin, client(app, peer="10.0.0.1") as http:
        made = await admin.post("/api/v1/tokens", json={"name": "grafana", "scopes": ["read"]})
        assert made.status_code == 201
        token = made.json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert (await http.get("/api/v1/me", headers=headers)).status_code == 200
        gone = await admin.delete(f"/api/v1/tokens/{made.json()['id']}")
        assert gone.status_code == 204
        assert (await http.get("/api/v1/me", headers=headers)).status_code == 401


async def test_a_token_is_shown_once_and_stored_as_its_hash() -> None:
    hub = services()
    async with client(over_unix(create_app(hub))) as admin:
        made = await admin.post("/api/v1/tokens", json={"name": "x", "scopes": ["admin", "read"]})
        listed = await admin.get("/api/v1/tokens")
    token = made.json()["token"]
    assert len(token) >= 43
    stored = hub.store.stored_tokens[0]
    assert token not in str(stored)
    assert token not in listed.text
    assert stored.hash not in listed.text
    assert listed.json()["items"][0]["scopes"] == ["admin", "read"]


async def test_a_token_ends_when_it_expires() -> None:
    hub = services()
    token = hub.token("read", expires=NOW + 1000)
    headers = {"Authorization": f"Bearer {token}"}
    async with client(create_app(hub), peer="10.0.0.1") as http:
        assert (await http.get("/api/v1/me", headers=headers)).status_code == 200
        hub.clock.time = NOW + 1000
        assert (await http.get("/api/v1/me", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "", "scopes": ["read"]}, "/name"),
        ({"name": "x", "scopes": []}, "/scopes"),
        ({"name": "x", "scopes": ["root"]}, "/scopes/0"),
        ({"name": "x", "scopes": ["read"], "expires": "tomorrow"}, "/expires"),
        ({"name": "x", "scopes": ["read"], "expires": "2020-01-01T00:00:00Z"}, "/expires"),
        ({"name": "x", "scopes": ["read"], "extra": 1}, "/extra"),
    ],
)
async def test_a_bad_token_request_says_where(body: object, path: str) -> None:
    async with client(over_unix(create_app(services()))) as admin:
        answer = await admin.post("/api/v1/tokens", json=body)
    assert (answer.status_code, answer.json()["path"]) == (422, path)


async def test_many_wrong_tokens_are_slowed_and_a_right_one_is_not() -> None:
    hub = services()
    token = hub.token("read")
    async with client(create_app(hub), peer="10.0.0.1") as http:
        wrong = [
            (await http.get("/api/v1/me", headers={"Authorization": f"Bearer {n}"})).status_code
            for n in range(40)
        ]
        right = await http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert wrong[0] == 401
    assert wrong[-1] == 429
    assert right.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
async def test_a_write_from_a_foreign_page_is_refused(headers: dict[str, str]) -> None:
    hub = services()
    async with client(over_unix(create_app(hub))) as http:
        answer = await http.post("/api/v1/checks/web-1/pause", headers=headers)
        own = await http.post("/api/v1/checks/web-1/pause", headers={"Origin": f"http://{HOST}"})
    assert answer.status_code == 403
    assert own.status_code == 200
    assert len(hub.did) == 1


async def test_the_socket_acts_under_the_account_of_its_peer() -> None:
    hub = services()
    async with client(over_unix(create_app(hub), uid=0)) as http:
        me = (await http.get("/api/v1/me")).json()
        acked = (await http.post("/api/v1/incidents/INC-5/ack")).json()
    assert me["name"] == "root"
    assert me["scopes"] == sorted(EVERYTHING)
    assert acked["acked"]["by"] == "root"


async def test_an_account_without_a_name_goes_by_its_number() -> None:
    async with client(over_unix(create_app(services()), uid=4_000_123)) as http:
        assert (await http.get("/api/v1/me")).json()["name"] == "uid-4000123"


async def test_a_refused_write_is_told_and_a_refused_read_is_not() -> None:
    hub = services()
    app = create_app(hub)
    headers = {"Authorization": f"Bearer {hub.token('read')}"}
    async with client(app, peer="192.0.2.9") as http:
        await http.get("/api/v1/status")
        await http.post("/api/v1/incidents/INC-5/ack", json={})
        await http.post("/api/v1/incidents/INC-5/note", json={"text": "x"}, headers=headers)
    async with client(over_unix(app)) as http:
        foreign = {"Origin": "https://evil.example"}
        await http.post("/api/v1/incidents/INC-5/unack", json={}, headers=foreign)
    action = "POST /incidents/{incident}"
    told = [(what, status, who) for what, status, who, _ in hub.refused]
    account = told[-1][2]
    assert told == [
        (f"{action}/ack", 401, "192.0.2.9"),
        (f"{action}/note", 403, "192.0.2.9"),
        (f"{action}/unack", 403, account),
    ]
    assert account != "192.0.2.9"
