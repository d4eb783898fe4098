"""The order of the board: what is wrong on top, worst first; the rest by group. Pure.

Each check stands once. A group's heading counts all its members, those on top included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tui.format import instant
from uptime.schema import BoardRow

PROBLEMS = ""  # the heading over what is wrong; no group is called so
_HANDLED = frozenset({"acknowledged", "unreachable", "silence", "maintenance"})
_SEVERITIES = {"critical": 0, "high": 1, "medium": 2, "low": 3}
_RANKS = {"degraded": 2, "unknown": 3}
CALM = 4
SHOWN = ("down", "degraded", "unknown", "up", "paused")

Item = tuple[bool, str]
"""(True, group) is a heading, (False, check) a check."""


@dataclass(slots=True)
class Tree:
    items: list[Item] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    group_of: dict[str, str] = field(default_factory=dict)


def shown(row: BoardRow) -> str:
    """What a row says it is: its state, or that it is paused."""
    return "paused" if "paused" in row.overlays else row.state


def rank(row: BoardRow) -> int:
    """0 down and nobody at it, 1 down and handled, 2 degraded, 3 unknown, 4 calm."""
    overlays = row.overlays
    if "paused" in overlays:
        return CALM
    if row.state == "up":
        return CALM
    if row.state == "down":
        return 0 if _HANDLED.isdisjoint(overlays) else 1
    return CALM if "maintenance" in overlays else _RANKS[row.state]


def place(row: BoardRow) -> tuple[int, bool, int, float, str]:
    """Among what is wrong: worst first, then the newest."""
    return (
        rank(row),
        not _HANDLED.isdisjoint(row.overlays),
        _SEVERITIES.get(row.severity, 4),
        -(_since(row.since) or 0.0),
        row.name,
    )


def tree(
    rows: Mapping[str, BoardRow],
    folded: Collection[str] = (),
    wanted: Callable[[BoardRow], bool] | None = None,
) -> Tree:
    """Groups in the order of the configuration; a filter opens every fold.

    The heading over what is wrong stands even if nothing is, so that the list does not jump.
    """
    result = Tree()
    problems: list[BoardRow] = []
    groups: dict[str, list[str]] = {}
    chosen: Iterable[BoardRow] = rows.values()
    if wanted is not None:
        chosen = filter(wanted, chosen)
        folded = ()
    for row in chosen:
        group = row.group or "–"
        members = groups.get(group)
        if members is None:
            members = groups[group] = []
            result.counts[group] = dict.fromkeys(SHOWN, 0)
        result.counts[group][shown(row)] += 1
        if rank(row) < CALM:
            problems.append(row)
            result.group_of[row.id] = PROBLEMS
        else:
            members.append(row.id)
            result.group_of[row.id] = group
    items = result.items
    if problems or (wanted is None and rows):
        problems.sort(key=place)
        counts = result.counts[PROBLEMS] = dict.fromkeys(SHOWN, 0)
        for row in problems:
            counts[row.state] += 1
        items.append((True, PROBLEMS))
        if PROBLEMS not in folded:
            items += [(False, row.id) for row in problems]
    for group, members in groups.items():
        items.append((True, group))
        if group not in folded:
            items += [(False, check) for check in members]
    return result


@lru_cache(maxsize=20_000)
def _since(text: str | None) -> float | None:
    return instant(text)
