"""Figures that are cut and never rounded."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.paper.figures import number


@pytest.mark.parametrize(
    ("value", "digits", "id", "en"),
    [
        (Fraction(0), 2, "0", "0"),
        (Fraction(2232, 10), 2, "223,2", "223.2"),
        (Fraction(1, 3), 2, "0,33…", "0.33…"),
        (Fraction(1, 3), 0, "0…", "0…"),
        (Fraction(2_678_400), 3, "2.678.400", "2,678,400"),
        (Fraction(-3, 2), 1, "−1,5", "−1.5"),
        (Fraction(99_999_999, 1_000_000), 4, "99,9999…", "99.9999…"),
        (Fraction(100_001, 1000), 2, "100,00…", "100.00…"),
    ],
)
def test_a_figure_reads_so(value: Fraction, digits: int, id: str, en: str) -> None:
    assert number(value, digits, "id") == id
    assert number(value, digits, "en") == en


@given(st.fractions(), st.integers(0, 6))
def test_what_is_shown_is_the_figure_or_marked_as_cut(value: Fraction, digits: int) -> None:
    shown = number(value, digits, "en")
    plain = Fraction(shown.replace(",", "").replace("−", "-").rstrip("…"))
    assert 0 <= abs(value) - abs(plain) < Fraction(1, 10**digits)
    assert shown.endswith("…") == (plain != value)
