"""Burn rates and the month's end: tables, and an oracle that goes through cells."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.objective import BURN, HOUR, Burn, burn, forecast
from uptime.core.sla import TimeLedger

DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("ledger", "objective", "found"),
    [
        (TimeLedger(up=HOUR), 99.5, Burn(0, 0, 0, 100)),
        (TimeLedger(up=994, degraded=1, down=5), 99.5, Burn(1, 1, 1, 100)),
        (TimeLedger(down=HOUR), 99.0, Burn(100, 100, 100, 100)),
        (TimeLedger(up=50, down=50, unknown=100), 99.0, Burn(50, 25, 75, 50)),
        (TimeLedger(unknown=HOUR), 99.0, Burn(None, 0, 100, 0)),
        (TimeLedger(maintenance=HOUR), 99.0, Burn(None, None, None, None)),
        (TimeLedger(up=1_000_000, down=1), 99.0, Burn(0.001, 0.001, 0.001, 100)),
        (TimeLedger(up=1, down=1), 100.0, Burn(None, None, None, 100)),
        (TimeLedger(up=1, down=1), None, None),
    ],
)
def test_the_burn_rate_of_a_window(
    ledger: TimeLedger, objective: float | None, found: Burn | None
) -> None:
    assert burn(ledger, objective) == found


def test_the_workbooks_rates_spend_the_shares_of_the_budget_it_says() -> None:
    """Chapter 5, table of recommended parameters: 2 % in 1 h, 5 % in 6 h, 10 % in 3 d."""
    for window, rate, share in (("1h", "14.4", 2), ("6h", "6", 5), ("3d", "1", 10)):
        down = Fraction(rate) * Fraction(1, 100) * BURN[window]
        ledger = TimeLedger(up=BURN[window] - int(down), down=int(down))
        found = burn(ledger, 99.0)
        assert found is not None
        assert found.rate == float(rate)
        assert Fraction(ledger.down, 30 * DAY // 100) * 100 == share


def test_a_month_goes_on_like_its_last_three_days() -> None:
    so_far = TimeLedger(up=20 * DAY - 4 * HOUR, down=4 * HOUR)
    recent = TimeLedger(up=3 * DAY - HOUR, down=HOUR)
    found = forecast(so_far, recent, 9 * DAY, 99.0)
    assert found.budget_ms == 29 * DAY // 100
    assert found.budget_left_ms == 29 * DAY // 100 - 7 * HOUR
    assert found.availability == 98.994
    assert found.best == 99.425
    assert found.worst == found.availability


def test_what_is_not_known_widens_the_forecast_and_moves_it_nowhere() -> None:
    so_far = TimeLedger(up=10 * DAY, unknown=10 * DAY)
    recent = TimeLedger(up=DAY, unknown=2 * DAY)
    found = forecast(so_far, recent, 10 * DAY, 99.0)
    assert (found.best, found.availability) == (100, 100)
    assert found.worst == 44.444
    assert found.budget_left_ms == found.budget_ms


def test_without_a_known_pace_the_month_so_far_is_the_pace() -> None:
    so_far = TimeLedger(up=9 * DAY, down=DAY, unknown=3 * DAY)
    found = forecast(so_far, TimeLedger(unknown=3 * DAY), 10 * DAY, None)
    assert found.availability == 90
    assert (found.budget_ms, found.budget_left_ms) == (None, None)


def test_where_nothing_is_known_nothing_is_foretold() -> None:
    found = forecast(TimeLedger(unknown=DAY), TimeLedger(unknown=DAY), DAY, 99.0)
    assert (found.availability, found.budget_left_ms) == (None, None)
    assert (found.best, found.worst) == (100, 0)
    assert forecast(TimeLedger(), TimeLedger(), 0, 99.0).availability is None


def test_a_month_that_is_over_ends_as_it_did() -> None:
    so_far = TimeLedger(up=29 * DAY, down=DAY, maintenance=DAY)
    found = forecast(so_far, TimeLedger(up=3 * DAY), 0, 99.0)
    assert found.availability == so_far.availability
    assert found.budget_left_ms == so_far.budget_left(99.0)


CELLS = st.text("udfm?-", max_size=40)


def _ledger(cells: str) -> TimeLedger:
    return TimeLedger(*(cells.count(letter) for letter in "udfm?-"))


@given(CELLS, st.integers(1, 12), st.integers(0, 40), st.sampled_from([90.0, 99.5, 99.982]))
def test_burn_and_forecast_are_those_of_who_goes_through_the_cells(
    month: str, last: int, rest: int, objective: float
) -> None:
    so_far, recent = _ledger(month), _ledger(month[-last:])
    allowed = 1 - Fraction(str(objective)) / 100

    def lost(cells: str, as_down: str) -> Fraction | None:
        known = [cell for cell in cells if cell in "udf" + as_down]
        if not known:
            return None
        return Fraction(sum(cell in "f" + as_down for cell in known), len(known))

    rate, found = lost(month[-last:], ""), burn(recent, objective)
    assert found is not None
    assert (found.rate is None) == (rate is None)
    if rate is not None and found.rate is not None:
        assert 0 <= Fraction(str(found.rate)) - rate / allowed < Fraction(1, 1000)

    told = forecast(so_far, recent, rest, objective)
    some = month[-last:] if lost(month[-last:], "") is not None else month
    for figure, as_down in ((told.availability, ""), (told.worst, "?")):
        pace = lost(some, as_down)
        if pace is None and rest:
            assert figure is None
            continue
        down = month.count("f") + (month.count("?") if as_down else 0)
        total = sum(cell in "udf" + as_down for cell in month) + rest
        if total == 0:
            assert figure is None
            continue
        ratio = 100 * (1 - (down + rest * (pace or 0)) / total)
        assert figure is not None
        assert 0 <= ratio - Fraction(str(figure)) < Fraction(1, 1000)
    if told.availability is not None:
        assert told.best is not None
        assert told.worst is not None
        assert told.worst <= told.availability <= told.best
        assert told.budget_left_ms is not None
        assert told.budget_left_worst_ms is not None
        assert told.budget_left_worst_ms <= told.budget_left_ms
