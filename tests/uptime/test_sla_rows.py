"""The same rows with a daemon and without one; groups with what their checks are to reach."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.uptime.claims.world import CONFIG, MINUTE, Down, at, recorded, work
from uptime import sla_rows
from uptime.availability import Laid, Record, Tally, groups_of
from uptime.config import load
from uptime.overlays import Overlays
from uptime.store.history import History

WINDOW = (at("2025-10-01 00:00"), at("2025-11-01 00:00"))
NOW = at("2025-11-20 00:00")
MORE = """
[groups.simpul]
defaults = { objective = 99.0 }

[groups.dns]

[checks.site-mpp]
type = "tcp"
target = "192.0.2.3:443"
group = "simpul"

[checks.site-setda]
type = "tcp"
target = "192.0.2.4:443"
group = "simpul"

[checks.dc-dns1]
type = "tcp"
target = "192.0.2.5:443"
group = "dns"
objective = 99.9

[checks.dc-dns2]
type = "tcp"
target = "192.0.2.6:443"
group = "dns"

[checks.keluar]
type = "any"
members = ["isp-a", "site-mpp"]
"""
CHECKS = ("isp-a", "site-mpp", "site-setda", "dc-dns1", "dc-dns2")
DOWNS = (
    Down("2025-10-03 02:10", 60),
    Down("2025-10-03 02:40", 60, check="site-mpp"),
    Down("2025-10-05 12:00", 40, check="site-setda"),
)


@dataclass
class Store:
    """What a daemon was told of a record."""

    found: Mapping[str, Record]
    added_up: Mapping[str, Tally]
    left: Mapping[str, Tally]

    async def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]:
        return {check: self.found[check] for check in checks or ()}

    async def tallies(
        self, checks: Sequence[str], window: tuple[int, int], until: int
    ) -> Mapping[str, Tally]:
        return {check: self.added_up[check] for check in checks}

    async def counted(
        self, laid: Mapping[str, Laid], window: tuple[int, int], until: int
    ) -> Mapping[str, Tally]:
        return {check: self.left[check] for check in laid}


@dataclass(frozen=True)
class Member:
    id: str
    group: str | None
    objective: float | None


@pytest.mark.parametrize(
    "asked",
    [{}, {"group": "simpul"}, {"check": "keluar"}, {"check": "isp-a"}, {"contract": "isp-a"}],
)
def test_a_daemon_answers_as_the_record_does(tmp_path: Path, asked: dict[str, str]) -> None:
    plan = work("2025-10-03 02:10", 15)
    file = recorded(tmp_path, DOWNS, CONFIG + MORE, checks=CHECKS, maintenance=[plan])
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        plans = Overlays(config, history.maintenance()).of
        alone = sla_rows.read(config, history, WINDOW, NOW, NOW, plans, **asked)
        store = Store(
            history.records(None, *WINDOW),
            history.tallies(CHECKS, WINDOW, NOW),
            history.counted({check: plans(check, WINDOW) for check in CHECKS}, WINDOW, NOW),
        )
    assert alone == asyncio.run(sla_rows.ask(config, store, WINDOW, NOW, plans, **asked))
    wanted = {
        "": [*CHECKS, "keluar", "simpul", "dns"],
        "group": ["site-mpp", "site-setda", "simpul"],
    }.get("".join(asked), list(asked.values()))
    assert [row.id for row in alone] == wanted
    if not asked:
        figures = {row.id: row for row in alone}
        assert (figures["keluar"].down_ms, figures["simpul"].down_ms) == (30 * MINUTE, 100 * MINUTE)
        assert figures["simpul"].objective == 99.0
        assert figures["simpul"].budget_left_ms == (2 * 31 * 1440 // 100 - 100) * MINUTE + 48_000
        assert figures["dns"].objective is None


@pytest.mark.parametrize(
    ("objectives", "shared"),
    [((99.0, 99.0), 99.0), ((99.0, 99.5), None), ((99.0, None), None), ((None, None), None)],
)
def test_a_group_has_the_objective_that_all_of_its_checks_share(
    objectives: tuple[float | None, ...], shared: float | None
) -> None:
    checks = [Member(f"c{i}", "g", each) for i, each in enumerate(objectives)]
    alone = Member("alone", None, 99.9)
    assert groups_of([alone, *checks, Member("d", "h", 99.9)]) == {"g": shared, "h": 99.9}
