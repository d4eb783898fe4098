"""Outages and gaps off the spans of a check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import INTERVAL, play
from uptime.core.claim_outages import Gap, Outage, behind, gaps_of, outages_of
from uptime.core.intervals import intersect, measure, union
from uptime.core.model import Condition, Incident, Severity, Span
from uptime.core.sla import account

UP, DOWN = Condition.UP, Condition.DOWN
ALWAYS = [(0, None)]


def outages(
    spans: list[Span], incidents: tuple[Incident, ...] = (), until: int = 100
) -> list[Outage]:
    return outages_of("c", spans, ALWAYS, incidents, until=until)


def incident(number: int, began: int, ended: int | None, kind: str = "down") -> Incident:
    return Incident(number, kind, "c", Severity.HIGH, began, ended=ended, cause=f"cause {number}")


def test_an_outage_has_both_edges_with_their_bounds() -> None:
    _, _, spans = play("uufffffuu")
    (outage,) = outages_of("c", spans, ALWAYS, (), until=90_000)
    assert (outage.bound, outage.began) == (10_000, 20_000)
    assert (outage.ended_bound, outage.ended) == (60_000, 70_000)
    assert outage.down == ((20_000, 70_000),)
    assert (measure(outage.least), measure(outage.most)) == (40_000, 60_000)


def test_what_is_not_known_within_an_outage_is_no_downtime_and_does_not_end_it() -> None:
    spans = [
        Span(0, 10, UP, True),
        Span(10, 20, DOWN, True, 9),
        Span(20, 30, DOWN, False),
        Span(30, 40, DOWN, True),
        Span(40, None, UP, True, 38),
    ]
    (outage,) = outages(spans)
    assert (outage.began, outage.ended) == (10, 40)
    assert outage.down == ((10, 20), (30, 40))
    assert gaps_of("c", spans, ALWAYS, (0, 100), until=100) == [Gap("c", "unknown", 20, 30)]


def test_two_outages_with_a_moment_of_up_between_them_are_two() -> None:
    spans = [
        Span(0, 10, DOWN, True),
        Span(10, 11, UP, True, 9),
        Span(11, 20, DOWN, True, 10),
        Span(20, None, UP, True, 19),
    ]
    assert [(o.began, o.ended) for o in outages(spans)] == [(0, 10), (11, 20)]


def test_an_outage_that_lasts_is_known_until_the_last_sign_of_life() -> None:
    (outage,) = outages([Span(0, 10, UP, True), Span(10, None, DOWN, True, 9)], until=50)
    assert (outage.ended, outage.ended_bound, outage.down) == (None, None, ((10, 50),))
    assert outage.least == [(10, 50)]


def test_an_outage_of_which_nothing_is_known_is_none() -> None:
    assert outages([Span(10, 20, DOWN, False), Span(20, None, UP, True)]) == []
    assert outages_of("c", [Span(10, 20, DOWN, True)], [(30, None)], (), until=100) == []


def test_what_was_not_watched_is_no_downtime() -> None:
    spans = [Span(10, 40, DOWN, True), Span(40, None, UP, True)]
    (outage,) = outages_of("c", spans, [(0, 20), (30, None)], (), until=100)
    assert outage.down == ((10, 20), (30, 40))
    assert gaps_of("c", spans, [(0, 20), (30, None)], (10, 50), until=100) == [
        Gap("c", "unmonitored", 20, 30)
    ]


def test_an_outage_has_the_incident_that_shares_most_of_its_time() -> None:
    spans = [Span(0, 10, UP, True), Span(10, 20, DOWN, True), Span(20, 60, UP, True)]
    (outage,) = outages(
        spans, (incident(1, 0, 10), incident(2, 10, 20), incident(3, 5, 20, "degraded"))
    )
    assert (outage.incident, outage.cause) == ("INC-2", "cause 2")
    (raised,) = outages(spans, (incident(4, 5, None),))
    assert raised.incident == "INC-4"
    (alone,) = outages(spans, (incident(1, 0, 10), incident(2, 20, 30)))
    assert (alone.incident, alone.cause) == (None, None)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ([("gw",)], ("gw",)),
        ([("fine",), ("gw",)], ("gw",)),
        ([("gw", "fine")], ()),  # the other one was enough
        ([("gw", "late")], ("gw", "late")),
        ([("gw", "later")], ()),  # never down both at once
        ([("unheard",)], ()),
        ([], ()),
    ],
)
def test_an_outage_names_the_parents_that_were_down_with_it(
    ways: list[tuple[str, ...]], found: tuple[str, ...]
) -> None:
    def down(check: str, began: int, ended: int) -> Outage:
        return Outage(check, began, None, ended, None, ((began, ended),))

    parents = {
        "gw": [down("gw", 5, 12)],
        "late": [down("late", 11, 30)],
        "later": [down("later", 12, 30)],
        "fine": [down("fine", 0, 10), down("fine", 20, 30)],
    }
    assert behind(down("c", 10, 20), ways, parents).behind == found


RUNS = st.text("udf?.", max_size=30)
WATCHED = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=3)


@given(RUNS, WATCHED, st.integers(0, 300), st.integers(0, 300))
def test_outages_and_gaps_are_the_down_and_unknown_of_the_time_ledger(
    runs: str, watched: list[tuple[int, int]], a: int, b: int
) -> None:
    start, end = sorted((a * 1000, b * 1000))
    state, _, spans = play(runs)
    monitored = [(x * 1000, y * 1000) for x, y in watched]
    until = min(state.valid_until, 30 * INTERVAL)
    ledger = account((start, end), spans, monitored, until=until)
    found = outages_of("c", spans, monitored, (), until=until)
    pieces = [piece for outage in found for piece in outage.down]
    assert measure(intersect(union(pieces, start, end), [(start, end)])) == ledger.down
    gaps = gaps_of("c", spans, monitored, (start, end), until=until)
    assert sum(g.ended - g.began for g in gaps if g.kind == "unknown") == ledger.unknown
    assert sum(g.ended - g.began for g in gaps if g.kind == "unmonitored") == ledger.unmonitored
    for outage in found:
        assert measure(outage.least) <= measure(outage.down) <= measure(outage.most)
