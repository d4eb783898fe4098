"""Spans moved to what gives most and least downtime."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.edges import least_down, most_down
from uptime.core.model import Condition, Span
from uptime.core.sla import account

UP, DOWN, DEGRADED, NONE = Condition.UP, Condition.DOWN, Condition.DEGRADED, Condition.NONE


def downtime(spans: list[Span], end: int = 1000) -> int:
    return account((0, end), spans, [(0, None)], until=end).down


@pytest.mark.parametrize(
    ("spans", "least", "exact", "most"),
    [
        ([(0, 100, UP, None), (100, 200, DOWN, 70), (200, None, UP, 190)], 90, 100, 130),
        ([(0, 100, UP, None), (100, 200, DOWN, 70), (200, None, DEGRADED, 190)], 90, 100, 130),
        # Nothing was known before it: it has no earlier edge.
        ([(100, 200, DOWN, None), (200, None, UP, 190)], 90, 100, 100),
        # The good results before it are fewer than the bound says: no further back than they.
        ([(0, 90, DOWN, None), (90, 100, UP, 80), (100, 1000, DOWN, 50)], 980, 990, 1000),
        # Apart from each other: the edge lies somewhere in what was not known.
        ([(0, 100, UP, None), (150, 200, DOWN, 100), (250, None, UP, 200)], 50, 50, 50),
    ],
)
def test_downtime_by_the_edges(
    spans: list[tuple[int, int | None, Condition, int | None]], least: int, exact: int, most: int
) -> None:
    made = [Span(a, b, condition, True, bound) for a, b, condition, bound in spans]
    assert downtime(made) == exact
    assert downtime(least_down(made)) == least
    assert downtime(most_down(made)) == most


@st.composite
def histories(draw: st.DrawFn) -> list[Span]:
    """Spans that follow each other, with bounds anywhere before their beginning."""
    edges = sorted(draw(st.sets(st.integers(0, 1000), min_size=2, max_size=12)))
    out = []
    for began, ended in zip(edges, edges[1:], strict=False):
        condition = draw(st.sampled_from([UP, DOWN, DEGRADED, NONE]))
        bound = draw(st.none() | st.integers(max(0, began - 60), began))
        out.append(Span(began, ended, condition, draw(st.booleans()), bound))
    return out


@given(histories())
def test_what_is_moved_stays_a_record(spans: list[Span]) -> None:
    for moved in (least_down(spans), most_down(spans)):
        for span, following in zip(moved, moved[1:], strict=False):
            assert span.ended == following.began
            assert span.began < following.began
        assert (moved[0].began, moved[-1].ended) == (spans[0].began, spans[-1].ended)
