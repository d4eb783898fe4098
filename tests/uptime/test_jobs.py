"""Long work over the API: real processes on a real record, bounded in every way."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from starlette.types import ASGIApp

from tests.uptime.claims.world import CONFIG, recorded
from tests.uptime.web.fakes import FakeServices, client, over_unix, turns_of_the_loop
from uptime import jobs
from uptime.config import load
from uptime.job_kinds import KINDS, MEDIA_TYPES
from uptime.jobs import Jobs
from uptime.schema import JobBody, JobRow
from uptime.web.app import create_app

pytestmark = pytest.mark.timeout(120)

# In the place of the real process, which takes its second to import what it needs: it is long at
# it, or tells much, or says nothing.
STUB = """
import json, sys, time
request = json.loads(sys.stdin.readline())
for number in range(int(sys.argv[1])):
    print(json.dumps(["stage", number, 0]), flush=True)
time.sleep(float(sys.argv[2]))
open(request["output"], "w").write("made")
print(json.dumps({"name": "x.zip", "media_type": "application/zip", "size": 4}))
"""
EVIDENCE = {"kind": "evidence", "incident": "INC-1"}
CLAIM = {"kind": "claim", "contract": "isp-a", "month": "2025-10"}


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[FakeServices]:
    file = await asyncio.to_thread(recorded, tmp_path)
    made = FakeServices(file)
    made.config = await asyncio.to_thread(load, file, {})
    made.jobs = await asyncio.to_thread(Jobs, files(made), lambda: made.config, made.clock.now)
    yield made
    await made.jobs.close()


@pytest.fixture
def app(services: FakeServices) -> ASGIApp:
    return over_unix(create_app(services))


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def put(lines: int = 1, seconds: float = 0.0) -> None:
        command = (sys.executable, "-I", "-S", "-c", STUB, str(lines), str(seconds))
        monkeypatch.setattr(jobs, "COMMAND", command)

    return put


def files(services: FakeServices) -> Path:
    path: Path = services.config.path
    return path.with_name("siaga.jobs")


async def post(app: ASGIApp, body: object) -> httpx.Response:
    async with client(app) as http:
        return await http.post("/api/v1/jobs", json=body)


async def get(app: ASGIApp, path: str) -> httpx.Response:
    async with client(app) as http:
        return await http.get(f"/api/v1{path}")


async def over(app: ASGIApp, body: object) -> dict[str, Any]:
    """The job once it is done or failed."""
    asked = await post(app, body)
    assert asked.status_code == 202, asked.text
    job = asked.json()
    assert asked.headers["location"] == f"/api/v1/jobs/{job['id']}"
    while job["state"] in {"queued", "running"}:
        await asyncio.sleep(0.05)  # its process tells nobody else
        job = (await get(app, f"/jobs/{job['id']}")).json()
    return dict(JobRow.model_validate(job).model_dump())


async def test_the_evidence_of_an_incident_is_made_and_fetched(app: ASGIApp) -> None:
    job = await over(app, EVIDENCE)
    assert (job["state"], job["error"], job["name"]) == ("done", None, "INC-1.zip")
    answer = await get(app, f"/jobs/{job['id']}/file")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="INC-1.zip"'
    assert len(answer.content) == job["size"]
    assert "manifest.json" in ZipFile(BytesIO(answer.content)).namelist()


@pytest.mark.parametrize(("form", "start"), [(None, b"%PDF-"), ("csv", b"kind")])
async def test_a_claim_is_made_in_the_form_that_was_asked_for(
    app: ASGIApp, form: str | None, start: bytes
) -> None:
    job = await over(app, CLAIM | ({} if form is None else {"format": form}))
    assert (job["state"], job["error"]) == ("done", None)
    assert (await get(app, f"/jobs/{job['id']}/file")).content.startswith(start)


@pytest.mark.parametrize(("form", "start"), [(None, b"%PDF-"), ("json", b"{")])
async def test_a_report_is_made_in_the_form_that_was_asked_for(
    app: ASGIApp, form: str | None, start: bytes
) -> None:
    asked = {"kind": "report", "month": "2025-10"}
    job = await over(app, asked | ({} if form is None else {"format": form}))
    assert (job["state"], job["error"]) == ("done", None)
    assert job["name"] == f"laporan-2025-10.{form or 'pdf'}"
    assert (await get(app, f"/jobs/{job['id']}/file")).content.startswith(start)


async def test_the_loop_is_not_held_while_a_job_runs(
    app: ASGIApp, stub: Callable[..., None]
) -> None:
    stub(lines=500)
    await over(app, EVIDENCE)  # what is done once is done
    async with turns_of_the_loop() as turns:
        job = await over(app, EVIDENCE)
    assert job["state"] == "done"
    assert turns[-1] < 0.02


async def test_what_went_wrong_is_said_with_the_remedy(app: ASGIApp) -> None:
    job = await over(app, EVIDENCE | {"incident": "INC-99"})
    assert (job["state"], job["name"]) == ("failed", None)
    assert job["error"] == "there is no incident INC-99; fix: see siaga incidents"
    answer = await get(app, f"/jobs/{job['id']}/file")
    assert answer.status_code == 409
    assert "INC-99" in answer.json()["detail"]


async def test_a_file_that_is_not_the_configuration_in_force_judges_nothing(
    services: FakeServices, app: ASGIApp
) -> None:
    changed = CONFIG.replace("fee = 18500000", "fee = 28500000")
    await asyncio.to_thread(services.config.path.write_text, changed)
    assert "not the one in force" in (await over(app, CLAIM))["error"]
    await asyncio.to_thread(services.config.path.write_text, "[")
    assert "has errors by now" in (await over(app, CLAIM))["error"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"kind": "nope"}, "/kind"),
        ({"kind": "claims"}, "/kind"),
        ({"kind": ""}, "/kind"),
        ({}, "/kind"),
        ({"kind": "evidence"}, "/incident"),
        ({"kind": "claim", "contract": "isp-a"}, "/month"),
        ({"kind": "claim", "month": "2025-10"}, "/contract"),
        (CLAIM | {"format": "docx"}, "/format"),
        (EVIDENCE | {"format": "pdf"}, "/format"),
        (EVIDENCE | {"language": "fr"}, "/language"),
        (EVIDENCE | {"output": "/etc/passwd"}, "/output"),
        (EVIDENCE | {"incident": 1}, "/incident"),
        (EVIDENCE | {"incident": "I" * 41}, "/incident"),
    ],
)
async def test_a_bad_request_is_pointed_at(app: ASGIApp, body: object, where: str) -> None:
    answer = await post(app, body)
    assert (answer.status_code, answer.json()["path"]) == (422, where)


async def test_who_may_only_read_asks_for_nothing(services: FakeServices) -> None:
    reader, actor = services.token("read"), services.token("ack")
    async with client(create_app(services), peer="10.0.0.1") as http:

        async def asks(token: str | None) -> int:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            answer = await http.post("/api/v1/jobs", json={"kind": "nope"}, headers=headers)
            return answer.status_code

        assert [await asks(None), await asks(reader), await asks(actor)] == [401, 403, 422]
    assert [refused[:2] for refused in services.refused] == [
        ("POST /jobs", 401), ("POST /jobs", 403),
    ]  # fmt: skip


async def test_as_many_wait_as_may_and_those_done_make_room(
    app: ASGIApp, monkeypatch: pytest.MonkeyPatch, stub: Callable[..., None]
) -> None:
    stub(seconds=0.3)
    monkeypatch.setattr(jobs, "MOST_WAITING", 2)
    first, second = (await post(app, EVIDENCE)).json(), (await post(app, EVIDENCE)).json()
    refused = await post(app, EVIDENCE)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    answer = await get(app, f"/jobs/{second['id']}/file")
    assert answer.status_code == 409
    assert "not done yet" in answer.json()["detail"]
    while (await get(app, f"/jobs/{first['id']}")).json()["state"] != "done":
        states = {(await get(app, f"/jobs/{each['id']}")).json()["state"]
                  for each in (first, second)}  # fmt: skip
        assert states != {"running"}, "two at a time"
        await asyncio.sleep(0.05)
    assert (await post(app, EVIDENCE)).status_code == 202


async def test_a_file_is_gone_when_its_time_is_over(
    services: FakeServices, app: ASGIApp, monkeypatch: pytest.MonkeyPatch, stub: Callable[..., None]
) -> None:
    stub()
    monkeypatch.setattr(jobs, "KEPT_MS", 300)
    asked = (await post(app, EVIDENCE)).json()
    path = services.jobs.path(services.jobs.find(asked["id"]))  # type: ignore[arg-type]
    while (await get(app, f"/jobs/{asked['id']}")).status_code == 200:
        await asyncio.sleep(0.05)
    while await asyncio.to_thread(path.exists):
        await asyncio.sleep(0.05)
    assert (await get(app, f"/jobs/{asked['id']}/file")).status_code == 404


async def test_of_those_that_are_over_the_oldest_goes_first(
    services: FakeServices, app: ASGIApp, monkeypatch: pytest.MonkeyPatch, stub: Callable[..., None]
) -> None:
    stub()
    monkeypatch.setattr(jobs, "MOST_KEPT", 1)
    first = await over(app, EVIDENCE)
    second = await over(app, EVIDENCE)
    assert services.jobs.find(first["id"]) is None
    assert (await get(app, f"/jobs/{second['id']}/file")).status_code == 200


async def test_one_that_takes_too_long_is_ended(
    services: FakeServices, app: ASGIApp, monkeypatch: pytest.MonkeyPatch, stub: Callable[..., None]
) -> None:
    stub(seconds=60)
    monkeypatch.setattr(jobs, "LONGEST_S", 0.05)
    job = await over(app, EVIDENCE)
    assert (job["state"], job["error"]) == ("failed", "it took longer than 0 s")
    monkeypatch.setattr(jobs, "LONGEST_S", 60.0)
    stub()
    assert (await over(app, EVIDENCE))["state"] == "done"


async def test_a_process_that_is_killed_fails_its_job_alone(
    services: FakeServices, app: ASGIApp, stub: Callable[..., None]
) -> None:
    stub(seconds=60)
    asked = (await post(app, EVIDENCE)).json()
    while services.jobs._child is None:
        await asyncio.sleep(0.01)
    os.kill(services.jobs._child.pid, signal.SIGKILL)
    while (job := (await get(app, f"/jobs/{asked['id']}")).json())["finished"] is None:
        await asyncio.sleep(0.05)
    assert (job["state"], job["error"]) == ("failed", "an error of ours; the log has it")
    stub()
    assert (await over(app, EVIDENCE))["state"] == "done"


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="Linux has it")
def test_when_memory_runs_out_a_job_goes_before_the_daemon() -> None:
    with subprocess.Popen(jobs.COMMAND, stdin=subprocess.PIPE) as child:
        score, until = Path(f"/proc/{child.pid}/oom_score_adj"), time.monotonic() + 20
        while score.read_text() != "1000\n":
            assert time.monotonic() < until
            time.sleep(0.02)
        child.kill()


async def test_the_end_of_the_daemon_leaves_neither_process_nor_file(
    services: FakeServices, app: ASGIApp, stub: Callable[..., None]
) -> None:
    stub(seconds=60)
    await post(app, EVIDENCE)
    await post(app, EVIDENCE)
    while services.jobs._child is None:
        await asyncio.sleep(0.01)
    child = services.jobs._child
    await services.jobs.close()
    assert await asyncio.to_thread(child.wait, 5) == -signal.SIGKILL
    assert not await asyncio.to_thread(files(services).exists)


def test_what_a_killed_daemon_left_is_removed_at_the_start(tmp_path: Path) -> None:
    left = tmp_path / "siaga.jobs"
    left.mkdir()
    (left / "0").write_text("x")
    Jobs(left, lambda: pytest.fail("nothing runs"), lambda: 0)
    assert not left.exists()


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_can_be_asked_for(name: str) -> None:
    kind = KINDS[name]
    module, _, function = kind.work.partition(":")
    assert callable(getattr(import_module(module), function))
    assert set(kind.needs) <= JobBody.model_fields.keys()
    assert set(kind.formats) <= MEDIA_TYPES.keys()
