"""Failing streaks that came to nothing, against a walk over the letters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import INTERVAL, STATUSES, V, letters
from uptime.core.blips import blip
from uptime.core.model import Blip, CheckState, Policy, Result
from uptime.core.state import observe


def blips(runs: str, policy: Policy | None = None) -> list[Blip]:
    policy = policy or Policy(validity_ms=V)
    state, found = CheckState(), []
    for at, letter in letters(runs):
        result = Result("c", at // INTERVAL + 1, at, 0.1, STATUSES[letter])
        before = state
        state, _ = observe(before, result, policy)
        if (each := blip(before, state, result)) is not None:
            found.append(each)
    return found


@pytest.mark.parametrize(
    ("runs", "began", "ended", "fails", "why"),
    [
        ("uffu", 1, 3, 2, "from the first failing result until the first good one"),
        ("ufd", 1, 2, 1, "a degraded result ends it as well"),
        ("uf?fu", 1, 4, 2, "unknown in between neither ends nor lengthens it"),
        ("dddfd", 3, 4, 1, "of a degraded check too"),
    ],
)
def test_a_streak_below_the_threshold_is_a_blip(
    runs: str, began: int, ended: int, fails: int, why: str
) -> None:
    assert blips(runs) == [Blip("c", began * INTERVAL, ended * INTERVAL, fails)], why


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        ("ufffuu", "three are an outage"),
        ("uff", "it may become one yet"),
        ("ffu", "what was never seen up did not stumble"),
        ("ufffufuu", "failing again while it recovers is still the outage"),
    ],
)
def test_an_outage_is_none(runs: str, why: str) -> None:
    assert blips(runs) == [], why


@given(st.text("uf", min_size=1, max_size=60), st.integers(1, 5))
def test_without_outages_blips_are_the_failing_streaks_between_good_results(
    runs: str, threshold: int
) -> None:
    """An oracle that knows no counters; longer streaks are cut to what confirms nothing."""
    runs = "u" + re.sub(f"f{{{threshold},}}", lambda m: m[0][: threshold - 1], runs)
    wanted = [
        Blip("c", m.start() * INTERVAL, m.end() * INTERVAL, m.end() - m.start())
        for m in re.finditer("f+(?=u)", runs)
    ]
    assert blips(runs, Policy(threshold, 2, V)) == wanted
