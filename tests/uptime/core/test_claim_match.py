"""Two lists of outages side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uptime.core.test_claim import TERMS, circuits, down
from uptime.core.claim import Row, claim
from uptime.core.claim_match import Match, Theirs, Verdict, match
from uptime.core.claim_outages import Outage

MINUTE = 60_000
WINDOW = (0, 1000 * MINUTE)


def rows(*outages: Outage) -> tuple[Row, ...]:
    return claim(TERMS, WINDOW, WINDOW[1], outages).rows


def theirs(*times: tuple[float, float]) -> list[Theirs]:
    """Minutes; the first line names the columns."""
    return [
        Theirs(line, round(a * MINUTE), round(b * MINUTE)) for line, (a, b) in enumerate(times, 2)
    ]


def compared(ours: tuple[Row, ...], *times: tuple[float, float]) -> list[Match]:
    return match(ours, theirs(*times), WINDOW, WINDOW[1])


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        ((100, 200), "agree"),
        ((97, 200), "agree"),  # a minute before the last good result
        ((101, 201), "agree"),  # a minute after
        ((96.9, 200), "different"),
        ((101.1, 200), "different"),
        ((100, 196.9), "different"),
        ((100, 201.1), "different"),
        ((150, 150), "different"),
    ],
)
def test_an_edge_may_be_off_by_what_we_do_not_know_and_a_minute(
    times: tuple[float, float], verdict: str
) -> None:
    (found,) = compared(rows(down(100, 200, edge=2)), times)
    assert found.verdict == verdict


def test_a_difference_says_by_how_much() -> None:
    (found,) = compared(rows(down(100, 200)), (110, 190))
    assert found.verdict is Verdict.DIFFERENT
    assert (found.began, found.ended, found.length) == (10 * MINUTE, -10 * MINUTE, -20 * MINUTE)


def test_what_one_side_does_not_have_is_said_to_be_the_others() -> None:
    found = compared(rows(down(100, 200)), (300, 310), (2000, 2010), (-20, -10))
    assert [m.verdict for m in found] == ["outside", "ours", "theirs", "outside"]
    assert [m.length for m in found] == [None] * 4


def test_one_outage_of_theirs_over_two_of_ours_is_one_difference() -> None:
    (found,) = compared(rows(down(100, 150), down(170, 200)), (100, 200))
    assert found.verdict is Verdict.DIFFERENT
    assert (found.began, found.ended, found.length) == (0, 0, 20 * MINUTE)
    assert len(found.ours) == 2


def test_two_circuits_in_one_outage_of_theirs_agree() -> None:
    ours = rows(down(100, 150), down(140, 200, check="b"))
    (found,) = compared(ours, (100, 200))
    assert (found.verdict, found.length) == (Verdict.AGREE, 0)


def test_the_slack_does_not_tie_neighbours_together() -> None:
    ours = rows(down(100, 110), down(111, 121))
    assert [m.verdict for m in compared(ours, (100, 110))] == ["agree", "ours"]
    assert [m.verdict for m in compared(ours, (100, 110.5), (111, 121))] == ["agree", "agree"]


def test_a_row_of_theirs_right_beside_ours_is_compared_with_it() -> None:
    (found,) = compared(rows(down(100, 110)), (110.5, 120))
    assert (found.verdict, found.length) == (Verdict.DIFFERENT, -30_000)


def test_an_outage_that_lasts_ends_where_our_knowledge_ends() -> None:
    lasting = replace(down(900, 1000), ended=None, ended_bound=None)
    (found,) = compared(rows(lasting), (900, 1000))
    assert found.verdict is Verdict.AGREE


def test_the_same_ticket_ties_what_meets_nobody_in_time() -> None:
    ours = rows(replace(down(100, 200), ticket="TT-7"), down(300, 310))
    (mistaken,) = theirs((700, 800))
    first, second = match(ours, [replace(mistaken, ticket="#tt7")], WINDOW, WINDOW[1])
    assert (first.verdict, first.began, first.length) == (Verdict.DIFFERENT, 600 * MINUTE, 0)
    assert second.verdict is Verdict.OURS


def test_a_ticket_does_not_untie_what_meets_in_time() -> None:
    ours = rows(replace(down(100, 200), ticket="1"), replace(down(300, 310), ticket="2"))
    crossed = [
        replace(t, ticket=n) for t, n in zip(theirs((100, 200), (300, 310)), "21", strict=True)
    ]
    assert [m.verdict for m in match(ours, crossed, WINDOW, WINDOW[1])] == ["agree", "agree"]


@pytest.mark.parametrize("ticket", ["", "-", "--"])
def test_no_ticket_is_no_ticket(ticket: str) -> None:
    ours = rows(replace(down(100, 200), ticket=ticket))
    others = [replace(t, ticket=ticket) for t in theirs((700, 800))]
    assert [m.verdict for m in match(ours, others, WINDOW, WINDOW[1])] == ["ours", "theirs"]


TICKETS = st.lists(st.sampled_from(["", "1", "2", "3"]), min_size=200, max_size=200)
TIMES = st.lists(
    st.tuples(st.integers(-5, 70), st.integers(0, 20)).map(lambda t: (t[0], t[0] + t[1]))
)


@given(circuits(), TIMES, TICKETS, TICKETS)
def test_every_outage_of_either_side_stands_in_exactly_one_row(
    outages: list[Outage],
    times: list[tuple[float, float]],
    numbers: list[str],
    their_numbers: list[str],
) -> None:
    ours = rows(*(replace(o, ticket=n) for o, n in zip(outages, numbers, strict=False)))
    others = [replace(t, ticket=n) for t, n in zip(theirs(*times), their_numbers, strict=False)]
    found = match(ours, others, WINDOW, WINDOW[1])
    assert sorted(t.line for m in found for t in m.theirs) == [t.line for t in others]
    seen = [row for m in found for row in m.ours]
    assert len(seen) == len(ours) == len(rows(*outages))
    assert all(row in seen for row in ours)
    for m in found:
        assert (m.verdict is Verdict.OURS) == (not m.theirs)
        assert (m.verdict in {Verdict.THEIRS, Verdict.OUTSIDE}) == (not m.ours)


@given(circuits())
def test_our_own_list_agrees_with_us(outages: list[Outage]) -> None:
    whole = [replace(o, down=((o.began, o.ended or 0),)) for o in outages]
    ours = rows(*whole)
    others = [Theirs(n, row.outage.began, row.outage.ended or 0) for n, row in enumerate(ours, 2)]
    found = match(ours, others, WINDOW, WINDOW[1])
    assert {m.verdict for m in found} <= {Verdict.AGREE}
