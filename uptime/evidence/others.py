"""The other checks at the edges of an incident: was it the target, or were we blind as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from uptime.availability import Record
from uptime.config.model import Check, Config
from uptime.core.timeline import timeline

MOST = 500  # neighbours that are listed one by one
RELATIONS = ("parent", "sibling", "child", "contract", "group")


class Other(NamedTuple):
    """One check, and its state at each of the edges, in their order.

    `relation` is to the check of the incident; `down` and `unknown` are milliseconds while the
    incident lasted.
    """

    check: str
    name: str
    relation: str
    states: tuple[str, ...]
    down: int
    unknown: int


class Others(NamedTuple):
    """Neighbours, how many more there were, and at each edge how many checks were in which
    state, the check of the incident left out.
    """

    listed: tuple[Other, ...]
    unlisted: int
    tallies: tuple[Mapping[str, int], ...]


def others(
    config: Config,
    check: str | None,
    records: Mapping[str, Record],
    instants: Sequence[int],
    window: tuple[int, int],
    until: int,
) -> Others:
    """`window` is the incident. States are the conditions beneath maintenance, as they were
    concluded later: an outage is dated back to its first failing result.
    """
    related = relations(config, check)
    states = {
        name: tuple(_state(record, at, until) for at in instants)
        for name, record in records.items()
        if name != check
    }
    listed = []
    for name in sorted(related, key=lambda name: (RELATIONS.index(related[name]), name)):
        record = records.get(name)
        if record is None:
            continue
        pieces = timeline(window, record.spans, record.monitored, until=until)
        spent: Counter[str] = Counter()
        for piece in pieces:
            spent[piece.kind.value] += piece.ended - piece.began
        configured = config.checks[name]
        listed.append(
            Other(
                name, configured.name, related[name], states[name], spent["down"], spent["unknown"]
            )
        )
    tallies = [Counter(state[edge] for state in states.values()) for edge in range(len(instants))]
    return Others(tuple(listed[:MOST]), max(0, len(listed) - MOST), tuple(tallies))


def relations(config: Config, check: str | None) -> dict[str, str]:
    """Checks that share something with this one, by the nearest of it."""
    own = config.checks.get(check or "")
    if own is None:
        return {}
    parents = _parents(own)
    found = {}
    for each in config.checks.values():
        if each.id == own.id:
            continue
        if each.id in parents:
            found[each.id] = "parent"
        elif parents & _parents(each):
            found[each.id] = "sibling"
        elif own.id in _parents(each):
            found[each.id] = "child"
        elif own.contract is not None and each.contract == own.contract:
            found[each.id] = "contract"
        elif own.group is not None and each.group == own.group:
            found[each.id] = "group"
    return found


def _parents(check: Check) -> set[str]:
    return {parent for way in check.depends_on for parent in way}


def _state(record: Record, at: int, until: int) -> str:
    if at >= until:
        return "unknown"
    return timeline((at, at + 1), record.spans, record.monitored, until=until)[0].kind.value
