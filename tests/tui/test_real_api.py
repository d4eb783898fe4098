"""The terminal UI in front of the API itself, over a socket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.tui.stage import Stage
from tests.uptime.web.fakes import FakeServices, running
from tui.app import make_app
from tui.client import Client, Refused, Unauthorized
from uptime.core.model import Condition


async def test_every_call_of_the_client_is_understood(tmp_path: Path) -> None:
    services = FakeServices()
    services.add("web", Condition.DOWN)
    services.open_incident(7, "web")
    async with running(services, tmp_path) as web:
        client = Client(socket=web.path)
        me = await client.me()
        assert "ack" in me.scopes
        status = await client.status()
        assert status.full
        assert not (await client.status(status.version, 0)).checks
        now = services.clock.now() / 1000
        assert (await client.check("web")).id == "web"
        await client.results("web", now - 3600, now)
        await client.results("web", now - 30 * 86400, now, 4 * 3600)
        await client.spans("web", now - 3600, now)
        assert (await client.incident("INC-7")).check == "web"
        assert [each.id for each in await client.incidents()] == ["INC-7"]
        assert (await client.ack("INC-7", "k1")).acked is not None
        assert (await client.ack("INC-7", "k1")).acked is not None
        assert (await client.unack("INC-7", "k2")).acked is None
        assert (await client.note("INC-7", "k3", "dicek")).notes[0].text == "dicek"
        assert (await client.cause("INC-7", "k4", "listrik")).cause == "listrik"
        assert (await client.probe("web", "k5")).type == "http"
        assert [what for what, *_ in services.did].count("ack") == 1
        with pytest.raises(Refused) as caught:
            await client.incident("INC-99")
        assert caught.value.problem.status == 404
        await client.aclose()


async def test_over_tcp_without_a_token_it_reads_and_says_so(tmp_path: Path) -> None:
    services = FakeServices()
    services.add("web", Condition.DOWN, name="Portal")
    services.open_incident(7, "web")
    async with running(services, tmp_path) as web:
        place = f"127.0.0.1:{web.port}"
        services.config.siaga = replace(services.config.siaga, listen=place)
        client = Client(f"http://{place}")
        assert "ack" not in (await client.me()).scopes
        with pytest.raises(Unauthorized):
            await client.ack("INC-7", "k1")
        await client.aclose()


async def test_an_outage_is_seen_opened_and_acknowledged(tmp_path: Path) -> None:
    services = FakeServices()
    services.add("web", Condition.UP, name="Portal")
    async with running(services, tmp_path) as web:
        app = make_app(Client(socket=web.path), clock=lambda: services.clock.now() / 1000)
        async with app.run_test(size=(80, 24)) as pilot:
            on = Stage(None, app, pilot)  # type: ignore[arg-type]  # no fake here
            await on.shows("✓ NORMAL")
            services.add("web", Condition.DOWN, name="Portal")
            services.open_incident(7, "web")
            await on.shows("✗ MATI")
            await on.press("enter")
            await on.shows("https://portal.example/")
            await on.shows("INC-7 · belum ditangani")
            await on.press("a", "escape")
            await on.until(lambda: services.board.incidents[7].acked)
            await on.shows("ditangani")
