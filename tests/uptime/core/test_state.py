"""The state machine against sentences, and against a slow oracle that knows no counters."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import STATUSES, V, letters, play
from uptime.core.model import CheckState, Condition, Policy, Result, Status
from uptime.core.state import expire, flapping_percent, observe, set_back


@pytest.mark.parametrize(
    ("runs", "condition", "since", "why"),
    [
        ("", "none", None, "nothing measured is nothing known"),
        ("u", "up", 0, "one good result gives up"),
        ("ff", "none", None, "two failing ones are not yet down"),
        ("fff", "down", 0, "the threshold gives down, dated from the first"),
        ("uff", "up", 0, "a shorter streak is a blip"),
        ("uffu", "up", 0, "a blip leaves no trace"),
        ("ufff", "down", 1, "down is dated from the first failing result"),
        ("ufffu", "down", 1, "one good result is not a recovery"),
        ("ufffuu", "up", 4, "two are, dated from the first of them"),
        ("ufffufuu", "up", 6, "a failing one in between starts the count again"),
        ("uff?f", "down", 1, "unknown never resets a counter"),
        ("ufff?", "down", 1, "unknown never replaces the condition"),
        ("uddd", "degraded", 1, "degraded results confirm degraded"),
        ("udff", "degraded", 1, "degraded or failing, not all failing, confirm degraded"),
        ("udfff", "down", 2, "and go on to down when all of the last are failing"),
        ("uffd", "degraded", 1, "a degraded result ends a failing streak"),
        ("udddu", "degraded", 1, "one up does not end degraded"),
        ("udddufu", "degraded", 1, "up ones must follow each other"),
        ("uddduu", "up", 4, "enough up ones end degraded"),
        ("ufffdd", "degraded", 4, "a recovery to degraded"),
        ("ufffdu", "degraded", 4, "half degraded is not called normal"),
        ("ufffduu", "up", 5, "and becomes up when enough are up"),
        ("dd", "none", None, "two degraded ones confirm nothing"),
        ("ddd", "degraded", 0, "from none the threshold of degraded ones gives degraded"),
    ],
)
def test_a_sequence_of_results_gives_this_condition(
    runs: str, condition: str, since: int | None, why: str
) -> None:
    state, _, _ = play(runs)
    expected = None if since is None else since * 10_000
    assert (state.condition, state.since) == (Condition(condition), expected), why


@pytest.mark.parametrize(
    ("runs", "known"),
    [
        ("u", True),
        ("u?", False),
        ("u?u", True),
        ("u?f", False),
        ("u?ff", False),
        ("u?fff", True),
        ("ufff?f", True),
        ("ufff?u", False),
        ("ufff?uu", True),
        ("u.....u", True),
        ("u.....f", False),
        ("?", False),
    ],
)
def test_after_unknown_agreement_restores_at_once_and_dissent_needs_its_threshold(
    runs: str, known: bool
) -> None:
    state, _, _ = play(runs)
    assert state.known is known


def test_an_older_result_is_history_not_news() -> None:
    state, _, _ = play("uff")
    late = Result("c", state.last_id - 1, 5_000, 0.1, Status.DOWN)
    assert observe(state, late, Policy()) == (state, None)


def test_time_alone_makes_a_check_unknown_and_keeps_its_condition() -> None:
    state, _, _ = play("u")
    assert expire("c", state, state.valid_until) == (state, None)
    later, transition = expire("c", state, state.valid_until + 1)
    assert transition is not None
    assert (later.condition, later.state) == (Condition.UP, Status.UNKNOWN)
    assert transition.unknown == (V, None)


def test_flapping_follows_icingas_weights() -> None:
    # The documentation's example: changes weigh more the newer they are.
    assert flapping_percent(0b1) == pytest.approx(100 * 1.18 / 20)
    assert flapping_percent(1 << 19) == pytest.approx(100 * 0.80 / 20)
    state, _, _ = play("ufufufufufuf")
    assert state.flapping
    state, _, _ = play("ufufufufufuf" + "u" * 16)
    assert not state.flapping


def test_a_clock_stepped_back_does_not_make_results_history() -> None:
    state, _, _ = play("uuu")
    for number in range(3):
        result = Result("c", 100 + number, 1_000 + number, 0.1, Status.DOWN)
        state, transition = observe(state, result, Policy(validity_ms=V))
    assert transition is not None
    assert (state.condition, state.since) == (Condition.DOWN, 1_000)


def test_what_is_known_when_the_clock_is_set_back_holds_for_as_long_as_it_did() -> None:
    state, _, _ = play("ufff")
    now, step = 5_000, -30_000
    assert state.valid_until > now - step
    after, transition = set_back("c", state, now, step)
    assert transition is not None
    assert (transition.unknown, transition.changed) == ((now, now), False)
    assert after.known
    assert after.valid_until == state.valid_until + step
    assert (after.since, after.fails_from, after.last_known) == (now, now, now)


def test_what_had_run_out_when_the_clock_is_set_back_stays_unknown() -> None:
    state, _, _ = play("u")
    after, transition = set_back("c", state, V + 10_000, -20_000)
    assert transition is not None
    assert transition.unknown == (V, None)
    assert (after.known, after.blind_from) == (False, V)


def test_a_streak_that_began_by_an_older_clock_is_dated_by_this_one() -> None:
    state, _, _ = play("uuuff")
    state, _ = set_back("c", state, 5_000, -40_000)
    result = Result("c", 100, 6_000, 0.1, Status.DOWN, reason="refused")
    state, transition = observe(state, result, Policy(validity_ms=V))
    assert transition is not None
    assert (state.condition, transition.began) == (Condition.DOWN, 5_000)
    assert transition.bound is not None
    assert transition.bound <= transition.began


# ---- the oracle: looks at the whole list of results each time ----


def _oracle(runs: str, bad: int, good: int) -> tuple[str, int | None]:
    condition, since = "none", None
    seen: list[tuple[int, str]] = []
    for at, letter in letters(runs):
        if letter == "?":
            continue
        seen.append((at, letter))

        def streak(kinds: str) -> list[tuple[int, str]]:
            out: list[tuple[int, str]] = []
            for one in reversed(seen):
                if one[1] not in kinds:
                    break
                out.insert(0, one)
            return out

        fails, poors, goods, ups = (streak(k) for k in ("f", "df", "ud", "u"))
        if condition in {"none", "up", "degraded"} and len(fails) >= bad:
            condition, since = "down", fails[0][0]
        elif condition == "none" and ups:
            condition, since = "up", ups[0][0]
        elif condition in {"none", "up"} and len(poors) >= bad:
            condition, since = "degraded", poors[0][0]
        elif condition == "degraded" and len(ups) >= good:
            condition, since = "up", ups[0][0]
        elif condition == "down" and len(goods) >= good:
            condition = "up" if len(ups) >= good else "degraded"
            since = goods[0][0]
    return condition, since


@given(st.text(alphabet="".join(STATUSES), max_size=40), st.integers(1, 4), st.integers(1, 4))
@example("udff", 3, 2)
def test_the_machine_agrees_with_an_oracle_that_looks_back(runs: str, bad: int, good: int) -> None:
    state, _, _ = play(runs, Policy(bad, good, V))
    expected = _oracle(runs, bad, good)
    # The machine remembers the start of a streak, the oracle finds it: a condition entered
    # from a streak that began before it must carry the same date.
    assert (state.condition.value, state.since) == expected


@given(st.text(alphabet="".join(STATUSES) + ".", max_size=40))
def test_transitions_chain_and_only_the_named_rules_open_or_close(runs: str) -> None:
    state, transitions, _ = play(runs)
    condition = Condition.NONE
    for transition in transitions:
        assert transition.old is condition
        condition = transition.new
        assert transition.bound is None or transition.bound <= transition.began
        assert transition.began <= transition.at
    assert condition is state.condition


@given(st.text(alphabet="".join(STATUSES) + ".", max_size=30))
def test_a_state_steady_but_for_its_times_stays_equal(runs: str) -> None:
    """What the store writes of a state must not change with every steady result."""

    def timeless(state: CheckState) -> CheckState:
        return state._replace(last_id=0, last_at=0, last_known=0, valid_until=0)

    state, _, _ = play(runs + "u" * 25)
    after, _, _ = play(runs + "u" * 26)
    assert timeless(state) == timeless(after)
