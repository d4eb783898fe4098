"""Parents hold their children."""

from __future__ import annotations

from dataclasses import replace

import pytest

from uptime.core.model import CheckState, Condition
from uptime.core.topology import behind, children, holds

CHILD = CheckState(condition=Condition.DOWN, since=100, last_at=130, known=True, fails=3)
UP = CheckState(condition=Condition.UP, since=0, last_at=120, known=True)
DOWN = replace(UP, condition=Condition.DOWN, since=90, fails=3)


@pytest.mark.parametrize(
    ("parent", "held", "why"),
    [
        (UP, False, "a healthy parent probed since the failure holds nothing"),
        (DOWN, True, "a parent that is down"),
        (replace(UP, fails=1), True, "a parent that is suspect"),
        (replace(UP, last_at=99), True, "a parent not probed since the child's first failure"),
        (
            replace(UP, since=131, last_at=140),
            True,
            "a child not probed since its parent came back",
        ),
        (CheckState(), False, "a parent never measured"),
        (None, False, "a parent that is not watched"),
    ],
)
def test_a_child_is_held_by(parent: CheckState | None, held: bool, why: str) -> None:
    assert holds(CHILD, [["p"]], lambda _: parent) is held, why


def test_either_of_two_parents_is_enough_and_all_groups_are_needed() -> None:
    states = {"a": DOWN, "b": UP, "c": DOWN}
    assert not holds(CHILD, [["a", "b"]], states.get)
    assert holds(CHILD, [["a", "c"]], states.get)
    assert holds(CHILD, [["a", "b"], ["c"]], states.get)
    assert not holds(CHILD, [], states.get)


def test_what_hangs_on_a_check_is_found_to_the_leaves() -> None:
    parents = {
        "sw": [["gw"]],
        "kec-1": [["sw"]],
        "kec-2": [["sw", "radio"]],
        "srv": [["sw"], ["power"]],
    }
    assert children(parents)["sw"] == ("kec-1", "kec-2", "srv")
    assert behind("gw", parents) == ("kec-1", "srv", "sw")
    assert behind("power", parents) == ("srv",)
    assert behind("kec-1", parents) == ()
