"""What checks say of each other, of groups, contracts and calendars: it must exist, no circles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from uptime.config.errors import MOST, Findings
from uptime.config.include import Item, Raw, defaults_of
from uptime.config.suggest import hint


class Mentions(NamedTuple):
    """What a check names, readable even where the rest of it is not."""

    id: str
    group: str | None
    contract: str | None
    depends_on: tuple[tuple[str, ...], ...]
    was: str | None
    calendar: str | None = None


def check_references(
    findings: Findings, raw: Raw, checks: Mapping[str, Mentions], services: Collection[str]
) -> None:
    """Reports unknown groups, contracts, calendars and parents, cycles, and ids claimed twice."""
    renamed: dict[str, str] = {}
    for check in checks.values():
        place = _Place(findings, raw, check)
        if check.group is not None:
            place.exists("group", check.group, raw.groups, "group", "[groups.{}]")
        if check.contract is not None:
            place.exists("contract", check.contract, raw.contracts, "contract", "[contracts.{}]")
        if check.calendar is not None:
            place.exists("calendar", check.calendar, raw.calendars, "calendar", "[calendars.{}]")
        for way in check.depends_on:
            for parent in way:
                if parent == check.id:
                    place.add("depends_on", "a check cannot depend on itself", "remove it")
                elif parent in services:
                    problem = f'"{parent}" is a service, and no check hangs on one'
                    place.add("depends_on", problem, "name the checks it is made of")
                else:
                    place.exists("depends_on", parent, raw.checks, "check", "[checks.{}]")
        if check.was is not None:
            place.was(check.was, renamed)
    # A tangle has more cycles than anybody reads.
    for cycle in islice(_cycles(checks), MOST):
        place = _Place(findings, raw, checks[cycle[0]])
        loop = " → ".join((*cycle, cycle[0]))
        place.add("depends_on", f"cycle: {loop}", "remove one of these dependencies")


class _Place:
    """Where a check's key stands, its defaults included."""

    def __init__(self, findings: Findings, raw: Raw, check: Mentions) -> None:
        self._findings, self._raw, self._check = findings, raw, check

    def add(self, key: str, problem: str, fix: str) -> None:
        item = self._item(key)
        self._findings.add(item.source, (*item.path, key), problem, fix)

    def exists(self, key: str, name: str, known: Collection[str], kind: str, form: str) -> None:
        # A file that could not be read may hold it: then its own error is enough.
        if name not in known and self._raw.complete:
            fix = f"correct it, or add {form.format(name)}"
            self.add(key, f'no {kind} named "{name}"{hint(name, known)}', fix)

    def was(self, old: str, renamed: dict[str, str]) -> None:
        if old in self._raw.checks:
            problem = f'"{old}" is itself a check: it has its own history'
            self.add("was", problem, "remove was, or that check")
        elif renamed.setdefault(old, self._check.id) != self._check.id:
            problem = f'the history of "{old}" already goes to "{renamed[old]}"'
            self.add("was", problem, "keep one")

    def _item(self, key: str) -> Item:
        own = self._raw.checks[self._check.id]
        if key in own.value:
            return own
        group = self._raw.groups.get(self._check.group or "")
        layer = defaults_of(group) if group is not None else None
        if layer is not None and key in layer.value:
            return layer
        return self._raw.once.get("defaults", own)


def _cycles(checks: Mapping[str, Mentions]) -> Iterator[tuple[str, ...]]:
    """Each cycle that a walk along the parents closes; without recursion, for long chains."""
    done: set[str] = set()
    for start in checks:
        trail: dict[str, Iterator[str]] = {}
        step: str | None = start
        while step is not None:
            if step not in done and step not in trail and step in checks:
                trail[step] = iter([p for way in checks[step].depends_on for p in way])
            elif step in trail and step != next(reversed(trail)):
                ids = list(trail)
                yield tuple(ids[ids.index(step) :])
            step = None
            while trail and step is None:
                last = next(reversed(trail))
                step = next(trail[last], None)
                if step is None:
                    done.add(last)
                    del trail[last]
