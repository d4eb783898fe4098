"""Proposals as the recorder asks for them: at the opening, at the closing, never over a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from uptime.config import Config, load
from uptime.core.causes import Cause
from uptime.core.model import CheckState, Condition, Incident, Severity
from uptime.core.proposed import Proposal
from uptime.proposals import Proposals, inventory

MINUTE = 60_000
T = 1_000 * MINUTE
FINE = CheckState(Condition.UP, known=True)


@pytest.fixture(scope="module")
def sample() -> Config:
    return load(Path(__file__).parents[2] / "checks.toml")


class Scene:
    """A recorder of which everything is fine but for what a test says."""

    def __init__(self) -> None:
        self.states: dict[str, CheckState | None] = {}
        self.open: dict[str, Incident] = {}
        self.remembered: dict[int, Incident] = {}
        self.maintained: set[str] = set()

    def measured(self, check: str) -> CheckState | None:
        return self.states.get(check, FINE)

    def incident_of(self, check: str) -> Incident | None:
        return self.open.get(check)

    def incident(self, number: int) -> Incident:
        return self.remembered[number]

    def is_maintained(self, check: str) -> bool:
        return check in self.maintained


class World:
    def __init__(self, config: Config) -> None:
        self.scene = Scene()
        self.proposals = Proposals(self.scene)
        self.proposals.configure(config)

    def falls(self, number: int, check: str, at: int, reason: str = "timeout") -> Incident:
        fresh = Incident(number, "down", check, Severity.HIGH, T + at * MINUTE, reason=reason)
        self.scene.states[check] = CheckState(Condition.DOWN, known=True)
        return self._keep(self.proposals.of(fresh))

    def rises(self, incident: Incident, at: int) -> Incident:
        assert incident.check is not None
        self.scene.states[incident.check] = FINE
        closed = self.proposals.of(replace(incident, ended=T + at * MINUTE, closing="recovered"))
        self.scene.open.pop(incident.check)
        self.scene.remembered[incident.id] = closed
        return closed

    def _keep(self, incident: Incident) -> Incident:
        assert incident.check is not None
        self.scene.open[incident.check] = self.scene.remembered[incident.id] = incident
        return incident


@pytest.fixture
def world(sample: Config) -> World:
    return World(sample)


def test_the_sample_inventory_says_who_shares_what(sample: Config) -> None:
    found = inventory(sample)
    assert [each.id for each in found.checks.values() if each.is_power] == ["dc-ups"]
    assert found.others("dc-hv1", "power", "group pusat-data") == ["dc-ups"]
    assert found.checks["kec-jambu"].place == "Jambu"
    assert found.checks["web-portal"].host == "127.33.4.1"
    assert found.checks["dc-hv1"].host == "127.33.1.11"
    assert found.checks["ext-sipd"].external
    assert found.checks["isp-a"].provider == "PT Serat Contoh"
    assert found.behind("twr-utama", "kec-jambu") == [
        "kec-bandungan", "kec-banyubiru", "kec-getasan", "kec-sumowono",
    ]  # fmt: skip
    assert found.circuits_beside("PT Kawat Sewa") == ["isp-a", "isp-b"]


def test_the_closing_knows_what_the_opening_could_not(world: World) -> None:
    """One leased line is confirmed down before the others of its vendor."""
    first = world.falls(1, "kec-tengaran", 0)
    assert first.proposed == Proposal(Cause.VENDOR, "circuit", "likely", ("dc-gw",))
    second = world.falls(2, "kec-suruh", 1)
    assert second.proposed == Proposal(Cause.VENDOR, "provider", "strong", ("kec-tengaran",))
    assert world.rises(second, 9).proposed == second.proposed
    closed = world.rises(first, 10)
    assert closed.proposed == Proposal(Cause.VENDOR, "provider", "strong", ("kec-suruh",))


def test_a_parent_that_recovered_first_is_remembered(world: World) -> None:
    child = world.falls(1, "kec-jambu", 0)
    assert child.proposed is None
    parent = world.falls(2, "twr-utama", 1)
    world.rises(parent, 30)
    closed = world.rises(child, 31)
    assert closed.proposed == Proposal(Cause.INTERNAL_NETWORK, "parent", "likely", ("twr-utama",))


def test_an_outage_that_became_a_degraded_incident_is_remembered(world: World) -> None:
    """As links do that come back with losses: the tower closes after its sites have."""
    sites = [world.falls(n, f"kec-{name}", 0) for n, name in enumerate(("jambu", "getasan"), 1)]
    sites += [world.falls(3, "kec-sumowono", 0)]
    tower = world.falls(9, "twr-utama", 0)
    for each in sites:
        closed = world.rises(each, 10)
        assert closed.check is not None
        lossy = Incident(closed.id + 3, "degraded", closed.check, Severity.HIGH, T + 10 * MINUTE)
        world.scene.open[closed.check] = lossy
    closed = world.rises(replace(tower, proposed=None), 11)
    assert closed.proposed is not None
    assert closed.proposed.rule == "children"


def test_what_a_person_said_of_the_parent_is_proposed_for_the_child(world: World) -> None:
    parent = world.falls(1, "twr-utama", 0)
    child = world.falls(2, "kec-jambu", 0)
    world.scene.open["twr-utama"] = replace(parent, cause="Listrik (PLN)")
    closed = world.rises(child, 30)
    assert closed.proposed == Proposal(Cause.POWER, "said", "strong", ("twr-utama", "power"))


def test_a_persons_word_is_never_touched(world: World) -> None:
    opened = world.falls(1, "isp-a", 0)
    said = replace(opened, cause="power", proposed=None)
    closed = world.rises(said, 30)
    assert (closed.cause, closed.proposed) == ("power", None)


def test_work_that_was_under_way_is_remembered_when_it_is_over(world: World) -> None:
    world.scene.maintained.add("isp-a")
    opened = world.falls(1, "isp-a", 0)
    assert opened.proposed is not None
    assert opened.proposed.rule == "planned"
    world.scene.maintained.clear()
    assert world.rises(opened, 30).proposed == opened.proposed


@pytest.mark.parametrize(
    "gw",
    [
        None,  # paused
        CheckState(Condition.UP, known=False),
        CheckState(Condition.UP, known=True, fails=1),
        CheckState(Condition.DOWN, known=True),  # by what no incident tells: of a former life
    ],
)
def test_a_parent_that_is_not_surely_fine_is_no_witness(
    world: World, gw: CheckState | None
) -> None:
    world.scene.states["dc-gw"] = gw
    assert world.falls(1, "kec-tengaran", 0).proposed is None


def test_incidents_that_are_no_outage_of_a_check_have_no_proposal(world: World) -> None:
    slow = Incident(1, "degraded", "isp-a", Severity.HIGH, T)
    own = Incident(2, "self", None, Severity.HIGH, T)
    gone = Incident(3, "down", "isp-z", Severity.HIGH, T)
    assert [world.proposals.of(each) for each in (slow, own, gone)] == [slow, own, gone]


def test_an_outage_that_memory_has_let_go_is_no_evidence(world: World) -> None:
    parent = world.falls(1, "twr-utama", 0)
    child = world.falls(2, "kec-jambu", 0)
    world.rises(parent, 30)
    del world.scene.remembered[1]
    assert world.rises(replace(child, proposed=None), 31).proposed is None
