"""Whether the monitor was well, against a count of milliseconds one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.own_state import MERGED_MS, MINUTE_MS, OwnState, merged, wellbeing

T = 490_000 * 3_600_000


def minute(n: int = 0, **values: Any) -> OwnState:
    usual: dict[str, Any] = {"lag": 3, "synchronised": True, "clock_error": 900, "up": 7, "runs": 2}
    return OwnState(T + n * MINUTE_MS, T + (n + 1) * MINUTE_MS, **(usual | values))


@pytest.mark.parametrize(
    ("values", "well"),
    [
        ({}, True),
        ({"lag": 250, "late": 1000}, True),
        ({"lag": 251}, False),
        ({"late": 1001}, False),
        ({"step": -1500}, False),
        ({"slept": 2000}, False),
        ({"unstored": 200}, False),
        ({"unjudged": 1}, False),
        ({"down": 7, "up": 0, "missed": 3, "outbox": 9}, True),  # the targets', not the monitor's
        ({"synchronised": False, "clock_error": None}, True),  # told beside it
    ],
)
def test_a_minute_is_well_if_what_was_measured_in_it_can_be_believed(
    values: dict[str, Any], well: bool
) -> None:
    assert minute(**values).well is well


def test_minutes_without_news_are_one_with_the_worst_of_both() -> None:
    both = merged(minute(0, lag=9, late=1, outbox=4), minute(1, late=7, clock_error=80, missed=1))
    assert both == replace(
        minute(0, lag=9, late=7, missed=1, outbox=0, runs=4), ended=T + 2 * MINUTE_MS
    )


@pytest.mark.parametrize(
    ("following", "why"),
    [
        (minute(1, lag=300), "it was not well"),
        (minute(1, down=1), "a check went down"),
        (minute(1, synchronised=None), "the clock is not known to be synchronised any more"),
        (minute(2), "a minute is missing between them"),
    ],
)
def test_minutes_with_news_stay_apart(following: OwnState, why: str) -> None:
    assert merged(minute(0), following) is None, why
    assert merged(minute(0, step=9000), minute(1)) is None, "the first was not well"


def test_no_record_goes_on_beyond_five_minutes_of_the_clock() -> None:
    one: OwnState | None = minute(0)
    count = 0
    while one is not None:
        count, last = count + 1, one
        one = merged(one, minute(count))
    assert last.ended - last.began == MERGED_MS


def test_all_recorded_and_nothing_wrong_is_well() -> None:
    found = wellbeing((T + 30_000, T + 150_000), [minute(n) for n in range(4)], [], T + 150_000)
    assert (found.well, found.dark, found.unwell) == (True, 0, 0)
    assert (found.lag, found.synchronised, found.clock_error) == (3, True, 900)


@pytest.mark.parametrize(
    ("states", "absences", "until", "well", "dark", "why"),
    [
        ([], [], 10, None, 10, "nothing is recorded at all"),
        ([0, 1, 2, 3], [], 10, True, 6, "the last minutes are not written yet"),
        ([0, 1, 2], [], 10, None, 7, "more than those is missing"),
        ([0, 1, 2, 3, 4, 5], [], 12, True, 4, "as above, and the record goes on a little"),
        ([0, 1, 2, 3, 4], [], 12, None, 5, "those would have been written by then"),
        ([*range(9)], [], 25, None, 1, "and so would this one: it was killed"),
        ([0, 1, 5, 6, 7, 8, 9], [], 10, None, 3, "a hole in the middle"),
        ([0, 1, 6, 7, 8, 9], [(2, 6)], 10, False, 0, "the ledger says that it was not there"),
        ([*range(10)], [(-5, 0)], 10, True, 0, "it was away before"),
    ],
)
def test_what_is_not_recorded_is_not_said_to_be_well(
    states: list[int],
    absences: list[tuple[int, int]],
    until: int,
    well: bool | None,
    dark: int,
    why: str,
) -> None:
    away = [(T + a * MINUTE_MS, T + b * MINUTE_MS) for a, b in absences]
    window, end = (T, T + 10 * MINUTE_MS), T + until * MINUTE_MS
    found = wellbeing(window, [minute(n) for n in states], away, end)
    assert (found.well, found.dark) == (well, dark * MINUTE_MS), why


def test_faults_are_told_as_the_worst_or_the_sum() -> None:
    states = [
        minute(0, lag=4000, unjudged=2, unstored=1500),
        minute(1, step=-7000, synchronised=False, clock_error=None),
        minute(2, step=5000, slept=60_000, unjudged=1, unstored=500, late=1200),
    ]
    found = wellbeing((T, T + 3 * MINUTE_MS), states, [], T + 3 * MINUTE_MS)
    assert found.well is False
    assert (found.lag, found.late, found.step, found.slept) == (4000, 1200, -7000, 60_000)
    assert (found.unjudged, found.unstored, found.synchronised) == (3, 2000, False)


_INTERVALS = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda p: (p[0], p[0] + p[1]))


@given(
    st.lists(st.tuples(_INTERVALS, st.booleans()), max_size=6),
    st.lists(_INTERVALS, max_size=3),
    _INTERVALS,
)
def test_times_are_those_of_a_count_one_by_one(
    records: list[tuple[tuple[int, int], bool]],
    absences: list[tuple[int, int]],
    window: tuple[int, int],
) -> None:
    """Records may overlap: the clock was set back."""
    states = [OwnState(a, b, unjudged=int(not well)) for (a, b), well in records]
    found = wellbeing(window, states, absences, window[1])
    instants = range(*window)
    away = {t for a, b in absences for t in range(a, b)}
    known = away | {t for (a, b), _ in records for t in range(a, b)}
    ill = away | {t for (a, b), well in records if not well for t in range(a, b)}
    assert found.dark == sum(t not in known for t in instants)
    assert found.unwell == sum(t in ill for t in instants)
    assert found.absent == sum(t in away for t in instants)
    assert (found.well is False) == any(t in ill for t in instants)
