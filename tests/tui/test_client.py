"""The client: whose token, over what, and what becomes of every kind of answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.tui import regency
from tests.tui.fake_api import FakeApi
from tests.tui.stage import NOW
from tui import client as module
from tui.client import Client, Offline, Refused, TokenError, Unauthorized, read_token


async def parts(body: bytes) -> AsyncIterator[bytes]:
    yield body


def answering(status: int, body: bytes, **headers: str) -> Client:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=parts(body), headers=headers)

    return Client(transport=httpx.MockTransport(handler))


def test_without_a_file_there_is_no_token() -> None:
    assert read_token() is None


def test_the_token_is_read_from_the_home_directory() -> None:
    path = Path.home() / ".config" / "siaga" / "token"
    path.parent.mkdir(parents=True)
    path.touch(0o600)
    path.write_text("siaga_secret\n")
    assert read_token() == "siaga_secret"


@pytest.mark.parametrize(
    ("mode", "content", "said"),
    [
        (0o644, "siaga_x", "mode 0644 lets others read the token; fix: chmod 0600"),
        (0o600, "", "holds no token"),
        (0o600, "two words", "holds no token"),
        (0o600, "bücher", "holds no token"),
    ],
)
def test_a_token_that_cannot_be_used_is_explained(
    mode: int, content: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    path.chmod(mode)
    monkeypatch.setenv("SIAGA_TOKEN_FILE", str(path))
    with pytest.raises(TokenError, match="token") as caught:
        read_token()
    assert said in str(caught.value)
    assert "siaga_x" not in str(caught.value)


def test_a_named_file_that_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_TOKEN_FILE", str(tmp_path / "nothing"))
    with pytest.raises(TokenError, match="not there"):
        read_token()


async def test_the_token_and_the_key_of_an_action_are_sent() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(401, content=parts(b""))

    client = Client("https://siaga.example", token="t", transport=httpx.MockTransport(handler))
    with pytest.raises(Unauthorized):
        await client.note("INC-1", "key", "text")
    assert seen[0].url == "https://siaga.example/api/v1/incidents/INC-1/note"
    assert seen[0].headers["authorization"] == "Bearer t"
    assert seen[0].headers["idempotency-key"] == "key"
    assert seen[0].content == b'{"text":"text"}'


async def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(401, content=parts(b""))

    client = Client(transport=httpx.MockTransport(handler))
    with pytest.raises(Unauthorized):
        await client.check("../me?x=1#y")
    assert seen == [b"/api/v1/checks/..%2Fme%3Fx%3D1%23y"]


async def test_it_speaks_over_a_unix_socket(tmp_path: Path) -> None:
    api = FakeApi.regency(NOW)
    path = tmp_path / "s"
    server = await asyncio.start_unix_server(api._connection, path)
    client = Client(socket=path)
    assert (await client.me()).organisation == "Kabupaten Contoh"
    status = await client.status()
    assert len(status.checks) == len(api.rows)
    await client.aclose()
    server.close()
    await server.wait_closed()


async def test_nobody_there_is_offline_with_a_reason(tmp_path: Path) -> None:
    client = Client(socket=tmp_path / "nothing")
    with pytest.raises(Offline) as caught:
        await client.me()
    assert caught.value.reason == "refused"
    await client.aclose()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (503, b"", "server"),
        (200, b"", "garbage"),
        (200, b"not json", "garbage"),
        (200, b"[1]", "garbage"),
        (200, b'{"name": 3}', "garbage"),
        (200, b"[" * 100_000, "garbage"),
        (200, b'{"name": NaN}', "garbage"),
        (301, b"{}", "garbage"),
    ],
)
async def test_an_answer_that_is_none_is_offline(status: int, body: bytes, reason: str) -> None:
    with pytest.raises(Offline) as caught:
        await answering(status, body).me()
    assert caught.value.reason == reason


async def test_an_encoded_answer_is_not_inflated() -> None:
    with pytest.raises(Offline, match="plain"):
        await answering(200, b"{}", **{"content-encoding": "gzip"}).me()


async def test_an_endless_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1000)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless())

    with pytest.raises(Offline, match="1000"):
        await Client(transport=httpx.MockTransport(handler)).me()


async def test_a_dripping_answer_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_DEADLINE_S", 0.05)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=never())

    with pytest.raises(Offline) as caught:
        await Client(transport=httpx.MockTransport(handler)).me()
    assert caught.value.reason == "timeout"


async def test_a_refusal_carries_the_servers_problem() -> None:
    body = b'{"title": "Conflict", "status": 409, "detail": "it is closed\\u001b[2J"}'
    with pytest.raises(Refused) as caught:
        await answering(409, body).ack("INC-1", "k")
    assert str(caught.value) == "it is closed[2J"


async def test_of_a_list_only_what_is_understood_is_taken() -> None:
    good = regency.incident("INC-3").model_dump_json()
    body = f'{{"items": [{good}, {{"id": 4}}, 7], "next": null}}'.encode()
    assert [each.id for each in await answering(200, body).incidents()] == ["INC-3"]


async def test_what_a_newer_server_adds_is_ignored() -> None:
    api = FakeApi.regency(NOW)
    status = (await api._status(None, 0)).model_dump()
    status["weather"] = "fine"
    status["checks"][0]["colour"] = "blue"
    status["monitor"] = {"mood": "good"}
    answered = answering(200, httpx.Response(200, json=status).content)
    found = await answered.status()
    assert len(found.checks) == len(api.rows)
    assert found.monitor.state == "degraded"
