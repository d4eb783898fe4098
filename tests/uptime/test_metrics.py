"""What Prometheus is told: valid whatever the names, complete, and made in small slices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.uptime.web.fakes import turns_of_the_loop
from tests.uptime.web.hostile import HOSTILE
from uptime.board import Board, Row
from uptime.core.model import CheckState, Condition, Incident, Result, Severity, Status
from uptime.metrics import Metrics

NOW = 1_795_489_445_678


def row(check: str = "web-1", **more: Any) -> Row:
    made = Row(
        **{
            "id": check,
            "name": "Portal",
            "group": "web",
            "type": "http",
            "target": "https://portal.example/",
            "labels": {"opd": "Dinas"},
            "severity": Severity.MEDIUM,
            "interval": 10.0,
            "objective": 99.5,
            "state": CheckState(Condition.UP, known=True, valid_until=NOW + 20_000),
            **more,
        }
    )
    if "result" not in more:
        made.result = https(check)
    return made


def https(check: str, **more: Any) -> Result:
    phases = {"resolve": 0.001, "connect": 0.002, "tls": 0.02, "processing": 0.03, "transfer": 0.1}
    facts = {
        "status_code": 200,
        "http_version": "1.1",
        "redirects": 1,
        "content_length": 1234,
        "certificate_expires": "2027-01-01T00:00:00Z",
        "tls_version": "TLSv1.3",
        "ip_family": 4,
    }
    return Result(
        **{
            "check": check,
            "id": 1,
            "at": NOW - 1000,
            "duration": 0.154,
            "status": Status.UP,
            "phases": phases,
            "facts": facts,
            **more,
        }
    )


class Scrape:
    """A page, parsed by the official parser."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: list[Sample] = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def of(self, name: str, **labels: str) -> list[float]:
        return [s.value for s in self._matching(name, labels)]

    def labels(self, name: str, **labels: str) -> list[dict[str, str]]:
        return [s.labels for s in self._matching(name, labels)]

    def _matching(self, name: str, labels: dict[str, str]) -> Iterator[Sample]:
        for sample in self.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                yield sample


class World:
    def __init__(self) -> None:
        self.board = Board()
        self.now = NOW
        self.metrics = Metrics(self.board, lambda: self.now)

    async def scrape(self) -> Scrape:
        return Scrape(b"".join([chunk async for chunk in self.metrics.render()]).decode())


@pytest.fixture
def world() -> World:
    return World()


async def test_an_https_check_has_blackbox_names_and_at_most_25_series(world: World) -> None:
    world.board.put(row())
    for window in ("24h", "7d", "30d"):
        world.metrics.availability("web-1", window, 99.305)
    world.metrics.budget("web-1", 0.4)
    page = await world.scrape()
    assert page.of("probe_success") == [1]
    assert page.of("probe_duration_seconds") == [0.154]
    assert page.of("probe_dns_lookup_time_seconds") == [0.001]
    assert page.of("probe_http_duration_seconds", phase="tls") == [0.02]
    assert len(page.of("probe_http_duration_seconds")) == 5
    assert page.of("probe_http_status_code") == [200]
    assert page.of("probe_http_version") == [1.1]
    assert page.of("probe_http_redirects") == [1]
    assert page.of("probe_http_content_length") == [1234]
    assert page.of("probe_http_ssl") == [1]
    assert page.of("probe_ssl_earliest_cert_expiry") == [1798761600]
    assert page.of("probe_tls_version_info", version="TLSv1.3") == [1]
    assert page.of("probe_ip_protocol") == [4]
    assert page.of("siaga_check_availability_ratio", window="7d") == [0.99305]
    assert page.of("siaga_check_error_budget_ratio") == [0.4]
    assert page.labels("probe_success") == [
        {
            "check": "web-1",
            "group": "web",
            "type": "http",
            "instance": "https://portal.example/",
            "opd": "Dinas",
        }
    ]
    assert sum(s.labels.get("check") == "web-1" for s in page.samples) <= 25


async def test_a_ping_has_its_phases_and_its_loss(world: World) -> None:
    pinged = Result("link", 1, NOW, 0.02, Status.DEGRADED, loss=0.333, phases={"rtt": 0.011})
    world.board.put(row("link", type="icmp", target="192.0.2.17", result=pinged))
    page = await world.scrape()
    assert page.of("probe_icmp_duration_seconds", phase="rtt") == [0.011]
    assert page.of("siaga_packet_loss_ratio") == [0.333]
    assert page.of("probe_success") == [1]
    assert page.of("probe_http_ssl") == []


@pytest.mark.parametrize("condition", [c for c in Condition if c is not Condition.NONE])
async def test_exactly_one_state_is_set(world: World, condition: Condition) -> None:
    state = CheckState(condition, known=True, valid_until=NOW + 1)
    world.board.put(row(state=state))
    page = await world.scrape()
    found = zip(page.labels("siaga_check_state"), page.of("siaga_check_state"), strict=True)
    states = {labels["state"]: value for labels, value in found}
    assert states.pop(condition.value) == 1
    assert set(states.values()) == {0}
    assert len(states) == 3


async def test_a_stale_check_has_no_values_and_says_so(world: World) -> None:
    shown = row()
    world.board.put(shown)
    shown.state = shown.state._replace(known=False)
    world.now = NOW + 20_001
    page = await world.scrape()
    assert page.of("siaga_check_fresh") == [0]
    assert page.of("siaga_check_state", state="unknown") == [1]
    assert not [s for s in page.samples if s.name.startswith("probe_")]


async def test_a_result_with_no_verdict_on_the_target_has_no_values(world: World) -> None:
    world.board.put(row(result=https("web-1", status=Status.UNKNOWN, blame="self")))
    page = await world.scrape()
    assert page.of("probe_success") == []


async def test_a_first_failure_shows_before_it_is_confirmed(world: World) -> None:
    state = CheckState(valid_until=NOW + 20_000)
    failed = https("web-1", status=Status.DOWN, facts={}, phases={})
    world.board.put(row(state=state, result=failed))
    page = await world.scrape()
    assert page.of("probe_success") == [0]
    assert page.of("siaga_check_fresh") == [0]


async def test_removed_and_renamed_checks_leave_nothing_behind(world: World) -> None:
    world.board.put(row("old"))
    world.board.put(row("kept"))
    world.metrics.availability("old", "24h", 100.0)
    world.metrics.budget("old", 1.0)
    assert '"old"' in (await world.scrape()).text
    world.board.remove("old")
    world.board.put(row("new", labels={"opd": "Lain"}))
    page = await world.scrape()
    assert '"old"' not in page.text
    assert page.labels("probe_success", check="new")[0]["opd"] == "Lain"
    world.board.put(row("kept", labels={"opd": "Baru"}, target="https://b.example/"))
    page = await world.scrape()
    (labels,) = page.labels("probe_success", check="kept")
    assert (labels["opd"], labels["instance"]) == ("Baru", "https://b.example/")
    assert len(page.samples) == len({(s.name, *sorted(s.labels.items())) for s in page.samples})


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_breaks_no_line_of_the_page(world: World, text: str) -> None:
    world.board.put(row("good"))
    world.board.put(
        row(
            "bad",
            target=text,
            group=text,
            labels={"opd": text, "le": "x", "__name__": "x", "a-b": "x", 'x"}': "y", text: "z"},
            result=https("bad", detail=text, facts={"tls_version": text, "status_code": text}),
        )
    )
    world.metrics.probe(text, "up")
    world.metrics.notification(text, "delivered")
    page = await world.scrape()
    assert page.of("probe_success", check="good") == [1]
    (labels,) = page.labels("probe_success", check="bad")
    assert set(labels) <= {"check", "group", "type", "instance", "opd"}
    for sample in page.samples:
        for value in sample.labels.values():
            assert len(value) <= 128
            assert value.isprintable()
    assert len(page.text.splitlines()) == page.text.count("\n")


@pytest.mark.parametrize(
    "facts",
    [
        {"status_code": float("nan")},
        {"status_code": float("inf")},
        {"status_code": ["200"]},
        {"certificate_expires": "never"},
        {"certificate_expires": "9999-99-99"},
        {"certificate_expires": 5},
        {"http_version": "nan"},
        {"ip_family": None},
    ],
    ids=str,
)
async def test_a_fact_of_another_form_is_left_out(world: World, facts: dict[str, Any]) -> None:
    world.board.put(row(result=https("web-1", facts=facts)))
    page = await world.scrape()
    assert page.of("probe_success") == [1]
    for name in ("probe_http_status_code", "probe_ssl_earliest_cert_expiry", "probe_http_version"):
        assert page.of(name) == []


async def test_the_daemons_own_metrics_are_all_there(world: World) -> None:
    m = world.metrics
    m.probe("http", "up")
    m.probe("http", "up")
    m.probe("http", "missed")
    m.lateness(0.004)
    m.lag(0.3)
    m.lag(0.1)
    m.dropped(3)
    m.commit(0.002)
    m.notification("piket", "delivered")
    m.outbox({"piket": 2, "gone": 1}, NOW - 5000, NOW)
    m.outbox({"piket": 2}, NOW - 5000, NOW)
    m.reload(ok=False)
    opened = Incident(1, "down", "web-1", Severity.HIGH, NOW)
    world.board.show_incident(opened)
    world.board.show_incident(replace(opened, id=2, ended=NOW))
    page = await world.scrape()
    assert page.of("siaga_probes_total", type="http", result="up") == [2]
    assert page.of("siaga_probes_total", result="missed") == [1]
    assert page.of("siaga_schedule_lateness_seconds_bucket", le="0.005") == [1]
    assert page.of("siaga_schedule_lateness_seconds_bucket", le="0.002") == [0]
    buckets = [label["le"] for label in page.labels("siaga_schedule_lateness_seconds_bucket")]
    assert [float(b) for b in buckets[:-1]] == [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5,
    ]  # fmt: skip
    assert page.of("siaga_loop_lag_seconds") == [0.3]
    assert page.of("siaga_results_dropped_total") == [3]
    assert page.of("siaga_store_commit_seconds_count") == [1]
    assert page.of("siaga_notifications_total", channel="piket", outcome="delivered") == [1]
    assert page.of("siaga_outbox_pending", channel="piket") == [2]
    assert page.of("siaga_outbox_pending", channel="gone") == []
    assert page.of("siaga_outbox_oldest_seconds") == [5]
    assert page.of("siaga_config_last_reload_successful") == [0]
    assert page.of("siaga_incidents_open", severity="high") == [1]
    assert page.of("siaga_incidents_open", severity="low") == [0]
    assert page.of("siaga_build_info") == [1]
    assert page.of("process_start_time_seconds")[0] > 0
    assert not [s for s in page.samples if s.name.endswith("_created")]


async def test_each_name_stands_in_one_block_with_its_help_and_type(world: World) -> None:
    for number in range(200):
        world.board.put(row(f"web-{number}"))
    page = await world.scrape()
    helped = [line.split()[2] for line in page.text.splitlines() if line.startswith("# HELP")]
    assert len(helped) == len(set(helped))


async def test_ten_thousand_checks_are_rendered_in_small_slices(world: World) -> None:
    for number in range(10_000):
        world.board.put(row(f"web-{number}"))
    size = 0
    async with turns_of_the_loop() as turns:
        async for chunk in world.metrics.render():
            size += len(chunk)
    assert size > 10_000_000
    assert turns[-1] < sum(turns) / 4, "in slices, however fast the machine"
