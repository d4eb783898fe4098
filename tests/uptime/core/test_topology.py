"""Parents hold their children."""

from __future__ import annotations

from typing import Any

import pytest

from uptime.core.model import CheckState, Condition
from uptime.core.topology import Parents, behind, children, holds

CHILD = CheckState(condition=Condition.DOWN, since=100, last_at=130, known=True, fails=3)
UP = CheckState(condition=Condition.UP, since=0, last_at=120, known=True, valid_until=165)
DOWN = UP._replace(condition=Condition.DOWN, since=90, fails=3)


@pytest.mark.parametrize(
    ("parent", "held", "why"),
    [
        (UP, False, "a healthy parent probed since the failure holds nothing"),
        (DOWN, True, "a parent that is down"),
        (UP._replace(fails=1), True, "a parent that is suspect"),
        (UP._replace(last_at=99), True, "a parent not probed since the child's first failure"),
        (
            UP._replace(since=131, last_at=140),
            True,
            "a child not probed since its parent came back",
        ),
        (
            UP._replace(fails=1, last_at=170),
            False,
            "a suspicion that nothing measured for longer than a result holds",
        ),
        (
            UP._replace(since=99_000, last_at=140),
            False,
            "a parent that came up before the clock was set back",
        ),
        (CheckState(), False, "a parent never measured"),
        (None, False, "a parent that is not watched"),
    ],
)
def test_a_child_is_held_by(parent: CheckState | None, held: bool, why: str) -> None:
    assert holds(CHILD, [["p"]], lambda _: parent) is held, why


def test_a_child_that_went_down_before_the_clock_was_set_back_is_not_held_until_then() -> None:
    child = CHILD._replace(since=99_000)
    assert not holds(child, [["p"]], lambda _: UP._replace(last_at=131))
    assert holds(child, [["p"]], lambda _: UP._replace(last_at=129))


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
    below = children(parents)
    assert below["sw"] == ("kec-1", "kec-2", "srv")
    assert behind("gw", parents, below) == ("kec-1", "srv", "sw")
    assert behind("power", parents, below) == ("srv",)
    assert behind("kec-1", parents, below) == ()


def test_redundant_ways_are_lost_together_in_whatever_order_they_are_found() -> None:
    parents = {"a": [["gw"]], "b": [["a"]], "c": [["gw", "b"]], "d": [["a", "c"], ["b"]]}
    assert behind("gw", parents, children(parents)) == ("a", "b", "c", "d")
    assert behind("a", parents, children(parents)) == ("b", "d")
    assert behind("c", parents, children(parents)) == ()


def test_a_leaf_among_very_many_costs_nothing() -> None:
    class Counted(dict[str, Parents]):
        looked = 0

        def __getitem__(self, key: str) -> Parents:
            self.looked += 1
            return super().__getitem__(key)

        def items(self) -> Any:
            self.looked += len(self)
            return super().items()

    parents = Counted({f"c{n}": [["gw"]] for n in range(1000)})
    below = children(parents)
    parents.looked = 0
    assert behind("c5", parents, below) == ()
    assert parents.looked == 0
