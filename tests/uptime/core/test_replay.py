"""The same results under the same policy give the same record; under another, its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import INTERVAL, STATUSES, V, letters, play
from tests.invariants import invariant
from uptime.core.model import Policy, Result, Status
from uptime.core.replay import Replay, Trial
from uptime.core.sla import account

RUNS = st.text(alphabet="udf?.", min_size=1, max_size=40)
THRESHOLDS = st.integers(1, 5)


def results(runs: str, latency: float | None = None) -> list[Result]:
    return [
        Result("c", at // INTERVAL + 1, at, 0.1, STATUSES[letter], latency=latency)
        for at, letter in letters(runs)
    ]


def replayed(runs: str, policy: Policy, slow: float | None = None) -> Replay:
    replay = Replay("c", Trial(policy, slow))
    replay.take(results(runs, 0.2))
    return replay


@given(RUNS, THRESHOLDS, THRESHOLDS)
def test_under_a_policy_it_is_what_the_daemon_would_have_recorded(
    runs: str, fails: int, goods: int
) -> None:
    policy = Policy(fails, goods, V)
    _, transitions, spans = play(runs, policy)
    window, until = (0, len(runs) * INTERVAL), len(runs) * INTERVAL
    replay = replayed(runs, policy)
    assert replay.spans == spans
    expected = account(window, spans, [(0, None)], until=min(until, _last(runs) + V))
    assert replay.account(window, [(0, None)], until).down == expected.down
    began = [t.began for t in transitions if t.changed and t.new.value == "down"]
    assert [outage.began for outage in replay.alerts(window)] == began


def _last(runs: str) -> int:
    return max((at for at, _ in letters(runs)), default=0)


@invariant(10)
@given(st.text(alphabet="uf", min_size=1, max_size=60), THRESHOLDS, THRESHOLDS)
def test_a_higher_threshold_never_gives_more_alerts_or_more_minutes_down(
    runs: str, fails: int, goods: int
) -> None:
    window = (0, len(runs) * INTERVAL)
    lower, higher = (
        replayed(runs, Policy(threshold, goods, V)) for threshold in (fails, fails + 1)
    )
    assert len(higher.alerts(window)) <= len(lower.alerts(window))
    down = [r.account(window, [(0, None)], window[1]).down for r in (lower, higher)]
    assert down[1] <= down[0]


@pytest.mark.parametrize(
    ("runs", "fails", "alerts", "blips"),
    [
        ("uuuffuu", 2, 1, 0),
        ("uuuffuu", 3, 0, 1),
        ("ufufuffff", 3, 1, 2),
        ("ufff", 3, 1, 0),
    ],
)
def test_short_failures_are_alerts_or_blips(runs: str, fails: int, alerts: int, blips: int) -> None:
    replay = replayed(runs, Policy(fails, 2, V))
    assert (len(replay.outages), replay.blips) == (alerts, blips)


def test_an_outage_lasts_from_its_first_failure_to_its_first_good_run() -> None:
    (outage,) = replayed("uufffuu", Policy(3, 2, V)).outages
    assert (outage.began, outage.ended) == (2 * INTERVAL, 5 * INTERVAL)
    assert outage.found == 4 * INTERVAL + 100


def test_a_limit_of_latency_makes_good_runs_degraded_and_takes_it_back() -> None:
    slow = replayed("uuuuu", Policy(3, 2, V), slow=0.1)
    assert slow.state.condition.value == "degraded"
    quick = replayed("udddd", Policy(3, 2, V), slow=0.3)
    assert quick.state.condition.value == "up"
    assert quick.state.last_status is Status.UP
