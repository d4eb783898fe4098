"""Rows of services follow their members, whatever happens to them."""

from __future__ import annotations

from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from uptime.board import Board, Row
from uptime.config import PublicName, Service
from uptime.core.model import CheckState, Condition, Overlay, Severity
from uptime.core.service import Kind, judge
from uptime.core.timeline import Class
from uptime.services import ServiceRows, _look

NOW = 1_795_000_000_000
MEASURED = [kind for kind in Class if kind is not Class.MAINTENANCE]


def service(kind: Kind, *members: str, n: int | None = None) -> Service:
    return Service(
        "svc", kind, members, n, "Perizinan", None, 99.5, Severity.HIGH, MappingProxyType({}),
        PublicName("Perizinan daring"), None,
    )  # fmt: skip


class World:
    """A board with members, and a service of them."""

    def __init__(self, kind: Kind, members: int, n: int | None = None) -> None:
        self.board = Board()
        self.rows = ServiceRows(self.board)
        self.members = [f"m{number}" for number in range(members)]
        for member in self.members:
            self.board.put(Row(member, member, None, "tcp", "127.0.0.1:1"))
        self.service = service(kind, *self.members, n=n)
        self.rows.configure({"svc": self.service})

    def becomes(self, member: str, kind: Class, at: int = NOW) -> None:
        row = self.board.rows[member]
        paused = kind is Class.UNMONITORED
        row.overlays = frozenset({Overlay.PAUSED} if paused else ())
        if kind.value in ("up", "degraded", "down"):
            condition = Condition(kind.value)
            since = at if condition is not row.state.condition else row.state.since
            row.state = CheckState(condition=condition, since=since, known=True, last_known=at)
        else:
            row.state = row.state._replace(known=False)
        self.board.touch(row)

    def work_on(self, member: str) -> None:
        row = self.board.rows[member]
        row.overlays = frozenset({Overlay.MAINTENANCE})
        self.board.touch(row)

    @property
    def shown(self) -> Row:
        return self.board.rows["svc"]


def test_a_service_is_down_with_its_member_since_it_is_and_up_again_with_it() -> None:
    world = World("all", 2)
    assert world.shown.status.value == "unknown"
    for member in world.members:
        world.becomes(member, Class.UP, NOW)
    assert (world.shown.status.value, world.shown.state.since) == ("up", NOW)
    before = world.board.version
    world.becomes("m1", Class.DOWN, NOW + 5000)
    assert (world.shown.status.value, world.shown.state.since) == ("down", NOW + 5000)
    rows, _, _ = world.board.changed(world.board.since(before))
    assert {row.id for row in rows} == {"m1", "svc"}
    world.becomes("m1", Class.UP, NOW + 9000)
    assert (world.shown.status.value, world.shown.state.since) == ("up", NOW + 9000)


def test_results_that_change_nothing_leave_the_version_of_a_service_and_date_its_data() -> None:
    world = World("any", 2)
    world.becomes("m0", Class.UP, NOW)
    version = world.shown.version
    world.becomes("m0", Class.UP, NOW + 1000)
    assert world.shown.version == version
    assert world.shown.state.last_known == NOW + 1000


def test_a_service_keeps_its_condition_while_it_is_not_known() -> None:
    world = World("all", 1)
    world.becomes("m0", Class.DOWN, NOW)
    world.becomes("m0", Class.UNKNOWN)
    assert world.shown.status.value == "unknown"
    assert (world.shown.state.condition, world.shown.state.since) == (Condition.DOWN, NOW)
    world.becomes("m0", Class.UNMONITORED)
    assert world.shown.overlays == {Overlay.PAUSED}


def test_work_on_a_member_lies_over_the_service_and_hides_nothing() -> None:
    world = World("all", 2)
    for member in world.members:
        world.becomes(member, Class.UP)
    world.work_on("m0")
    assert world.shown.status.value == "up"
    assert world.shown.overlays == {Overlay.MAINTENANCE}
    world.becomes("m1", Class.DOWN)
    assert world.shown.status.value == "down"
    assert not world.shown.overlays
    spare = World("any", 2)
    spare.becomes("m1", Class.UP)
    spare.work_on("m0")
    assert spare.shown.status.value == "up"
    assert not spare.shown.overlays


def test_another_configuration_changes_and_removes_services() -> None:
    world = World("all", 2)
    world.becomes("m0", Class.UP, NOW)
    world.becomes("m1", Class.DOWN, NOW)
    assert world.shown.status.value == "down"
    world.rows.configure({"svc": service("any", "m0", "m1")})
    assert world.shown.status.value == "up"
    world.rows.configure({})
    assert "svc" not in world.board.rows
    world.becomes("m1", Class.UP, NOW + 1)


@given(
    st.sampled_from(("all", "any", "at_least")),
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(MEASURED)), max_size=20),
)
def test_after_any_course_the_row_is_what_its_members_make_it(
    kind: Kind, members: int, n: int, course: list[tuple[int, Class]]
) -> None:
    world = World(kind, members, n)
    for number, became in course:
        world.becomes(world.members[number % members], became)
        seen = [_look(world.board.rows[member])[0] for member in world.members]
        wanted = judge(kind, {each: seen.count(each) for each in Class}, n)
        assert _look(world.shown)[0] is wanted
