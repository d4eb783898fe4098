"""From the record to a dossier: what is known of an incident, and what was said of it by whom.

The chronology is the ledger's, each event with the number of its entry, and the messages that
were delivered. Nothing is guessed: what only people know stays blank.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from uptime.config.model import Check, Config
from uptime.core.duties import Deadline, deadlines
from uptime.core.intervals import Closed
from uptime.core.ledger import Row
from uptime.core.model import Incident, Notification
from uptime.core.own_state import OwnState, Wellbeing, wellbeing

_PAGE = 10_000
_ABSENCE = '"absence"'


class Verified(Protocol):
    """The ledger up to its head; `bad` is the first entry that does not fit."""

    @property
    def count(self) -> int: ...
    @property
    def head(self) -> str: ...
    @property
    def bad(self) -> int | None: ...


class Source(Protocol):
    """What is asked of the record."""

    def ledger(self, after_seq: int = 0, limit: int = 100) -> Sequence[Row]: ...
    def own_states(self, start: int, end: int) -> Sequence[OwnState]: ...
    def ledger_verify(self) -> Verified: ...
    def notifications(
        self,
        incident: int | None = None,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
    ) -> Sequence[Notification]: ...


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `kind` is the type of its entry, whose number is `seq`, or
    "delivered" for a message; `said` are the entry's fields.
    """

    at: int
    kind: str
    by: str | None
    said: Mapping[str, Any]
    seq: int | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """`found` is when the monitor had confirmed the incident, as the ledger has it; `services` are
    the names of those that need it or what hangs on it, `behind` of the checks that hang on it.
    `wellbeing` is how the monitor itself was while it lasted.
    """

    organisation: str
    zone: ZoneInfo
    incident: Incident
    check: Check | None
    services: Sequence[str]
    behind: Sequence[str]
    found: int
    deadlines: Sequence[Deadline]
    events: Sequence[Event]
    wellbeing: Wellbeing
    ledger: Verified
    now: int


def gather(config: Config, source: Source, incident: Incident, now: int) -> Dossier:
    entered, absences = _entered(source, incident.name)
    events = [*entered, *_delivered(source, incident)]
    events.sort(key=lambda event: (event.at, event.seq or 0))
    entries = [event.at for event in events if event.kind == "transition"]
    found = min(entries, default=incident.began)
    checks = config.checks
    since = incident.began if incident.began_bound is None else incident.began_bound
    lasted = since, now if incident.ended is None else max(incident.ended, since + 1)
    return Dossier(
        organisation=config.siaga.organisation,
        zone=ZoneInfo(config.siaga.timezone),
        incident=incident,
        check=checks.get(incident.check or ""),
        services=_services(config, {incident.check or "", *incident.affected}),
        behind=[checks[name].name if name in checks else name for name in incident.affected],
        found=found,
        deadlines=deadlines(found),
        events=events,
        wellbeing=wellbeing(lasted, source.own_states(*lasted), absences, now),
        ledger=source.ledger_verify(),
        now=now,
    )


def _services(config: Config, struck: set[str]) -> list[str]:
    """Services with one of these members, and what of these has a public name of its own."""
    names = [each.name for each in config.services.values() if struck & set(each.members)]
    public = [c.public.name for c in config.checks.values() if c.id in struck and c.public]
    return list(dict.fromkeys([*names, *public]))


def _entered(source: Source, name: str) -> tuple[list[Event], list[Closed]]:
    """Entries of the ledger that name the incident, and when no monitor ran."""
    after, quoted = 0, json.dumps(name)
    events: list[Event] = []
    absences: list[Closed] = []
    while page := source.ledger(after, _PAGE):
        for seq, text, _, _ in page:
            # Reading each entry as JSON would take ten times as long.
            if _ABSENCE in text and (entry := json.loads(text))["type"] == "absence":
                absences.append((entry["began"], entry["ended"]))
            if quoted in text and (entry := json.loads(text)).get("incident") == name:
                said = {k: v for k, v in entry.items() if k not in {"type", "at", "by", "incident"}}
                events.append(Event(entry["at"], entry["type"], entry.get("by"), said, seq))
        after = page[-1][0]
    return events, absences


def _delivered(source: Source, incident: Incident) -> Iterator[Event]:
    last = None
    while page := source.notifications(incident.id, after_id=last):
        for each in page:
            if each.delivered is not None:
                said = {"channel": each.channel, "message": each.kind}
                yield Event(each.delivered, "delivered", None, said, None)
        last = page[-1].id
