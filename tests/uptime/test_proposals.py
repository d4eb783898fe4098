"""Proposals as the recorder asks for them: at the opening, while it lasts, at the closing; never
over a person.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from uptime.config import Config, load
from uptime.core.causes import Cause
from uptime.core.model import CheckState, Condition, Incident, Severity
from uptime.core.proposed import Proposal
from uptime.proposals import AGAIN_MS, MOST, Proposals, inventory

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
        self.proposals.changed()
        return self._keep(self.proposals.of(fresh))

    def rises(self, incident: Incident, at: int) -> Incident:
        assert incident.check is not None
        self.scene.states[incident.check] = FINE
        self.proposals.changed()
        closed = self.proposals.of(replace(incident, ended=T + at * MINUTE, closing="recovered"))
        self.scene.open.pop(incident.check)
        self.scene.remembered[incident.id] = closed
        return closed

    def again(self, seconds: float) -> list[Incident]:
        """Kept as the recorder does."""
        return [self._keep(each) for each in self.proposals.again(T + round(seconds * 1000))]

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


ALONE = Proposal(Cause.VENDOR, "circuit", "likely", ("dc-gw",))


def test_while_it_lasts_the_others_of_its_vendor_change_what_is_proposed(world: World) -> None:
    first = world.falls(1, "kec-tengaran", 0)
    assert first.proposed == ALONE
    assert world.again(1) == [], "nothing else has happened"
    second = world.falls(2, "kec-suruh", 1)
    (found,) = world.again(60)
    assert found == replace(
        first, proposed=Proposal(Cause.VENDOR, "provider", "strong", ("kec-suruh",))
    )
    world.rises(second, 9)
    assert world.again(600) == [], "that it came back makes it no less of a witness"


def test_a_parent_and_the_power_are_heard_of_while_it_lasts(world: World) -> None:
    child = world.falls(1, "kec-jambu", 0)
    server = world.falls(2, "dc-hv1", 0)
    assert child.proposed is None
    world.falls(3, "twr-utama", 1)
    world.falls(4, "dc-ups", 2)
    assert {(i.id, i.proposed.rule) for i in world.again(180) if i.proposed} >= {
        (child.id, "parent"), (server.id, "power"),
    }  # fmt: skip


def test_two_vendors_at_once_take_back_what_was_said_of_one(world: World) -> None:
    assert world.falls(1, "kec-tengaran", 0).proposed == ALONE
    world.falls(2, "isp-a", 1)
    found = {each.id: each.proposed for each in world.again(90)}
    assert found[1] is None


def test_an_incident_is_looked_at_again_once_a_minute_at_most(world: World) -> None:
    world.falls(1, "kec-tengaran", 0)
    world.falls(2, "kec-suruh", 0)
    assert [each.id for each in world.again(1)] == [1]
    world.falls(3, "kec-susukan", 0)
    assert [each.id for each in world.again(2)] == [2], "which was not looked at yet"
    assert world.again(AGAIN_MS / 1000) == []
    (later,) = world.again(1 + AGAIN_MS / 1000)
    assert later.id == 1, "what changed meanwhile is not forgotten"
    assert later.proposed is not None
    assert later.proposed.evidence == ("kec-susukan", "kec-suruh")


def test_what_a_person_said_is_not_touched_while_it_lasts(world: World) -> None:
    first = world.falls(1, "kec-tengaran", 0)
    world.scene.open["kec-tengaran"] = replace(first, cause="power")
    world.falls(2, "kec-suruh", 1)
    assert world.again(90) == []
    world.scene.open["kec-tengaran"] = replace(first, cause=None)  # taken back
    world.proposals.changed()
    assert [each.id for each in world.again(180)] == [1]


def test_who_was_open_before_a_restart_is_looked_at_and_is_a_witness(sample: Config) -> None:
    world = World(sample)
    for number, check in ((1, "kec-tengaran"), (2, "kec-suruh")):
        world.scene.states[check] = CheckState(Condition.DOWN, known=True)
        world._keep(Incident(number, "down", check, Severity.HIGH, T, reason="timeout"))
    world.proposals.configure(sample)
    assert {each.proposed.rule for each in world.again(1) if each.proposed} == {"provider"}


def test_in_a_storm_a_few_are_looked_at_at_a_time_and_all_in_the_end(sample: Config) -> None:
    world = World(sample)
    checks = [each for each in sample.checks if not each.startswith(("kec-", "isp-"))]
    assert len(checks) > MOST
    for number, check in enumerate(checks, 1):
        world.falls(number, check, 0)
    asked: list[str] = []
    world.scene.is_maintained = lambda check: bool(asked.append(check))  # type: ignore[method-assign,func-returns-value]
    seen = []
    for second in range(10):
        before = len(world.proposals._lasting)
        world.again(second)
        seen.append(sum(each.at > 0 for each in world.proposals._lasting.values()))
        assert len(world.proposals._lasting) == before
    assert seen[0] == MOST
    assert seen[-1] == len(checks) - 1, "after the last one nothing changed"
    asked.clear()
    world.again(200)
    assert asked == [], "then nobody asks before something changes"


def test_one_that_is_over_or_became_another_is_let_go(world: World) -> None:
    first = world.falls(1, "kec-tengaran", 0)
    second = world.falls(2, "kec-suruh", 0)
    world.rises(first, 5)
    world.scene.open["kec-suruh"] = replace(second, id=3, kind="degraded")
    assert world.again(400) == []
    assert world.proposals._lasting == {}
