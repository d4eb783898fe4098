"""Which probe types there are: names without imports, one loaded at a time, helpful when none.

Built-ins come through the same entry-point group as a third party's.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from probes.base import Probe

GROUP = "siaga.probes"


class UnknownProbe(LookupError):
    """No probe of that name is installed; says which are."""

    def __init__(self, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        super().__init__(f'no probe type "{name}"; known: {", ".join(known)}{hint}')
        self.name = name
        self.known = known


@cache
def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> list[str]:
    """All installed types, sorted; nothing is imported."""
    return sorted(_points())


def load(name: str) -> type[Probe]:
    """The class of a type; raises UnknownProbe."""
    point = _points().get(name)
    if point is None:
        raise UnknownProbe(name, names())
    found = point.load()
    if not (isinstance(found, type) and issubclass(found, Probe)):
        raise TypeError(f'the entry point "{name}" of {GROUP} is no Probe: {found!r}')
    return found
