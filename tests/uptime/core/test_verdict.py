"""Whether a target was reached, when not all of it was seen."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.sla import TimeLedger
from uptime.core.verdict import Verdict, verdict

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("ledger", "objective", "expected"),
    [
        (TimeLedger(up=995, down=5), 99.5, Verdict.MET),
        (TimeLedger(up=994, down=6), 99.5, Verdict.MISSED),
        (TimeLedger(up=990, degraded=5, down=5), 99.5, Verdict.MET),
        (TimeLedger(up=990, unknown=10), 99.5, Verdict.UNSURE),
        (TimeLedger(up=990, down=4, unknown=6), 99.5, Verdict.UNSURE),
        (TimeLedger(up=990, down=6, unknown=4), 99.5, Verdict.MISSED),
        (TimeLedger(up=996, unknown=4), 99.5, Verdict.MET),
        (TimeLedger(unknown=1000), 99.5, Verdict.NO_DATA),
        (TimeLedger(unmonitored=1000), 99.5, Verdict.NO_DATA),
        (TimeLedger(up=1000), None, Verdict.NO_TARGET),
        (TimeLedger(up=1000, unmonitored=5, maintenance=5), 100, Verdict.MET),
        (TimeLedger(up=99_999, down=1), 100, Verdict.MISSED),
    ],
)
def test_a_verdict_holds_whatever_was_not_seen(
    ledger: TimeLedger, objective: float | None, expected: Verdict
) -> None:
    assert verdict(ledger, objective) is expected


MS = st.integers(0, 50 * HOUR)


@given(up=MS, down=MS, unknown=MS, hidden=st.integers(0, 100), objective=st.integers(0, 100_000))
def test_no_way_to_fill_what_is_unknown_turns_a_verdict(
    up: int, down: int, unknown: int, hidden: int, objective: int
) -> None:
    target = objective / 1000
    found = verdict(TimeLedger(up=up, down=down, unknown=unknown), target)
    good = up + unknown * hidden // 100
    if up + down == 0:
        assert found is Verdict.NO_DATA
        return
    reached = Fraction(good, up + down + unknown) >= Fraction(str(target)) / 100
    if found is Verdict.MET:
        assert reached
    elif found is Verdict.MISSED:
        assert not reached
    else:
        assert unknown > 0
