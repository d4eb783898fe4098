"""Values with defaults: a test states only what matters to it."""

from __future__ import annotations

from collections.abc import Iterator

from uptime.core.model import CheckState, Policy, Result, Span, Status, Transition
from uptime.core.spans import respan, tail_from
from uptime.core.state import expire, observe

STATUSES = {"u": Status.UP, "d": Status.DEGRADED, "f": Status.DOWN, "?": Status.UNKNOWN}
INTERVAL = 10_000
V = 35_000
"""Validity of a result in the letter language: interval 10 s, so three gaps expire it."""


def letters(runs: str) -> Iterator[tuple[int, str]]:
    """Each letter ten seconds after the one before; `.` is a run that did not happen."""
    for number, letter in enumerate(runs):
        if letter != ".":
            yield number * INTERVAL, letter


def play(
    runs: str, policy: Policy | None = None
) -> tuple[CheckState, list[Transition], list[Span]]:
    """State, transitions and spans after a sequence such as "ufffuu" ("." skips a run)."""
    policy = policy or Policy(validity_ms=V)
    state, spans = CheckState(), list[Span]()
    transitions: list[Transition] = []

    def take(transition: Transition | None) -> None:
        if transition is None:
            return
        transitions.append(transition)
        start = tail_from(transition)
        keep = [s for s in spans if s.ended is not None and s.ended <= start]
        tail = [s for s in spans if s.ended is None or s.ended > start]
        spans[:] = keep + respan(tail, transition)

    for at, letter in letters(runs):
        state, transition = expire("c", state, at)
        take(transition)
        result = Result("c", at // INTERVAL + 1, at, 0.1, STATUSES[letter])
        state, transition = observe(state, result, policy)
        take(transition)
    return state, transitions, spans
