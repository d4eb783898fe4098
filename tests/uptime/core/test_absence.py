"""What a start enters of the time the daemon was away."""

from __future__ import annotations

from tests.builders import V, play
from uptime.core.absence import absence
from uptime.core.model import CheckState, Condition
from uptime.core.statements import entry

START = entry("start", 900_000)


def test_what_was_known_is_not_from_the_last_sign_of_life_on() -> None:
    state, _, _ = play("uuu")
    after, batch = absence({"a": state, "b": CheckState()}, 25_000, 900_000, {"a", "b"}, START)
    assert (after["a"].known, after["a"].blind_from) == (False, 25_000)
    assert after["a"].condition is Condition.UP
    (transition,) = batch.transitions
    assert (transition.check, transition.unknown) == ("a", (25_000, None))
    assert [each["type"] for each in batch.entries] == ["start", "absence", "blind"]
    assert batch.states == {"a": after["a"]}
    assert batch.life == 900_000


def test_a_result_that_had_run_out_before_is_unknown_from_then_on() -> None:
    state, _, _ = play("u")
    after, _ = absence({"a": state}, 500_000, 900_000, {"a"}, START)
    assert after["a"].blind_from == V


def test_what_was_seen_before_does_not_speak_for_the_absence() -> None:
    """A doubt of before it ends with it."""
    doubtful, _, _ = play("u?f")
    assert doubtful.seen_from is not None
    after, _ = absence({"a": doubtful}, 25_000, 900_000, {"a"}, START)
    assert after["a"].seen_from is None


def test_what_left_the_configuration_meanwhile_begins_anew() -> None:
    state, _, _ = play("ufff")
    _, batch = absence({"gone": state}, 35_000, 900_000, {"a"}, START)
    assert batch.states == {"gone": CheckState()}


def test_a_first_start_was_never_away() -> None:
    after, batch = absence({}, None, 900_000, {"a"}, START)
    assert (after, batch.entries) == ({}, (START,))


def test_a_start_before_the_last_life_knows_nothing_from_now_on() -> None:
    """The clock was set back: what it said of later times holds no more, known or not."""
    known, _, _ = play("u" * 9)
    unknown, _, _ = play("u" * 9 + "?")
    states = {"a": known, "b": unknown, "c": CheckState()}
    after, batch = absence(states, 85_000, 30_000, states.keys(), START)
    assert [t.unknown for t in batch.transitions] == [(30_000, None)] * 2
    for check in ("a", "b"):
        assert (after[check].condition, after[check].known) == (Condition.UP, False)
        dated = (after[check].blind_from, after[check].last_known, after[check].valid_until)
        assert max(filter(None, dated)) == 30_000
    blind = batch.entries[-1]
    assert (blind["type"], blind["began"], blind["checks"]) == ("blind", 30_000, ["a", "b"])
