"""The arithmetic of a refund, exact to the rupiah."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.claim_money import Formula, Terms, refund

MINUTE = 60_000
MONTH = 44_640 * MINUTE
TERMS = Terms(Fraction(995, 1000), 18_500_000, "selisih")
TIERS = (
    (Fraction(99, 100), Fraction(5, 100)),
    (Fraction(95, 100), Fraction(30, 100)),
    (Fraction(97, 100), Fraction(15, 100)),
)


@pytest.mark.parametrize(
    ("formula", "rupiah"),
    [
        ("prorata", 232_078),
        ("selisih", 139_578),
        ("selisih-rasio", 140_280),
        ("bagi-sla", 233_245),
    ],
)
def test_the_test_vector_gives_its_four_amounts(formula: Formula, rupiah: int) -> None:
    found = refund(replace(TERMS, formula=formula), MONTH, 560 * MINUTE)
    assert found.rupiah == rupiah
    assert found.availability == 1 - Fraction(560, 44_640)
    assert found.allowance == Fraction(2232, 10) * MINUTE


@given(
    fee=st.integers(0, 10**12),
    promille=st.integers(1, 100_000),
    period=st.integers(1, 31 * 86_400_000),
    lost=st.floats(0, 1),
    formula=st.sampled_from(["prorata", "selisih", "selisih-rasio", "bagi-sla"]),
)
def test_each_formula_is_what_whole_numbers_say(
    fee: int, promille: int, period: int, lost: float, formula: Formula
) -> None:
    """The same without a fraction: both sides multiplied out (S is s of 100,000)."""
    down, s = min(round(period * lost), period), promille
    found = refund(Terms(Fraction(s, 100_000), fee, formula), period, down)
    missed = down * 100_000 > (100_000 - s) * period
    over = down * 100_000 - (100_000 - s) * period
    expected = {
        "prorata": fee * down // period,
        "selisih": fee * over // (100_000 * period),
        "selisih-rasio": fee * over // (s * period),
        "bagi-sla": fee * down * 100_000 // (period * s),
    }
    assert found.due == missed
    assert found.rupiah == (expected[formula] if missed else 0)


def test_a_promise_that_was_just_kept_owes_nothing() -> None:
    allowed = 223 * MINUTE + 12_000
    assert refund(replace(TERMS, formula="prorata"), MONTH, allowed).rupiah == 0
    assert not refund(TERMS, MONTH, allowed).due
    missed = refund(replace(TERMS, formula="prorata"), MONTH, allowed + 1)
    assert (missed.due, missed.rupiah) == (True, 92_500)


@pytest.mark.parametrize(
    ("minutes", "share"),
    [
        (100, 0),  # above the promise of 99.5
        (300, 0),  # below the promise, but below no tier
        (447, 5),
        (1340, 15),
        (2233, 30),
        (44_640, 30),
    ],
)
def test_of_the_tiers_the_lowest_applies(minutes: int, share: int) -> None:
    found = refund(replace(TERMS, formula="tabel", tiers=TIERS), MONTH, minutes * MINUTE)
    assert found.rupiah == 18_500_000 * share // 100


def test_at_the_edge_of_a_tier_its_refund_is_not_due() -> None:
    terms = replace(TERMS, formula="tabel", tiers=TIERS)
    assert refund(terms, 100, 3).rupiah == 18_500_000 * 5 // 100
    assert refund(terms, 1000, 31).rupiah == 18_500_000 * 15 // 100


def test_the_cap_is_the_most_that_is_owed() -> None:
    capped = refund(replace(TERMS, formula="prorata", cap=Fraction(1, 100)), MONTH, 560 * MINUTE)
    assert (capped.rupiah, capped.capped) == (185_000, True)
    below = refund(replace(TERMS, formula="prorata", cap=Fraction(1, 2)), MONTH, 560 * MINUTE)
    assert (below.rupiah, below.capped) == (232_078, False)
