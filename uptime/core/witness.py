"""What may speak for or against a cause: the checks, what they share, how each of them fares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from uptime.core.causes import Cause
from uptime.core.proposed import Proposal
from uptime.core.topology import Parents, children

ASKED = 24

_POWER = frozenset({"ups", "pln", "listrik", "genset"})
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the configuration says of a check; `place` is where it stands, if that is known."""

    id: str
    type: str
    group: str | None = None
    place: str | None = None
    host: str | None = None
    external: bool = False
    provider: str | None = None
    parents: Parents = ()

    @property
    def is_power(self) -> bool:
        """Whether it watches power: by its type, or by a word of its id."""
        return self.type in _POWER or not _POWER.isdisjoint(_NOT_WORDS.split(self.id.casefold()))


@dataclass(frozen=True, slots=True)
class Course:
    """How a check fared: its outage that goes on or was last, if any; `fine` that it is measured
    and good now, `planned` that work lies over it, `cause` what a person said of the outage and
    `proposed` what rules made of it.
    """

    began: int | None = None
    ended: int | None = None
    reason: str | None = None
    fine: bool = False
    planned: bool = False
    cause: Cause | None = None
    proposed: Proposal | None = None


Look = Callable[[str], Course | None]
"""How a check fares; None for one that is not watched."""


class Inventory:
    """All checks, with who shares what. Of many the first `ASKED` are told: a storm of a thousand
    outages must not ask a million times.
    """

    def __init__(self, checks: Iterable[Fixed]) -> None:
        self.checks: Mapping[str, Fixed] = {check.id: check for check in checks}
        known = self.checks.values()
        self._below = children({check.id: check.parents for check in known if check.parents})
        self._circuits = [check for check in known if check.provider is not None]
        self._by: dict[tuple[str, str], list[str]] = {}
        for check in known:
            shared = (
                ("provider", check.provider),
                ("host", check.host),
                ("type", check.type),
                ("external", "yes" if check.external else None),
                ("power", where(check) if check.is_power else None),
            )
            for kind, value in shared:
                if value is not None:
                    self._by.setdefault((kind, value), []).append(check.id)

    def others(self, check: str, kind: str, value: str | None) -> list[str]:
        """Who shares something with a check."""
        found = self._by.get((kind, value), ()) if value is not None else ()
        return _first(each for each in found if each != check)

    def circuits_beside(self, provider: str) -> list[str]:
        """Circuits of other vendors."""
        return _first(each.id for each in self._circuits if each.provider != provider)

    def behind(self, parent: str, check: str | None = None) -> list[str]:
        """What hangs on a parent, without this one."""
        return _first(each for each in self._below.get(parent, ()) if each != check)


def _first(found: Iterable[str]) -> list[str]:
    return list(islice(found, ASKED))


def where(fixed: Fixed) -> str | None:
    """What stands together: at the same place; where none is known, in the same group."""
    if fixed.place is not None:
        return f"place {fixed.place}"
    return None if fixed.group is None else f"group {fixed.group}"
