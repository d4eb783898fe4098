"""The long poll: everything, then what changed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.uptime.web.fakes import (
    NOW,
    FakeServices,
    client,
    running,
    turns_of_the_loop,
    until,
    waiting,
)
from uptime.core.model import Condition, Notification
from uptime.schema import Status
from uptime.web.app import create_app


@pytest.fixture
def services() -> FakeServices:
    made = FakeServices()
    made.add("web-1")
    made.add("web-2", Condition.DOWN)
    made.open_incident(5, "web-2")
    made.owed[5] = [Notification(9, 5, "telegram", "down", 1, NOW, NOW)]
    return made


async def test_without_a_version_everything_is_answered(services: FakeServices) -> None:
    async with client(create_app(services)) as http:
        answer = await http.get("/api/v1/status")
    status = Status.model_validate_json(answer.content, strict=True)
    assert status.full
    assert [row.id for row in status.checks] == ["web-1", "web-2"]
    assert status.incidents[0].id == "INC-5"
    assert status.incidents[0].told[0].channel == "telegram"
    assert status.version == services.board.version
    assert status.now == "2026-11-24T03:04:05.678Z"


@pytest.mark.parametrize("after", ["", "x", "00000000-1", "-1", "1", "é-1", "a-" + "9" * 40])
async def test_an_unknown_version_is_answered_in_full_and_at_once(
    services: FakeServices, after: str
) -> None:
    async with client(create_app(services)) as http:
        answer = await http.get("/api/v1/status", params={"after": after, "wait": 30})
    assert answer.json()["full"] is True


async def test_only_what_changed_is_answered(services: FakeServices) -> None:
    async with client(create_app(services)) as http:
        version = (await http.get("/api/v1/status")).json()["version"]
        services.board.touch(services.board.rows["web-1"])
        services.board.remove("web-2")
        delta = (await http.get("/api/v1/status", params={"after": version})).json()
    assert delta["full"] is False
    assert [row["id"] for row in delta["checks"]] == ["web-1"]
    assert delta["removed"] == ["web-2"]
    assert delta["incidents"] == []


async def test_nothing_new_is_answered_empty(services: FakeServices) -> None:
    async with client(create_app(services)) as http:
        answer = await http.get("/api/v1/status", params={"after": services.board.version})
    assert answer.json()["checks"] == []
    assert answer.json()["monitor"]["state"] == "ok"


async def test_a_waiting_client_is_answered_when_something_changes(
    services: FakeServices, tmp_path: Path
) -> None:
    async with running(services, tmp_path) as web, web.over_tcp() as http:
        params = {"after": services.board.version, "wait": "20"}
        poll = asyncio.create_task(http.get("/api/v1/status", params=params))
        await until(lambda: waiting(services))
        services.board.touch(services.board.rows["web-2"])
        answer = await asyncio.wait_for(poll, 5)
    assert [row["id"] for row in answer.json()["checks"]] == ["web-2"]


async def test_a_wait_ends_by_its_time(services: FakeServices) -> None:
    began = time.monotonic()
    async with client(create_app(services)) as http:
        answer = await http.get(
            "/api/v1/status", params={"after": services.board.version, "wait": 0.3}
        )
    assert 0.25 < time.monotonic() - began < 3
    assert answer.json()["checks"] == []


async def test_changes_close_together_come_in_one_answer(services: FakeServices) -> None:
    async with client(create_app(services)) as http:
        params = {"after": services.board.version, "wait": "20"}
        poll = asyncio.create_task(http.get("/api/v1/status", params=params))
        await until(lambda: waiting(services))
        services.board.touch(services.board.rows["web-2"])
        await asyncio.sleep(0)
        services.board.touch(services.board.rows["web-1"])
        answer = await poll
    assert {row["id"] for row in answer.json()["checks"]} == {"web-1", "web-2"}


@pytest.mark.parametrize("wait", ["61", "-1", "nan", "inf", "soon", ""])
async def test_a_wait_out_of_range_is_refused(services: FakeServices, wait: str) -> None:
    async with client(create_app(services)) as http:
        answer = await http.get("/api/v1/status", params={"after": "x", "wait": wait})
    assert answer.status_code == 422
    assert answer.json()["path"] == "wait"


async def test_nobody_waits_for_a_client_that_left(services: FakeServices, tmp_path: Path) -> None:
    async with running(services, tmp_path) as web:
        async with web.over_tcp() as http:
            params = {"after": services.board.version, "wait": "60"}
            poll = asyncio.create_task(http.get("/api/v1/status", params=params))
            await until(lambda: waiting(services))
            poll.cancel()
        await until(lambda: not waiting(services))


async def test_ten_thousand_rows_never_hold_the_loop(services: FakeServices) -> None:
    for number in range(10_000):
        services.add(f"check-{number}")
    async with turns_of_the_loop() as turns, client(create_app(services)) as http:
        answer = await http.get("/api/v1/status")
    assert len(answer.json()["checks"]) == 10_002
    assert turns[-1] < sum(turns) / 4, "in slices, however fast the machine"
