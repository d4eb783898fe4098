"""What hangs on what: when a parent holds its children, and who is behind a check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from uptime.core.model import CheckState, Condition

Parents = Sequence[Sequence[str]]
"""All of the groups are needed; any one member of a group is enough."""


def holds(
    child: CheckState, parents: Parents, state_of: Callable[[str], CheckState | None]
) -> bool:
    """Whether nobody is told of this child now, because it may be its parent's fault.

    Held while every way of one needed group is closed. A way is closed while the parent is
    down or suspect, until it was probed once after the child's first failure ("a child
    confirmed first waits for one probe of its parent"), and until the child was probed once
    after the parent's recovery. A parent never measured or not configured closes nothing.
    """
    return any(
        all(_closed(child, state_of(parent)) for parent in group) for group in parents if group
    )


def _closed(child: CheckState, parent: CheckState | None) -> bool:
    if parent is None or parent.last_at is None:
        return False
    if parent.condition is Condition.DOWN or parent.fails > 0:
        return True
    if child.condition is Condition.UP or child.since is None:
        return False
    probed_since_failure = parent.last_at >= child.since
    recovered_since = (
        parent.since is not None and child.last_at is not None and parent.since > child.last_at
    )
    return not probed_since_failure or recovered_since


def children(parents: Mapping[str, Parents]) -> dict[str, tuple[str, ...]]:
    """The direct dependents of every check that has some."""
    out: dict[str, list[str]] = {}
    for child, groups in parents.items():
        for parent in {parent for group in groups for parent in group}:
            out.setdefault(parent, []).append(child)
    return {parent: tuple(sorted(found)) for parent, found in out.items()}


def behind(check: str, parents: Mapping[str, Parents]) -> tuple[str, ...]:
    """Every check that cannot be reached when this one is down, redundant ways considered."""
    lost = {check}
    grew = True
    while grew:
        found = {
            child
            for child, groups in parents.items()
            if child not in lost and any(group and lost.issuperset(group) for group in groups)
        }
        lost |= found
        grew = bool(found)
    return tuple(sorted(lost - {check}))
