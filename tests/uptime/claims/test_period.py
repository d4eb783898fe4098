"""Which time a claim is about, and what it is a share of."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.uptime.claims.world import at
from uptime.claims.period import period_of
from uptime.config.model import Contract, Denominator

ZONE = ZoneInfo("Asia/Jakarta")
DAY = 86_400_000


def contract(
    start: date | None = None, end: date | None = None, denominator: Denominator = "calendar-month"
) -> Contract:
    return Contract(
        "isp", "PT", None, None, 99.5, 1, "prorata", (), None, denominator, 300, 0, None,
        frozenset(), start, end, None, None,
    )  # fmt: skip


def test_a_whole_month_is_one_of_the_configured_zone() -> None:
    found = period_of("2025-10", contract(date(2025, 1, 1), date(2025, 12, 31)), ZONE)
    assert found.window == (at("2025-10-01 00:00"), at("2025-11-01 00:00"))
    assert found.length == 31 * DAY


@pytest.mark.parametrize(("denominator", "days"), [("calendar-month", 31), ("contract-start", 17)])
def test_a_first_month_is_a_share_of_what_the_contract_chose(
    denominator: Denominator, days: int
) -> None:
    found = period_of("2025-10", contract(date(2025, 10, 15), None, denominator), ZONE)
    assert found.window == (at("2025-10-15 00:00"), at("2025-11-01 00:00"))
    assert found.length == days * DAY


def test_the_last_day_belongs_to_the_contract() -> None:
    ends = contract(date(2025, 1, 1), date(2025, 10, 1), "contract-start")
    found = period_of("2025-10", ends, ZONE)
    assert found.window == (at("2025-10-01 00:00"), at("2025-10-02 00:00"))
    assert found.length == DAY


def test_a_month_in_which_clocks_change_has_its_true_length() -> None:
    found = period_of("2026-03", contract(), ZoneInfo("Europe/Berlin"))
    assert found.length == 31 * DAY - 3_600_000


@pytest.mark.parametrize("month", ["2024-12", "2025-10"])
def test_a_month_before_or_after_the_contract_is_refused(month: str) -> None:
    ran = contract(date(2025, 1, 1), date(2025, 9, 30))
    with pytest.raises(ValueError, match=f"did not run in {month}: it runs 2025-01-01 to 2025-09"):
        period_of(month, ran, ZONE)


def test_what_is_no_month_is_refused() -> None:
    with pytest.raises(ValueError, match='"Oktober" is no month; write it as "2026-11"'):
        period_of("Oktober", contract(), ZONE)
