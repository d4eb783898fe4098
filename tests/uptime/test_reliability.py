"""Outages of checks, services and groups off a real file, with what is counted from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.uptime.claims.world import MINUTE, Down, at, recorded, work
from uptime.config import Config, load
from uptime.core.blips import Blips
from uptime.core.model import Blip
from uptime.reliability import again, gather
from uptime.reliability_rows import detail, why
from uptime.reliability_world import Subject
from uptime.store.history import History

NOVEMBER = (at("2025-11-01 00:00"), at("2025-12-01 00:00"))
NOW = at("2025-12-10 00:00")
CONFIG = """
[siaga]
organisation = "Diskominfo Kabupaten Contoh"
database = "sqlite:///siaga.db"

[groups.kecamatan]
name = "Tautan kecamatan"

[checks.twr-utama]
type = "tcp"
target = "192.0.2.1:443"

[checks.kec-jambu]
type = "tcp"
target = "192.0.2.2:443"
group = "kecamatan"
depends_on = ["twr-utama"]
objective = 99.0

[checks.kec-suruh]
type = "tcp"
target = "192.0.2.3:443"
group = "kecamatan"

[checks.isp-a]
type = "tcp"
target = "192.0.2.4:443"
objective = 99.5

[checks.jalan-keluar]
type = "any"
members = ["isp-a", "kec-suruh"]
"""
DOWNS = (
    Down("2025-10-31 23:00", 90, check="kec-suruh"),
    Down("2025-11-03 02:00", 60, check="twr-utama"),
    Down("2025-11-03 02:05", 50, check="kec-jambu"),
    Down("2025-11-05 10:00", 20, check="kec-suruh"),
    Down("2025-11-06 10:00", 10, check="kec-suruh"),
    Down("2025-11-07 10:00", 30, check="kec-jambu"),
    Down("2025-11-08 10:00", 60, check="isp-a"),
    Down("2025-11-08 10:30", 60, check="kec-suruh"),
)
CHECKS = ("twr-utama", "kec-jambu", "kec-suruh", "isp-a")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, History]]:
    path: Path = tmp_path_factory.mktemp("record")
    plan = work("2025-11-08 10:00", 15)
    file = recorded(
        path, DOWNS, CONFIG, until="2025-12-05 00:00", checks=CHECKS, maintenance=[plan],
        blips=[
            Blip("kec-suruh", at("2025-10-31 23:59"), at("2025-11-01 00:01"), 2),
            Blip("kec-suruh", at("2025-11-02 10:00"), at("2025-11-02 10:01"), 2),
            Blip("kec-jambu", at("2025-11-30 23:59"), at("2025-12-01 00:00"), 1),
        ],
    )  # fmt: skip
    config = load(file)
    with History.open(config.siaga.database) as history:
        yield config, history


def ask(
    record: tuple[Config, History], check: str | None = None, group: str | None = None
) -> dict[str, Subject]:
    config, history = record
    found = gather(config, history, NOVEMBER, NOW, history.life(), check=check, group=group)
    return {each.id: each for each in found}


def test_every_check_service_and_group_has_its_figures(record: tuple[Config, History]) -> None:
    found = ask(record)
    assert [(each.id, each.kind) for each in found.values()] == [
        ("twr-utama", "check"), ("kec-jambu", "check"), ("kec-suruh", "check"), ("isp-a", "check"),
        ("jalan-keluar", "service"), ("kecamatan", "group"),
    ]  # fmt: skip
    suruh = found["kec-suruh"].repairs
    assert (suruh.count, suruh.began, suruh.restored) == (4, 3, 4)
    assert suruh.down_ms == (30 + 20 + 10 + 60) * MINUTE
    assert (suruh.longest_ms, suruh.mttr_ms) == (90 * MINUTE, 45 * MINUTE)
    assert suruh.mtbf_ms == (30 * 1440 - 120) * MINUTE // 3
    group = found["kecamatan"].repairs
    assert (group.count, group.down_ms) == (6, (120 + 80) * MINUTE)


def test_what_came_to_nothing_is_counted_where_it_began_and_added_up_by_group(
    record: tuple[Config, History],
) -> None:
    found = ask(record)
    assert found["kec-suruh"].blips == Blips(1, MINUTE)
    assert found["kecamatan"].blips == Blips(2, 2 * MINUTE)
    assert found["isp-a"].blips == found["jalan-keluar"].blips == Blips()
    assert (detail(found["kecamatan"]).blips, detail(found["kecamatan"]).blips_s) == (2, 120.0)


def test_what_falls_with_its_parent_is_not_held_against_it(
    record: tuple[Config, History],
) -> None:
    found = ask(record)
    jambu = found["kec-jambu"]
    assert [outage.behind for outage in jambu.outages] == [("twr-utama",), ()]
    assert (jambu.repairs.count, jambu.repairs.own) == (2, 1)
    assert [each.id for each in again(found.values())] == ["kec-suruh"]


def test_agreed_work_is_no_part_of_an_outage(record: tuple[Config, History]) -> None:
    repairs = ask(record, check="isp-a")["isp-a"].repairs
    assert (repairs.down_ms, repairs.mttr_ms) == (45 * MINUTE, 45 * MINUTE)


def test_a_service_has_the_outages_of_its_time_line(record: tuple[Config, History]) -> None:
    service = ask(record, check="jalan-keluar")["jalan-keluar"]
    assert [(o.began, o.ended) for o in service.outages] == [
        (at("2025-11-08 10:30"), at("2025-11-08 11:00"))
    ]
    assert service.repairs.down_ms == service.ledger.down == 30 * MINUTE


def test_the_figures_of_a_month_agree_with_its_time_ledger(
    record: tuple[Config, History],
) -> None:
    for each in ask(record).values():
        assert each.repairs.down_ms == each.ledger.down
        assert each.repairs.operating_ms == each.ledger.good


def test_a_group_is_asked_for_alone_and_an_unknown_one_is_an_error(
    record: tuple[Config, History],
) -> None:
    assert list(ask(record, group="kecamatan")) == ["kec-jambu", "kec-suruh", "kecamatan"]
    with pytest.raises(KeyError):
        ask(record, group="desa")


def test_an_offender_is_told_why_in_both_languages(record: tuple[Config, History]) -> None:
    repairs = ask(record)["kec-suruh"].repairs
    assert why(repairs, "en") == (
        "4 outages of its own, 2 h in all, the longest 1 h 30 min; "
        "on average 9 d 23 h in operation between failures."
    )
    assert why(repairs, "id") == (
        "4 gangguan sendiri, seluruhnya 2 jam, terpanjang 1 jam 30 mnt; "
        "rata-rata 9 hari 23 jam beroperasi di antara gangguan."
    )


def test_the_outlook_is_of_the_month_that_goes_on(record: tuple[Config, History]) -> None:
    config, history = record
    now = at("2025-11-08 12:00")
    found = {s.id: s for s in gather(config, history, NOVEMBER, now, ahead=True)}
    outlook = found["kec-jambu"].outlook
    assert outlook is not None
    rates = {name: burn.rate for name, burn in outlook.burn.items()}
    assert rates == {"1h": 0, "6h": 0, "3d": 0.695}
    assert outlook.forecast is not None
    assert outlook.forecast.budget_ms == 432 * MINUTE
    assert outlook.forecast.budget_left_ms == (432 - 80 - 225) * MINUTE
    service = found["jalan-keluar"].outlook
    assert service is not None
    assert service.burn == {}
    assert service.forecast is not None
    assert service.forecast.best == 99.93  # 30 minutes of 30 days
    group = found["kecamatan"].outlook
    assert group is not None
    assert group.burn == {}, "of its two checks one has no objective"
    assert group.forecast is not None
    assert group.forecast.best == 99.768  # 200 minutes of twice 30 days
    assert group.forecast.budget_ms is None


def test_a_group_spends_what_its_checks_may_lose_together(record: tuple[Config, History]) -> None:
    config, history = record
    checks = {
        name: replace(check, objective=99.0 if check.group else None)
        for name, check in config.checks.items()
    }
    now = at("2025-11-08 12:00")
    same = replace(config, checks=checks)
    found = {s.id: s for s in gather(same, history, NOVEMBER, now, ahead=True)}
    group, members = found["kecamatan"], (found["kec-jambu"], found["kec-suruh"])
    assert group.objective == 99.0
    outlooks = [each.outlook for each in (group, *members) if each.outlook is not None]
    whole, *parts = (outlook.burn["3d"].rate for outlook in outlooks)
    assert (whole, parts) == (1.158, [0.695, 1.621])  # 100 minutes: 30 and 70 of three days
    budgets = [each.forecast.budget_ms for each in outlooks if each.forecast is not None]
    assert budgets == [864 * MINUTE, 432 * MINUTE, 432 * MINUTE]
    lefts = [each.forecast.budget_left_ms for each in outlooks if each.forecast is not None]
    assert lefts[0] == sum(left for left in lefts[1:] if left is not None)


def test_what_is_to_come_is_what_will_count(record: tuple[Config, History]) -> None:
    config, history = record
    (found,) = gather(config, history, NOVEMBER, at("2025-11-08 09:00"), check="isp-a", ahead=True)
    assert found.outlook is not None
    assert found.outlook.forecast is not None
    assert found.outlook.forecast.budget_ms == (30 * 1440 - 15) * MINUTE // 200, "less the work"


def test_a_month_that_is_over_has_no_forecast(record: tuple[Config, History]) -> None:
    config, history = record
    (found,) = gather(config, history, NOVEMBER, NOW, check="kec-jambu", ahead=True)
    assert found.outlook is not None
    assert found.outlook.forecast is None
    assert found.outlook.burn["3d"].rate == 0
