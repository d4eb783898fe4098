"""A contract's row beside its claim: two ways to the same minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.uptime.claims.test_papers import paper
from tests.uptime.claims.world import CONFIG, MINUTE, Down, at, recorded, work
from uptime import sla_rows
from uptime.availability import Laid, Record, Tally
from uptime.claims.gather import gather
from uptime.config import Config, load
from uptime.contracts import ran
from uptime.core.intervals import Interval
from uptime.core.maintenance import Entered
from uptime.core.model import Condition, Incident, Span
from uptime.overlays import Overlays
from uptime.reliability import gather as subjects
from uptime.schema import SlaRow
from uptime.store.history import History
from uptime.store.values import Verified

HOUR = 60 * MINUTE
ZONE = ZoneInfo("Asia/Jakarta")
OCTOBER = (at("2025-10-01 00:00"), at("2025-11-01 00:00"))
NOW = at("2025-11-20 00:00")
SECOND = """
[checks.isp-a-2]
type = "tcp"
target = "192.0.2.2:443"
contract = "isp-a"
calendar = "jam-kerja"

[calendars.jam-kerja]
hours = { mon-fri = "07:30-16:00" }

[contracts.isp-b]
provider = "PT Radio Contoh"
sla = 98.0
fee = 1000000
formula = "prorata"
"""
ALL_COUNTS = "minimum_outage = '0s'\nexclude = []\n"
CIRCUITS = ("isp-a", "isp-a-2")


def row(file: Path, window: tuple[int, int] = OCTOBER, now: int = NOW) -> SlaRow:
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        plans = Overlays(config, history.maintenance()).of
        (found,) = sla_rows.read(config, history, window, now, now, plans, contract="isp-a")
    return found


def test_the_row_is_what_the_claim_begins_with_and_the_claim_says_what_it_leaves_out(
    tmp_path: Path,
) -> None:
    file = recorded(tmp_path)
    found, claim = row(file), paper(file).claim
    assert (found.id, found.kind, found.objective) == ("isp-a", "contract", 99.5)
    assert found.down_ms == claim.down == 812 * MINUTE
    assert found.incidents == len(claim.rows) == 7
    assert claim.counted == 560 * MINUTE
    assert found.budget_left_ms == (223.2 - 812) * MINUTE


def test_circuits_that_are_down_together_count_once_and_by_day_and_night(tmp_path: Path) -> None:
    downs = [
        Down("2025-10-04 02:00", 60),  # a Saturday
        Down("2025-10-04 02:30", 60, check="isp-a-2"),
        Down("2025-10-06 20:00", 30, check="isp-a-2"),
    ]
    file = recorded(tmp_path, downs, CONFIG + ALL_COUNTS + SECOND, checks=CIRCUITS)
    found, claim = row(file), paper(file).claim
    assert found.down_ms == claim.counted == 120 * MINUTE
    assert (found.incidents, found.unmonitored_ms) == (2, 0)


def test_work_that_was_not_announced_in_time_is_downtime_of_the_contract(tmp_path: Path) -> None:
    notice = ALL_COUNTS + "maintenance_notice = '24h'\n"
    for name, announced, left in (
        ("told", "2025-09-30 00:00", 0),
        ("late", "2025-10-02 20:00", 45),
    ):
        place = tmp_path / name
        place.mkdir()
        plan = work("2025-10-03 02:00", 45, announced)
        file = recorded(place, [Down("2025-10-03 02:00", 45)], CONFIG + notice, maintenance=[plan])
        found = row(file)
        assert found.down_ms == paper(file).claim.counted == left * MINUTE
        assert found.maintenance_ms == (45 - left) * MINUTE


def test_before_and_after_its_days_a_contract_is_not_monitored(tmp_path: Path) -> None:
    ends = ALL_COUNTS + 'start = 2025-10-11\nend = 2025-10-20\ndenominator = "contract-start"\n'
    downs = [Down("2025-10-10 23:30", 60), Down("2025-10-20 23:30", 60)]
    file = recorded(tmp_path, downs, CONFIG + ends)
    found = row(file)
    assert found.unmonitored_ms == 21 * 24 * HOUR
    assert found.down_ms == paper(file).claim.counted == 60 * MINUTE
    assert row(file, (OCTOBER[0], at("2025-10-05 00:00"))).unmonitored_ms == 4 * 24 * HOUR


def test_what_is_said_of_its_outages_comes_from_the_circuits(tmp_path: Path) -> None:
    downs = [Down("2025-10-03 02:10", 60, "vendor"), Down("2025-10-03 03:00", 30, check="isp-a-2")]
    file = recorded(tmp_path, downs, CONFIG + SECOND, checks=CIRCUITS)
    config = load(file, {})
    now = at("2025-10-03 04:00")
    window = (OCTOBER[0], now)
    with History.open(config.siaga.database) as history:
        (found,) = subjects(config, history, window, now, contract="isp-a", ahead=True)
        with pytest.raises(ValueError, match=r'no check measures contract "isp-b"; fix: write'):
            subjects(config, history, window, now, contract="isp-b")
        with pytest.raises(KeyError):
            subjects(config, history, window, now, contract="isp-z")
    assert (found.kind, found.repairs.down_ms) == ("contract", 80 * MINUTE)
    (outage,) = found.outages
    assert (outage.incident, outage.cause) == ("INC-1", "vendor")
    assert found.outlook is not None
    assert found.outlook.burn["1h"].rate == 100  # half an hour of one, of 0.5 %
    assert found.outlook.forecast is not None
    assert found.outlook.forecast.budget_ms == 31 * 24 * HOUR // 200


# ---- any record, any plans ----


@dataclass
class Source:
    """A record that was made up."""

    found: Mapping[str, Record]
    plans: Sequence[Entered]
    seen: int

    def records(self, checks: Sequence[str] | None, start: int, end: int) -> Mapping[str, Record]:
        return self.found

    def tallies(
        self, checks: Sequence[str], window: tuple[int, int], until: int
    ) -> Mapping[str, Tally]:
        return {}

    def counted(
        self, laid: Mapping[str, Laid], window: tuple[int, int], until: int
    ) -> Mapping[str, Tally]:
        return {}

    def incidents(
        self,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
        check: str | None = None,
    ) -> Sequence[Incident]:
        return ()

    def maintenance(self) -> Sequence[Entered]:
        return self.plans

    def life(self) -> int:
        return self.seen

    def ledger_verify(self) -> Verified:
        return Verified(0, "", None)


@cache
def configured() -> Config:
    with TemporaryDirectory() as folder:
        file = Path(folder, "checks.toml")
        file.write_text(CONFIG + ALL_COUNTS + SECOND, "utf-8")
        return load(file, {})


HOURS = st.integers(-24, 32 * 24).map(lambda hour: OCTOBER[0] + hour * HOUR)
DAYS = st.none() | st.dates(date(2025, 9, 25), date(2025, 11, 5))


@st.composite
def records(draw: st.DrawFn) -> Record:
    cuts = sorted(draw(st.sets(HOURS, min_size=2, max_size=12)))
    kinds = st.tuples(st.sampled_from(Condition), st.booleans())
    spans = [Span(a, b, *draw(kinds)) for a, b in pairwise(cuts)]
    if draw(st.booleans()):
        spans[-1] = spans[-1]._replace(ended=None)
    watched: list[Interval] = [
        (min(pair), max(pair)) for pair in draw(st.lists(st.tuples(HOURS, HOURS), max_size=2))
    ]
    return Record(spans, watched or [(cuts[0], None)])


@st.composite
def plans(draw: st.DrawFn) -> list[Entered]:
    out = []
    for number in range(draw(st.integers(0, 3))):
        began = draw(HOURS)
        plan = work("2025-10-01 00:00", 60 * draw(st.integers(1, 100)))
        local = datetime.fromtimestamp(began / 1000, UTC).astimezone(ZONE).replace(tzinfo=None)
        notice = draw(st.none() | st.integers(0, 72))
        told = None if notice is None else began - notice * HOUR
        details = replace(plan.plan, start=local, announced=told)
        out.append(replace(plan, id=number + 1, plan=details))
    return out


CONTRACTS = st.builds(
    lambda notice, quota, start, end: {
        "maintenance_notice": notice * 3600.0,
        "maintenance_quota": None if quota is None else quota * 3600.0,
        "start": start,
        "end": end,
    },
    st.sampled_from([0, 24]),
    st.none() | st.integers(0, 60),
    DAYS,
    DAYS,
)


@settings(max_examples=300)
@given(records(), records(), plans(), CONTRACTS, HOURS)
def test_with_nothing_excluded_the_row_is_down_for_what_the_claim_counts(
    one: Record, two: Record, planned: list[Entered], terms: dict[str, object], seen: int
) -> None:
    base = configured()
    # Nothing ends after the last sign of life.
    seen = max([seen, *(s.ended or s.began for record in (one, two) for s in record.spans)])
    contract = replace(base.contracts["isp-a"], **terms)  # type: ignore[arg-type] # drawn above
    config = replace(base, contracts={**base.contracts, "isp-a": contract})
    source = Source({"isp-a": one, "isp-a-2": two}, planned, seen)
    lay = Overlays(config, planned).of
    (found,) = sla_rows.read(config, source, OCTOBER, NOW, seen, lay, contract="isp-a")
    six = (
        found.up_ms, found.degraded_ms, found.down_ms, found.maintenance_ms, found.unknown_ms,
        found.unmonitored_ms,
    )  # fmt: skip
    assert sum(six) == OCTOBER[1] - OCTOBER[0]
    start, end = ran(contract, ZONE, OCTOBER)
    if start >= end:
        assert found.unmonitored_ms == sum(six)
        return
    claim = gather(config, source, "isp-a", "2025-10", NOW).claim
    assert found.down_ms == claim.counted == claim.down - claim.maintenance
