"""Figures as text."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.invariants import invariant
from tui.format import clock, duration, instant, latency, percent
from tui.paint import cells, clip, cut, fit, spread, width_of, wrapped


@pytest.mark.parametrize(
    ("seconds", "indonesian", "english"),
    [
        (0, "0 dtk", "0 s"),
        (59.9, "59 dtk", "59 s"),
        (60, "1 mnt", "1 min"),
        (3599, "59 mnt", "59 min"),
        (3600, "1j 00m", "1h 00m"),
        (11_520, "3j 12m", "3h 12m"),
        (86_400 * 2 + 3600 * 3, "2hr 3j", "2d 3h"),
        (86_400 * 41, "41 hr", "41 d"),
        (-5, "0 dtk", "0 s"),
        (None, "–", "–"),
        (float("inf"), "–", "–"),
    ],
)
def test_durations_are_short(seconds: float | None, indonesian: str, english: str) -> None:
    assert duration(seconds, "id") == indonesian
    assert duration(seconds, "en") == english


@given(st.floats(0, 86_400 * 9999), st.sampled_from(["id", "en"]))
def test_a_duration_fits_its_column(seconds: float, language: str) -> None:
    assert len(duration(seconds, language)) <= 8


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.00084, "0,84 ms"),
        (0.0123, "12,3 ms"),
        (0.3124, "312 ms"),
        (0.99949, "999 ms"),
        (0.9996, "1,00 s"),
        (2.414, "2,41 s"),
        (61.0, "61,0 s"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_latencies_have_three_figures(seconds: float | None, said: str) -> None:
    assert latency(seconds, "id") == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(99.9996, "99.999 %"), (100.0, "100 %"), (99.3, "99.3 %"), (0.0, "0 %"), (98.765, "98.765 %")],
)
def test_percentages_are_floored(value: float, said: str) -> None:
    assert percent(value, "en") == said


@invariant(19)
@given(st.floats(0, 100, exclude_max=True))
def test_less_than_a_hundred_is_never_shown_as_a_hundred(value: float) -> None:
    assert percent(value, "en") != "100 %" or value > 99.999995


def test_the_time_of_day_is_written_as_the_language_does() -> None:
    at = instant("2026-11-24T03:04:05.678Z")
    assert clock(at, ZoneInfo("Asia/Jakarta"), "id") == "10.04.05"
    assert clock(at, UTC, "en", seconds=False) == "03:04"


@pytest.mark.parametrize("text", ["", "soon", "2026-11-24", "2026-11-24T03:04:05", "9" * 400, None])
def test_a_time_that_is_none_is_none(text: str | None) -> None:
    assert instant(text) is None


@pytest.mark.parametrize("at", [1e18, -1e18, None])
def test_a_time_out_of_range_is_a_dash(at: float | None) -> None:
    assert clock(at, UTC, "id") == "–"


WIDE = st.text(st.sampled_from("ab 漢字é́🙂ا"), max_size=30)


@given(WIDE, st.integers(0, 40))
def test_a_fitted_text_is_as_wide_as_asked(text: str, width: int) -> None:
    assert cells(fit(text, width)) == width
    assert cells(clip(text, width)) <= width


@given(st.lists(WIDE, max_size=4), st.lists(WIDE, max_size=4), st.integers(0, 60))
def test_two_sides_spread_over_a_width_fill_it_exactly(
    left: list[str], right: list[str], width: int
) -> None:
    line = spread([(t, "text") for t in left], [(t, "text") for t in right], width)
    assert width_of(line) == width
    assert width_of(cut(line, 7)) <= 7


@given(st.text(st.sampled_from("ab c"), max_size=80), st.integers(3, 20), st.integers(1, 4))
def test_wrapped_text_keeps_to_its_room(text: str, width: int, most: int) -> None:
    lines = wrapped(text, width, most)
    assert len(lines) <= most
    assert all(cells(line) <= width for line in lines)
