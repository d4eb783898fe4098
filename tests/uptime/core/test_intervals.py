"""Intervals against sets of seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from uptime.core.intervals import Interval, Set, intersect, measure, subtract, union

END = 60
ANY = st.lists(
    st.tuples(st.integers(-5, 70), st.one_of(st.none(), st.integers(-5, 70))), max_size=8
)


def cells(intervals: list[Interval] | Set) -> set[int]:
    return {i for a, b in intervals for i in range(max(a, 0), END if b is None else min(b, END))}


def well_formed(found: Set) -> bool:
    edges = [edge for pair in found for edge in pair]
    return edges == sorted(set(edges))


@given(ANY, ANY)
def test_every_operation_is_that_of_sets(left: list[Interval], right: list[Interval]) -> None:
    a, b = union(left, 0, END), union(right, 0, END)
    for found, wanted in (
        (a, cells(left)),
        (union([*left, *right], 0, END), cells(left) | cells(right)),
        (intersect(a, b), cells(left) & cells(right)),
        (subtract(a, b), cells(left) - cells(right)),
    ):
        assert cells(found) == wanted
        assert well_formed(found), found
        assert measure(found) == len(wanted)


def test_touching_intervals_are_one_and_an_open_one_ends_with_the_window() -> None:
    assert union([(5, None), (0, 5)], 1, 9) == [(1, 9)]
    assert union([(3, 3), (9, 2)], 0, 9) == []
