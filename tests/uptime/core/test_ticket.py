"""A vendor's ticket: which times can be, what a correction leaves, and what follows from them."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.ticket import SLACK, Clock, Said, Ticket, Untrue, clocks, revised

MINUTE = 60_000
SINCE, NOW = 1_000 * MINUTE, 2_000 * MINUTE
WIB = timezone(timedelta(hours=7))
TICKET = Ticket("TT-1", SINCE + 5 * MINUTE, SINCE + 20 * MINUTE, None, "budi", NOW - 1)


def said(before: Ticket | None, what: Said) -> Ticket:
    return revised(before, what, since=SINCE, by="sari", now=NOW, zone=WIB)


def test_a_ticket_is_reported_now_unless_it_says_otherwise() -> None:
    assert said(None, {"number": "TT-1"}) == Ticket("TT-1", NOW, None, None, "sari", NOW)


def test_what_is_not_said_stays_as_it_was() -> None:
    found = said(TICKET, {"restored": SINCE + 90 * MINUTE})
    assert (found.number, found.reported, found.acknowledged) == (
        "TT-1", SINCE + 5 * MINUTE, SINCE + 20 * MINUTE,
    )  # fmt: skip
    assert (found.restored, found.by, found.at) == (SINCE + 90 * MINUTE, "sari", NOW)


def test_none_takes_a_time_back() -> None:
    assert said(TICKET, {"acknowledged": None}).acknowledged is None


@pytest.mark.parametrize(
    ("what", "field", "problem"),
    [
        ({"reported": NOW + 1}, "reported", "lies in the future: 1970-01-02 16:20:00"),
        ({"restored": NOW + MINUTE}, "restored", "lies in the future"),
        ({"reported": SINCE - SLACK}, "reported", "lies before the outage: 1970-01-01 23:39:00"),
        ({"acknowledged": SINCE + 4 * MINUTE}, "acknowledged", "lies before the report"),
        ({"restored": SINCE}, "restored", "lies before the report"),
        ({"reported": SINCE + 21 * MINUTE}, "acknowledged", "lies before the report"),
    ],
)
def test_a_time_that_cannot_be_is_named_with_its_reason(
    what: Said, field: str, problem: str
) -> None:
    with pytest.raises(Untrue, match=problem) as caught:
        said(TICKET, what)
    assert caught.value.field == field


def test_a_time_written_in_minutes_may_seem_to_lie_just_before_the_outage() -> None:
    assert said(None, {"number": "x", "reported": SINCE - SLACK + 1}).reported < SINCE


@pytest.mark.parametrize(("before", "what"), [(TICKET, {}), (None, {"restored": NOW})])
def test_nothing_said_and_no_number_are_refused(before: Ticket | None, what: Said) -> None:
    with pytest.raises(ValueError, match="fix: give"):
        said(before, what)


@given(
    reported=st.integers(SINCE, NOW),
    acknowledged=st.none() | st.integers(0, 999 * MINUTE),
    restored=st.none() | st.integers(0, 999 * MINUTE),
    target=st.none() | st.integers(1, 999 * MINUTE),
)
def test_a_time_is_met_missed_or_open_as_a_person_with_a_watch_would_say(
    reported: int, acknowledged: int | None, restored: int | None, target: int | None
) -> None:
    ticket = Ticket(
        "x",
        reported,
        None if acknowledged is None else reported + acknowledged,
        None if restored is None else reported + restored,
        "a",
        NOW,
    )
    response, repair = clocks(ticket, target, target, NOW)
    assert repair.running == (restored is None)
    assert repair.ms == (NOW - reported if restored is None else restored)
    for clock in (response, repair):
        if target is None or clock.ms is None:
            assert clock.met is None
        elif clock.ms > target:
            assert clock.met is False, "later does not help any more"
        else:
            assert clock.met is (None if clock.running else True)
    if acknowledged is None and restored is not None:
        assert response == Clock(None, running=False, target=target), "nobody said when"


def test_an_answer_in_the_minute_of_the_report_took_no_time() -> None:
    found = said(TICKET, {"acknowledged": TICKET.reported - SLACK + 1})
    response, _ = clocks(found, None, None, NOW)
    assert response.ms == 0
