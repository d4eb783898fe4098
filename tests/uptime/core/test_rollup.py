"""A rollup is the merge of its parts, and a quantile of it is where it says it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.invariants import invariant
from uptime.core.model import Status
from uptime.core.rollup import (
    BOUNDS,
    EMPTY,
    ERROR,
    Histogram,
    Outcome,
    Rollup,
    bin_of,
    merge,
    middle,
)

Run = tuple[Outcome, int | None, int | None]
"""Outcome, latency, loss."""

RUNS = st.lists(
    st.tuples(
        st.tuples(st.sampled_from(Status), st.sampled_from((None, "timeout", "refused"))),
        st.none() | st.integers(0, 0xFFFF_FFFE) | st.integers(0, 3000),
        st.none() | st.integers(0, 1000),
    ),
    max_size=40,
)


def of(runs: Sequence[Run]) -> Rollup:
    losses = [loss for _, _, loss in runs if loss is not None]
    latency = Histogram.of(each for _, each, _ in runs if each is not None)
    return Rollup(Counter(outcome for outcome, _, _ in runs), latency, len(losses), sum(losses))


@invariant(4)
@given(RUNS, st.data())
def test_any_split_merges_to_what_all_give_at_once(runs: list[Run], data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.integers(0, 4), min_size=len(runs), max_size=len(runs)))
    split = [[run for run, part in zip(runs, parts, strict=True) if part == n] for n in range(5)]
    assert merge(map(of, split)) == of(runs)


@invariant(4)
@given(RUNS, RUNS, RUNS)
def test_merging_is_associative_and_commutative_with_an_identity(
    a: list[Run], b: list[Run], c: list[Run]
) -> None:
    x, y, z = of(a), of(b), of(c)
    assert merge((merge((x, y)), z)) == merge((x, merge((y, z))))
    assert merge((x, y)) == merge((y, x))
    assert merge((x, EMPTY)) == merge((EMPTY, x)) == x
    assert merge(()) == EMPTY


@given(
    st.lists(st.integers(0, 0xFFFF_FFFE) | st.integers(0, 3000), min_size=1, max_size=200),
    st.integers(1, 100),
)
def test_a_quantile_is_within_its_error_of_the_value_at_the_nearest_rank(
    values: list[int], percent: int
) -> None:
    truth = sorted(values)[max(1, -(-percent * len(values) // 100)) - 1]
    found = Histogram.of(values).quantile(percent)
    assert found is not None
    assert abs(Fraction(found) - truth) <= Fraction(ERROR) * truth + Fraction(1, 10**6)
    assert min(values) <= found <= max(values)


@pytest.mark.parametrize(
    ("values", "p50", "p95", "p99"),
    [
        ([7], 7, 7, 7),
        ([1, 2], 1, 2, 2),
        (list(range(1, 21)), 10, 19, 20),  # 95 % of twenty are nineteen
        ([5] * 99 + [9], 5, 5, 5),
        ([5] * 98 + [9, 20], 5, 5, 9),
        ([123_456], 123_456, 123_456, 123_456),  # between the least and the greatest
    ],
)
def test_small_values_and_lone_ones_are_exact(
    values: list[int], p50: int, p95: int, p99: int
) -> None:
    found = Histogram.of(values)
    assert tuple(found.quantile(percent) for percent in (50, 95, 99)) == (p50, p95, p99)


def test_without_a_latency_there_is_no_quantile_and_no_mean() -> None:
    assert EMPTY.latency.quantile(50) is None
    assert EMPTY.latency.mean is None
    assert EMPTY.loss is None


def test_the_bins_cover_every_value_and_are_as_narrow_as_promised() -> None:
    assert BOUNDS[0] == 0
    assert BOUNDS[-1] >= 0xFFFF_FFFE
    for number, (before, last) in enumerate(zip(BOUNDS, BOUNDS[1:], strict=False), 1):
        first = before + 1
        assert bin_of(first) == bin_of(last) == number
        assert Fraction(last - first, last + first) <= Fraction(2, 100)
        assert first <= middle(number) <= last
    assert len(BOUNDS) < 600


@pytest.mark.parametrize(
    ("outcomes", "worst", "reason"),
    [
        ({}, "unknown", None),
        ({(Status.UNKNOWN, "self"): 9, (Status.UP, None): 1}, "up", None),
        ({(Status.UP, None): 9, (Status.DEGRADED, None): 1}, "degraded", None),
        (
            {(Status.DOWN, "timeout"): 2, (Status.DOWN, "refused"): 3, (Status.UP, None): 9},
            "down",
            "refused",
        ),
        ({(Status.DOWN, "timeout"): 2, (Status.DOWN, "dns"): 2}, "down", "dns"),
        ({(Status.DOWN, None): 5, (Status.UNKNOWN, "self"): 7}, "down", None),
    ],
)
def test_the_worst_status_is_shown_with_its_most_frequent_reason(
    outcomes: dict[Outcome, int], worst: str, reason: str | None
) -> None:
    found = Rollup(outcomes)
    assert (found.worst, found.reason) == (worst, reason)
    assert sum(found.statuses.values()) == found.count
