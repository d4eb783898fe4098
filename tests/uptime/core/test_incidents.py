"""Incidents follow the transitions of their check."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import play
from tests.invariants import invariant
from uptime.core.incidents import follow
from uptime.core.model import Acknowledgement, Condition, Incident, Severity


def _story(runs: str, told: dict[str, str] | None = None) -> list[Incident]:
    """All incidents after a sequence of results, oldest first."""
    _, transitions, _ = play(runs)
    numbers = count(1)
    known: dict[int, Incident] = {}
    current: Incident | None = None
    for transition in transitions:
        for incident in follow(
            current, transition, number=lambda: next(numbers), severity=Severity.HIGH,
            affected=("x",), told_degraded=["chat"],
        ):  # fmt: skip
            if incident.id not in known and told:
                from dataclasses import replace

                incident = replace(incident, told={**told, **incident.told})
            known[incident.id] = incident
            if current is None or incident.id == current.id or incident.open:
                current = incident if incident.open else None
    return list(known.values())


def test_an_outage_is_one_incident_dated_by_its_results() -> None:
    (incident,) = _story("uufffffuu")
    assert (incident.kind, incident.closing) == ("down", "recovered")
    assert (incident.began_bound, incident.began) == (10_000, 20_000)
    assert (incident.ended_bound, incident.ended) == (60_000, 70_000)
    assert incident.affected == ("x",)


def test_degraded_that_goes_down_is_raised_not_doubled() -> None:
    (incident,) = _story("udddfff")
    assert (incident.kind, incident.open, incident.began) == ("down", True, 10_000)


def test_whoever_is_at_a_degraded_check_has_not_said_so_of_the_outage() -> None:
    _, transitions, _ = play("udddfff")
    degraded = Incident(
        1, "degraded", "c", Severity.HIGH, 10_000, acked=Acknowledgement("budi", 35_000)
    )
    (raised,) = follow(degraded, transitions[-1], number=lambda: 2, severity=Severity.HIGH)
    assert (raised.id, raised.kind, raised.acked) == (1, "down", None)


def test_a_recovery_to_degraded_closes_the_outage_and_goes_on_degraded() -> None:
    outage, rest = _story("ufffdd", told={"chat": "down", "mail": "down"})
    assert (outage.closing, rest.kind, rest.open) == ("degraded", "degraded", True)
    assert rest.began == outage.ended


def test_unknown_neither_opens_nor_closes_anything() -> None:
    assert _story("u????") == []
    (incident,) = _story("ufff????")
    assert incident.open


@invariant(11)
@given(st.text(alphabet="udf?.", max_size=40))
def test_incidents_of_one_check_are_disjoint_ordered_and_at_most_one_open(runs: str) -> None:
    state, _, _ = play(runs)
    incidents = _story(runs)
    for left, right in zip(incidents, incidents[1:], strict=False):
        assert left.ended is not None
        assert left.began <= left.ended <= right.began
    assert sum(incident.open for incident in incidents) == (
        state.condition in {Condition.DOWN, Condition.DEGRADED}
    )
