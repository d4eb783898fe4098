"""Rule N: who is owed what, as tables and against a twenty-line oracle."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from uptime.core.alerting import TOLD, Want, decide, union
from uptime.core.model import Acknowledgement, CheckState, Condition, Incident, Severity

WAIT, REPEAT = 30_000, 3_600_000
WANT = Want("chat", wait=WAIT, repeat=REPEAT)
EAGER = Want("chat", degraded=True, wait=WAIT, repeat=REPEAT)


def _incident(told: dict[str, str] | None = None, *, acked: bool = False) -> Incident:
    return Incident(
        1, "down", "c", Severity.HIGH, 0,
        told=told or {}, acked=Acknowledgement("budi", 5) if acked else None,
    )  # fmt: skip


def _state(condition: str, *, known: bool = True) -> CheckState:
    return CheckState(condition=Condition(condition), known=known)


@pytest.mark.parametrize(
    ("condition", "told", "want", "held", "kind", "why"),
    [
        ("down", None, WANT, False, "down", "an outage nobody was told of"),
        ("down", "down", WANT, False, None, "told once is told"),
        ("down", None, WANT, True, None, "an overlay holds it"),
        ("down", "degraded", WANT, False, "down", "degraded went on to down: raised"),
        ("degraded", None, WANT, False, None, "degraded is shown, not sent"),
        ("degraded", None, EAGER, False, "degraded", "unless the route asks for it"),
        ("degraded", "down", WANT, False, "improved", "the outage is over, and says what is left"),
        ("degraded", "down", WANT, True, "improved", "a recovery is never held"),
        ("up", None, WANT, False, None, "no recovery without its outage"),
        ("up", "down", WANT, False, "recovered", "who was told of it hears its end"),
        ("up", "down", WANT, True, "recovered", "held or not"),
        ("up", "degraded", EAGER, False, "recovered", "degraded ends, too"),
        ("up", "up", WANT, False, None, "and hears it once"),
        ("up", "down", None, False, "recovered", "even if no route leads there any more"),
        ("down", "down", None, False, None, "but nothing else"),
    ],
)
def test_owed(
    condition: str, told: str | None, want: Want | None, held: bool, kind: str | None, why: str
) -> None:
    incident = _incident({"chat": told} if told else None)
    owed = decide(
        incident, _state(condition), [want] if want else [], held=held, now=100_000, last_owed={}
    )
    assert [one.kind for one in owed] == ([kind] if kind else []), why


def test_nothing_is_owed_on_what_is_not_known() -> None:
    for condition, told in product(("up", "degraded", "down"), (None, "down", "degraded")):
        incident = _incident({"chat": told} if told else None)
        state = _state(condition, known=False)
        assert decide(incident, state, [EAGER], held=False, now=1, last_owed={}) == []


def test_the_first_message_waits_and_the_recovery_does_not() -> None:
    down = decide(_incident(), _state("down"), [WANT], held=False, now=1000, last_owed={})
    assert down[0].due == 1000 + WAIT
    told = _incident({"chat": "down"})
    up = decide(told, _state("up"), [WANT], held=False, now=1000, last_owed={"chat": 0})
    assert up[0].due == 1000


@pytest.mark.parametrize(
    ("since_last", "acked", "held", "reminded"),
    [
        (REPEAT - 1, False, False, False),
        (REPEAT, False, False, True),
        (REPEAT, True, False, False),
        (REPEAT, False, True, False),
    ],
)
def test_reminders_come_at_their_interval_until_somebody_works_on_it(
    since_last: int, acked: bool, held: bool, reminded: bool
) -> None:
    incident = _incident({"chat": "down"}, acked=acked)
    owed = decide(
        incident, _state("down"), [WANT], held=held, now=since_last, last_owed={"chat": 0}
    )
    assert [one.kind for one in owed] == (["reminder"] if reminded else [])


def test_an_acknowledgement_that_has_ended_holds_no_reminder_back() -> None:
    acked = Acknowledgement("budi", 5, until=REPEAT + 10)
    incident = replace(_incident({"chat": "down"}), acked=acked)

    def kinds(now: int) -> list[str]:
        owed = decide(incident, _state("down"), [WANT], held=False, now=now, last_owed={"chat": 0})
        return [one.kind for one in owed]

    assert kinds(REPEAT + 9) == []
    assert kinds(REPEAT + 10) == ["reminder"]


def test_two_routes_to_one_channel_are_one_and_the_more_eager() -> None:
    merged = union([Want("a", False, 30, 500), Want("b"), Want("a", True, 10, None)])
    assert merged == (Want("a", True, 10, 500), Want("b"))


def test_every_sequence_of_conditions_keeps_the_channel_truthful() -> None:
    """Oracle: what a channel believes equals the condition whenever nothing held the message,
    and it never hears of a recovery it had no outage for. All 3^6 sequences, held or not.
    """
    conditions = ("up", "degraded", "down")
    for sequence in product(conditions, repeat=6):
        for held_at in (None, 0, 2, 4):
            told: dict[str, str] = {}
            heard: list[str] = []
            for step, condition in enumerate(sequence):
                held = step == held_at
                owed = decide(
                    _incident(told), _state(condition), [EAGER], held=held, now=step, last_owed={}
                )
                assert len(owed) <= 1
                for one in owed:
                    heard.append(one.kind)
                    told["chat"] = TOLD[one.kind].value
                believed = told.get("chat", "up")
                if not held and not (condition == "degraded" and believed == "up" and heard):
                    assert believed == condition or (condition == "up" and believed == "up")
            for index, kind in enumerate(heard):
                if kind in {"recovered", "improved"}:
                    assert {"down", "degraded"} & set(heard[:index])
