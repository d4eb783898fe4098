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
    after the parent's recovery. A parent never measured or not watched closes nothing, nor
    does the suspicion of one that could not be measured for longer than a result holds.
    """
    return any(
        all(_closed(child, state_of(parent)) for parent in group) for group in parents if group
    )


def _closed(child: CheckState, parent: CheckState | None) -> bool:
    if parent is None or parent.last_at is None:
        return False
    if parent.condition is Condition.DOWN:
        return True
    if parent.fails > 0 and parent.last_at <= parent.valid_until:
        return True
    if child.condition is Condition.UP or child.since is None or child.last_at is None:
        return False
    # Bounded by the last run of the same check: after a step back of the clock a date from
    # before it lies in the future, and nobody may be held until that has come.
    failed = min(child.since, child.last_at)
    recovered = parent.since is not None and child.last_at < parent.since <= parent.last_at
    return parent.last_at < failed or recovered


def children(parents: Mapping[str, Parents]) -> dict[str, tuple[str, ...]]:
    """The direct dependents of every check that has some."""
    out: dict[str, list[str]] = {}
    for child, groups in parents.items():
        for parent in {parent for group in groups for parent in group}:
            out.setdefault(parent, []).append(child)
    return {parent: tuple(sorted(found)) for parent, found in out.items()}


def behind(
    check: str, parents: Mapping[str, Parents], dependents: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Every check that cannot be reached when this one is down, redundant ways considered.

    `dependents` is what `children` says of `parents`.
    """
    lost, fresh = {check}, [check]
    while fresh:
        for child in dependents.get(fresh.pop(), ()):
            if child not in lost and any(g and lost.issuperset(g) for g in parents[child]):
                lost.add(child)
                fresh.append(child)
    return tuple(sorted(lost - {check}))
