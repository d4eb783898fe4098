"""Each noun of the API: what it answers, and what it does to bad ids, dates and limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from tests.uptime.web.fakes import NOW, FakeChannel, FakePoint, FakeServices, client, over_unix
from tests.uptime.web.hostile import HOSTILE
from uptime.config.model import Contract, Tier
from uptime.core.causes import Cause
from uptime.core.model import Condition, Delivery, Incident, Note, Notification, Severity, Span
from uptime.core.proposed import Proposal
from uptime.core.text import rfc3339
from uptime.schema import (
    Causes,
    CheckDetail,
    CheckItem,
    IncidentRow,
    MaintenanceRow,
    Offenders,
    ReportRow,
    ResultPoint,
    ResultRow,
    ResultSeries,
    Sla,
    SpanRow,
)
from uptime.store.errors import StoreBroken
from uptime.web import examples
from uptime.web.app import create_app


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    made = FakeServices(tmp_path / "checks.toml")
    made.add("web-1", labels={"opd": "Dinas"})
    made.add("web-2", Condition.DOWN, runbook="runbooks/web.md")
    made.open_incident(5, "web-2", detail="no answer")
    return made


@pytest.fixture
def app(services: FakeServices) -> ASGIApp:
    return over_unix(create_app(services))


async def get(app: ASGIApp, path: str, **params: str | int) -> httpx.Response:
    async with client(app) as http:
        return await http.get(f"/api/v1{path}", params=params)


async def post(app: ASGIApp, path: str, json: object = None) -> httpx.Response:
    async with client(app) as http:
        return await http.post(f"/api/v1{path}", json=json)


# ---- checks ----


async def test_a_list_of_checks_is_paged_without_gaps_while_checks_come_and_go(
    services: FakeServices, app: ASGIApp
) -> None:
    for number in range(10, 40):
        services.add(f"check-{number}")
    seen: list[str] = []
    following: dict[str, str] = {}
    while True:
        page = (await get(app, "/checks", limit=7, **following)).json()
        seen += [CheckItem.model_validate(item).id for item in page["items"]]
        if page["next"] is None:
            break
        following = {"cursor": page["next"]}
        services.add("check-00")  # before the cursor: not seen, moves nothing
        services.config.checks.pop("check-12", None)
    assert seen == sorted(set(seen))
    assert {f"check-{n}" for n in range(13, 40)} <= set(seen)


async def test_a_check_shows_configuration_state_last_result_and_availability(
    services: FakeServices, app: ASGIApp
) -> None:
    services.store.found_spans = [Span(NOW - 9000, None, Condition.UP, known=True, bound=None)]
    detail = CheckDetail.model_validate((await get(app, "/checks/web-1")).json())
    assert detail.row.labels == {"opd": "Dinas"}
    assert detail.config["interval_s"] == 10.0
    assert detail.last is not None
    assert detail.last.facts == {"status_code": 200}
    assert detail.spans[0].state == "up"
    assert detail.availability == {"24h": 100.0, "7d": 100.0, "30d": 100.0}


@pytest.mark.parametrize(
    "path",
    [
        "/checks/nope",
        "/checks/nope/results",
        "/checks/nope/spans",
        "/checks/nope/runbook",
        "/checks/%00",
        "/checks/..%2f..%2fetc",
        "/incidents/INC-99",
        "/incidents/INC-0",
        "/incidents/5",
        "/incidents/INC-5x",
        "/incidents/INC-" + "9" * 30,
        "/incidents/INC-٥",
        "/incidents/INC-99/timeline",
    ],
)
async def test_an_unknown_id_is_not_found(app: ASGIApp, path: str) -> None:
    answer = await get(app, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "params", "where"),
    [
        ("/checks", {"limit": "0"}, "limit"),
        ("/checks", {"limit": "1001"}, "limit"),
        ("/checks", {"limit": "many"}, "limit"),
        ("/checks", {"cursor": "%%%"}, "cursor"),
        ("/checks", {"cursor": "/w"}, "cursor"),
        ("/incidents", {"cursor": "YWJj"}, "cursor"),
        ("/incidents", {"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, "cursor"),
        ("/incidents", {"state": "ajar"}, "state"),
        ("/notifications", {"state": "lost"}, "state"),
        ("/checks/web-1/results", {"from": "yesterday"}, "from"),
        ("/checks/web-1/results", {"from": "2026-11-24T03:00:00"}, "from"),
        ("/checks/web-1/results", {"from": "9999-99-99T00:00:00Z"}, "from"),
        ("/checks/web-1/results", {"from": "2027-01-01T00:00:00Z"}, "from"),
        ("/checks/web-1/results", {"from": "1900-01-01T00:00:00Z"}, "from"),
        ("/checks/web-1/results", {"from": "2026-01-01T00:00:00Z"}, "step"),
        ("/checks/web-1/results", {"from": "2026-01-01T00:00:00Z", "step": "1s"}, "step"),
        ("/checks/web-1/results", {"step": "0s"}, "step"),
        ("/checks/web-1/results", {"step": "-5"}, "step"),
        ("/checks/web-1/results", {"step": "5 minutes"}, "step"),
        ("/checks/web-1/results", {"step": "9" * 19 + "d"}, "step"),
        ("/checks/web-1/spans", {"to": "0001-01-01T00:00:00Z"}, None),
        ("/sla", {"month": "2026-13"}, "month"),
        ("/sla", {"month": "november"}, "month"),
        ("/sla", {"month": "2027-06"}, "from"),
        ("/sla", {"last": "forever"}, "last"),
        ("/sla", {"last": "100000d"}, "last"),
        ("/sla", {"month": "2026-11", "last": "1d"}, "month"),
        ("/sla", {"last": "1d", "from": "2026-11-01"}, "month"),
        ("/sla", {"from": "2026-11-31"}, "from"),
        ("/sla", {"from": "2026-11-20", "to": "2026-11-10"}, "from"),
        ("/sla", {"check": "web-1", "group": "web"}, "group"),
        ("/sla", {"check": "web-1", "contract": "isp-a"}, "contract"),
        ("/sla", {"contract": "unmeasured"}, "contract"),
    ],
)
async def test_a_bad_parameter_is_named(
    app: ASGIApp, path: str, params: dict[str, str], where: str | None
) -> None:
    answer = await get(app, path, **params)
    if where is None:
        assert answer.status_code in (200, 422)
        return
    assert (answer.status_code, answer.json()["path"]) == (422, where)


async def test_results_come_as_points(services: FakeServices, app: ASGIApp) -> None:
    services.store.points = [FakePoint(NOW - 2000), FakePoint(NOW - 1000, status="down")]
    services.store.notice = "only minutes are left"
    answer = (await get(app, "/checks/web-1/results", step="1m")).json()
    found = ResultSeries.model_validate(answer)
    assert [point.status for point in found.items] == ["up", "down"]
    assert found.items[0].at == rfc3339(NOW - 2000)
    assert found.whole == found.items[0]
    assert (found.next, found.notice) == (None, "only minutes are left")
    assert set(answer["items"][0]) == set(ResultPoint.model_fields)


async def test_a_plus_sign_that_was_not_escaped_is_understood(app: ASGIApp) -> None:
    answer = await get(app, "/checks/web-1/results?from=2026-11-24T09:30:00+07:00")
    assert answer.status_code == 200


async def test_a_span_that_is_not_known_shows_unknown_over_its_condition(
    services: FakeServices, app: ASGIApp
) -> None:
    services.store.found_spans = [
        Span(NOW - 9000, NOW - 5000, Condition.DOWN, known=False),
        Span(NOW - 5000, None, Condition.DOWN, known=True),
    ]
    items = (await get(app, "/checks/web-1/spans")).json()["items"]
    spans = [SpanRow.model_validate(item) for item in items]
    assert [(s.state, s.condition) for s in spans] == [("unknown", "down"), ("down", "down")]


async def test_a_runbook_is_read_beside_the_configuration(
    services: FakeServices, app: ASGIApp, tmp_path: Path
) -> None:
    assert (await get(app, "/checks/web-2/runbook")).status_code == 404
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/web.md").write_text("# Muat ulang\n\x1b]52;c;x\x07" + "x" * 300_000)
    answer = await get(app, "/checks/web-2/runbook")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Muat ulang\n")
    assert "\x1b" not in answer.text
    assert len(answer.content) <= 256 * 1024


@pytest.mark.parametrize("what", ["directory", "pipe"])
async def test_a_runbook_that_is_no_file_is_not_found(
    services: FakeServices, app: ASGIApp, tmp_path: Path, what: str
) -> None:
    import os

    (tmp_path / "runbooks").mkdir()
    path = tmp_path / "runbooks/web.md"
    path.mkdir() if what == "directory" else os.mkfifo(path)
    assert (await get(app, "/checks/web-2/runbook")).status_code == 404


async def test_a_runbook_elsewhere_is_an_address(services: FakeServices, app: ASGIApp) -> None:
    services.add("web-3", runbook="https://wiki.example/web")
    assert (await get(app, "/checks/web-3/runbook")).text == "<https://wiki.example/web>\n"


async def test_a_check_is_run_now(services: FakeServices, app: ASGIApp) -> None:
    row = ResultRow.model_validate((await post(app, "/checks/web-1/probe")).json())
    assert row.type == "http"
    assert services.did == [("probe", "web-1")]


async def test_a_check_is_paused_and_resumed_by_name(services: FakeServices, app: ASGIApp) -> None:
    assert (await post(app, "/checks/web-1/pause")).json()["id"] == "web-1"
    assert (await post(app, "/checks/web-1/resume")).status_code == 200
    assert (await post(app, "/checks/nope/pause")).status_code == 404
    assert services.did == [("pause", "web-1", "root"), ("resume", "web-1", "root")]


# ---- incidents ----


async def test_incidents_are_listed_newest_first_stored_or_not(
    services: FakeServices, app: ASGIApp
) -> None:
    closed = Incident(3, "down", "web-1", Severity.LOW, NOW - 9000, ended=NOW - 5000)
    services.store.stored_incidents = [closed, replace(closed, id=4)]
    services.open_incident(6, "web-1")
    items = (await get(app, "/incidents")).json()["items"]
    assert [IncidentRow.model_validate(item).id for item in items] == [
        "INC-6",
        "INC-5",
        "INC-4",
        "INC-3",
    ]
    items = (await get(app, "/incidents", state="closed")).json()["items"]
    assert [item["id"] for item in items] == ["INC-4", "INC-3"]
    items = (await get(app, "/incidents", state="open")).json()["items"]
    assert [item["id"] for item in items] == ["INC-6", "INC-5"]


@pytest.mark.parametrize("state", [None, "open", "closed"])
async def test_paging_through_incidents_misses_and_repeats_none(
    services: FakeServices, app: ASGIApp, state: str | None
) -> None:
    for number in range(10, 60):
        ended = NOW if number % 2 else None
        one = Incident(number, "down", "web-1", Severity.LOW, NOW - 9000, ended=ended)
        services.store.stored_incidents.append(one)
        if number % 3 == 0:
            services.board.show_incident(one)
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 7} | ({} if state is None else {"state": state})
    while True:
        page = (await get(app, "/incidents", **params)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
        services.open_incident(100 + len(seen), "web-1")  # opened meanwhile
    expected = [
        f"INC-{n}" for n in range(59, 9, -1) if state is None or (n % 2 == 1) == (state == "closed")
    ]
    assert [each for each in seen if each != "INC-5"] == expected


async def test_an_incident_is_acknowledged_noted_explained_and_let_go(
    services: FakeServices, app: ASGIApp
) -> None:
    until = rfc3339(NOW + 60_000)
    acked = (await post(app, "/incidents/INC-5/ack", {"note": "ke lokasi", "until": until})).json()
    assert acked["acked"] == {"by": "root", "at": rfc3339(NOW), "until": until}
    noted = (await post(app, "/incidents/INC-5/note", {"text": "serat putus"})).json()
    assert noted["notes"][0]["text"] == "serat putus"
    cause = (await post(app, "/incidents/INC-5/cause", {"cause": "fibre"})).json()
    assert (cause["cause"], cause["cause_by"], cause["cause_at"]) == ("fibre", "root", rfc3339(NOW))
    timeline = (await get(app, "/incidents/INC-5/timeline")).json()["items"]
    assert ("cause", "root", "fibre") in [(t["kind"], t["by"], t["text"]) for t in timeline]
    assert (await post(app, "/incidents/INC-5/uncause")).json()["cause"] is None
    assert (await post(app, "/incidents/INC-5/unack")).json()["acked"] is None


async def test_what_rules_propose_is_shown_with_its_evidence_by_name(
    services: FakeServices, app: ASGIApp
) -> None:
    parent = Proposal(Cause.INTERNAL_NETWORK, "parent", "likely", ("web-1",))
    services.board.show_incident(replace(services.board.incidents[5], proposed=parent))
    name = services.board.rows["web-1"].name
    assert (await get(app, "/incidents/INC-5")).json()["proposed"] == {
        "cause": "internal-network",
        "confidence": "likely",
        "rule": "parent",
        "evidence": ["web-1"],
        "why": {"id": f"{name} terputus", "en": f"{name} is down"},
    }


async def test_downtime_is_booked_by_cause_and_offenders_are_named(
    services: FakeServices, app: ASGIApp
) -> None:
    found = Causes.model_validate((await get(app, "/causes", last="1h", check="web-1")).json())
    assert [(row.cause, row.standing, row.down_ms) for row in found.rows] == [
        ("power", "confirmed", 60_000),
        (None, "none", 60_000),
    ]
    again = Offenders.model_validate((await get(app, "/offenders", last="1h")).json())
    assert {(row.outages, row.down_ms) for row in again.rows} == {(2, 120_000)}
    assert again.rows[0].why["en"].startswith("2 outages of its own, 2 min in all")
    for path in ("/causes", "/offenders"):
        assert (await get(app, path, check="nope")).status_code == 404
        assert (await get(app, path, check="web-1", group="web")).status_code == 422
        assert (await get(app, path, month="2027-06")).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("ack", {"until": "soon"}, "/until"),
        ("ack", {"until": "2020-01-01T00:00:00Z"}, "/until"),
        ("ack", {"untill": "x"}, "/untill"),
        ("ack", {"note": "x" * 2001}, "/note"),
        ("note", {}, "/text"),
        ("note", {"text": ""}, "/text"),
        ("note", {"text": "\x1b\x00"}, "/text"),
        ("note", {"text": 5}, "/text"),
        ("note", {"text": ["x"]}, "/text"),
        ("note", None, ""),
        ("note", [], ""),
        ("cause", {"cause": "x", "reason": {"a": 1}}, "/reason"),
    ],
)
async def test_a_bad_body_is_pointed_at(
    services: FakeServices, app: ASGIApp, path: str, body: object, where: str
) -> None:
    answer = await post(app, f"/incidents/INC-5/{path}", body)
    assert (answer.status_code, answer.json()["path"]) == (422, where)
    assert services.did == []


async def test_a_closed_incident_is_a_conflict_and_an_unknown_one_not_found(
    services: FakeServices, app: ASGIApp
) -> None:
    services.board.show_incident(replace(services.board.incidents[5], ended=NOW))
    assert (await post(app, "/incidents/INC-5/ack")).status_code == 409
    assert (await post(app, "/incidents/INC-7/ack")).status_code == 404
    assert (await post(app, "/incidents/nope/ack")).status_code == 404


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_note_is_kept_inert(
    services: FakeServices, app: ASGIApp, text: str
) -> None:
    import json

    # As JSON escapes: a lone surrogate cannot be sent as bytes.
    body = json.dumps({"text": text[:1900]})
    async with client(app) as http:
        answer = await http.post(
            "/api/v1/incidents/INC-5/note",
            content=body,
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code in (200, 422)
    for note in services.board.incidents[5].notes:
        assert note.text.isprintable()
        note.text.encode()


async def test_the_timeline_tells_it_in_order(services: FakeServices, app: ASGIApp) -> None:
    sent = Notification(1, 5, "telegram", "down", 1, NOW - 500, NOW, delivered=NOW - 400)
    services.store.stored_notifications = [
        replace(sent, state=Delivery.CLAIMED, delivered=None, attempted=NOW - 450, error="late")
    ]
    services.owed[5] = [sent]
    incident = services.board.incidents[5]
    services.board.show_incident(
        replace(incident, notes=(Note("budi", NOW - 100, "serat putus"),), ended=NOW)
    )
    items = (await get(app, "/incidents/INC-5/timeline")).json()["items"]
    assert [item["kind"] for item in items] == ["began", "owed", "delivered", "note", "ended"]
    assert items[3]["by"] == "budi"


# ---- the rest ----


async def test_availability_of_a_month_is_cut_at_now(services: FakeServices, app: ASGIApp) -> None:
    sla = Sla.model_validate((await get(app, "/sla", month="2026-11", check="web-1")).json())
    assert sla.from_ == "2026-10-31T17:00:00.000Z"  # midnight in Jakarta
    assert sla.to == rfc3339(NOW)
    assert [row.id for row in sla.rows] == ["web-1"]
    assert sla.rows[0].detail is None
    asked = await get(app, "/sla", last="1h", check="web-1", detail="true")
    (row,) = Sla.model_validate(asked.json()).rows
    assert row.detail is not None
    assert (row.detail.outages, row.detail.mttr_s, row.detail.longest_s) == (2, 60, 60)
    assert row.detail.burn["1h"].rate == 6.667
    assert row.detail.forecast is not None
    assert (await get(app, "/sla", check="nope")).status_code == 404
    assert (await get(app, "/sla", group="nope")).status_code == 404
    nowhere = await get(app, "/sla", contract="nope")
    assert (nowhere.status_code, nowhere.json()["detail"]) == (404, "no contract of this id")


async def test_days_of_a_window_are_those_of_the_zone(services: FakeServices, app: ASGIApp) -> None:
    await get(app, "/sla", **{"from": "2026-11-01", "to": "2026-11-02"})
    _, start, end, *_ = services.did[-1]
    assert rfc3339(start) == "2026-10-31T17:00:00.000Z"  # type: ignore[arg-type]
    assert rfc3339(end) == "2026-11-01T17:00:00.000Z"  # type: ignore[arg-type]


async def test_no_secret_leaves_with_the_configuration(
    services: FakeServices, app: ASGIApp
) -> None:
    services.config.channels["piket"] = FakeChannel("piket")
    answer = await get(app, "/config")
    assert "canary" not in answer.text
    config = answer.json()
    assert config["channels"]["piket"]["url"] == "***"
    assert config["siaga"]["database"] == "postgresql://siaga:***@db/siaga"
    assert config["checks"]["web-1"]["probe"]["password"] == "***"
    for path in ("/checks", "/checks/web-1", "/status"):
        assert "canary" not in (await get(app, path)).text


async def test_a_contract_has_its_terms_and_the_checks_that_measure_it(
    services: FakeServices, app: ASGIApp
) -> None:
    contract = Contract(
        "isp", "PT Contoh", None, "C-17", 99.5, 2_500_000, "tabel", (Tier(99.0, 5.0),), None,
        "calendar-month", 300.0, 0.0, None, frozenset({Cause.POWER}), date(2026, 1, 1), None,
        1800.0, None,
    )  # fmt: skip
    services.config.contracts["isp"] = contract
    services.config.checks["web-1"] = replace(services.config.checks["web-1"], contract="isp")
    (found,) = (await get(app, "/contracts")).json()["items"]
    assert found.keys() == examples.CONTRACT.keys()
    assert found["checks"] == ["web-1"]
    assert (found["tiers"], found["exclude"]) == ([{"below": 99.0, "refund": 5.0}], ["power"])
    assert (found["start"], found["end"]) == ("2026-01-01", None)


async def test_ready_says_no_until_probing_runs(services: FakeServices) -> None:
    async with client(create_app(services)) as http:
        assert (await http.get("/readyz")).status_code == 200
        services.ready = False
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/healthz")).status_code == 200


async def test_a_broken_store_is_a_503_and_the_board_goes_on(
    services: FakeServices, app: ASGIApp
) -> None:
    services.store.broken = StoreBroken("disk full")
    for path in ("/checks/web-1/spans", "/notifications"):
        answer = await get(app, path)
        assert answer.status_code == 503
        assert "disk" not in answer.text
    for path in ("/status", "/checks", "/incidents", "/incidents/INC-5", "/me", "/config"):
        assert (await get(app, path)).status_code == 200, path
    assert (await post(app, "/incidents/INC-5/ack")).status_code == 200


# ---- maintenance ----


async def test_work_is_announced_listed_and_withdrawn(services: FakeServices, app: ASGIApp) -> None:
    body = {
        "match": {"check": ["web-1"], "labels": {"opd": "Din*"}},
        "from": "2026-11-24T22:00",
        "duration": "2h",
        "reason": "kabel\x1b[31m baru",
        "announced": "2026-11-23",
    }
    answer = await post(app, "/maintenance", body)
    assert answer.status_code == 201, answer.text
    row = MaintenanceRow.model_validate(answer.json())
    assert (row.id, row.state, row.checks, row.zone) == ("MNT-1", "planned", 1, "Asia/Jakarta")
    assert row.match.check == ["web-1"]
    assert row.next is not None
    assert (row.next.from_, row.next.to) == ("2026-11-24T15:00:00.000Z", "2026-11-24T17:00:00.000Z")
    assert row.announced == "2026-11-22T17:00:00.000Z"
    assert row.reason is not None
    assert "\x1b" not in row.reason
    listed = (await get(app, "/maintenance", state="planned")).json()
    assert [each["id"] for each in listed["items"]] == ["MNT-1"]
    async with client(app) as http:
        gone = await http.delete("/api/v1/maintenance/MNT-1")
        again = await http.delete("/api/v1/maintenance/MNT-1")
        unknown = await http.delete("/api/v1/maintenance/MNT-9")
    assert (gone.status_code, again.status_code, unknown.status_code) == (200, 409, 404)
    assert (gone.json()["state"], gone.json()["next"]) == ("withdrawn", None)
    listed = (await get(app, "/maintenance")).json()
    assert [each["state"] for each in listed["items"]] == ["withdrawn"], "never deleted"


async def test_work_announced_twice_under_one_key_is_one(app: ASGIApp) -> None:
    async with client(app) as http:
        for _ in range(2):
            answer = await http.post(
                "/api/v1/maintenance",
                json={"match": {}, "duration": "1h"},
                headers={"Idempotency-Key": "k"},
            )
            assert (answer.status_code, answer.json()["id"]) == (201, "MNT-1")
    assert len((await get(app, "/maintenance")).json()["items"]) == 1


async def test_work_without_a_beginning_begins_now(app: ASGIApp) -> None:
    answer = await post(app, "/maintenance", {"match": {}, "duration": "30m"})
    row = MaintenanceRow.model_validate(answer.json())
    assert (row.state, row.checks) == ("running", 2)
    assert row.next is not None
    assert row.next.from_ == rfc3339(NOW)
    assert row.next.to == rfc3339(NOW // 1000 * 1000 + 1_800_000)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"match": {"check": ["nope"]}}, "/match/check/0"),
        ({"match": {"group": ["nope"]}}, "/match/group/0"),
        ({"match": {"who": ["me"]}}, "/match/who"),
        ({"match": {"severity": ["urgent"]}}, "/match/severity/0"),
        ({"from": "tomorrow"}, "/from"),
        ({"from": "0001-01-01T00:00"}, "/from"),
        ({"duration": "5"}, "/duration"),
        ({"duration": "99d"}, "/duration"),
        ({"rrule": "FREQ=HOURLY"}, "/rrule"),
        ({"rrule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}, "/rrule"),
        ({"announced": "soon"}, "/announced"),
    ],
)
async def test_a_plan_that_is_none_says_where(
    services: FakeServices, app: ASGIApp, change: dict[str, object], path: str
) -> None:
    good = {"match": {}, "from": "2026-11-24T22:00", "duration": "2h"}
    answer = await post(app, "/maintenance", good | change)
    assert answer.status_code == 422
    assert answer.json()["path"] == path
    assert services.did == []


async def test_maintenance_is_paged_from_the_newest(services: FakeServices, app: ASGIApp) -> None:
    for _ in range(5):
        await post(app, "/maintenance", {"match": {}, "duration": "1h"})
    first = (await get(app, "/maintenance", limit=3)).json()
    second = (await get(app, "/maintenance", limit=3, cursor=first["next"])).json()
    assert [each["id"] for each in first["items"] + second["items"]] == [
        "MNT-5", "MNT-4", "MNT-3", "MNT-2", "MNT-1",
    ]  # fmt: skip
    assert second["next"] is None


# ---- reports ----


async def test_a_month_is_closed_under_the_callers_name(
    app: ASGIApp, services: FakeServices
) -> None:
    answer = await post(app, "/reports", {"month": "2026-10", "reason": "sebab\x1bbaru"})
    assert answer.status_code == 201
    row = ReportRow.model_validate(answer.json())
    assert (row.month, row.revision, row.entry, row.closed) == ("2026-10", 2, 7, rfc3339(NOW))
    assert [what for what, *_ in services.did] == ["report"]


async def test_a_month_that_cannot_be_closed_says_why(app: ASGIApp) -> None:
    answer = await post(app, "/reports", {"month": "2026-11"})
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "2026-11 is not over; fix: close it when it is",
    )  # fmt: skip
    assert (await post(app, "/reports", {"month": "2026-11-24"})).status_code == 422
