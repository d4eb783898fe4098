"""A dossier in words: sections of fields, each with what the record knows or blank, the clocks,
and the chronology.

The sections follow what has to be in the report: BSSN Regulation 1/2024, article 15 (4): contact
of who reports, description, chronology, impact; Law 27/2022, article 46 (2): which personal data,
when and how it was revealed, what is done about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probes.base import safe_text
from uptime.core.causes import WORDS as CAUSES
from uptime.core.causes import recognise
from uptime.core.duties import HOURS
from uptime.dossier.gather import Dossier, Event
from uptime.dossier.words import WORDS
from uptime.notify.when import duration
from uptime.notify.words import WORDS as MESSAGES
from uptime.paper import figures
from uptime.paper.own_state import sentence


@dataclass(frozen=True, slots=True)
class Field:
    """`value` is None where only people know it: then `hint` says what is to be written."""

    key: str
    label: str
    value: str | None
    hint: str


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    note: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Clock:
    """One duty with its deadline, as it is read."""

    title: str
    applies: str
    due: str
    left: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the chronology; `entry` is its number in the ledger."""

    time: str
    what: str
    who: str
    entry: str


class View:
    """The words of one dossier in one language."""

    def __init__(self, dossier: Dossier, language: str) -> None:
        self.dossier, self.language = dossier, language
        self.words: Mapping[str, str] = WORDS[language]

    @property
    def title(self) -> str:
        return self.words["title"].format(incident=self.dossier.incident.name)

    @property
    def warnings(self) -> list[str]:
        bad = self.dossier.ledger.bad
        return [] if bad is None else [self.words["broken"].format(entry=bad)]

    @property
    def made(self) -> str:
        return self.words["made"].format(time=self.time(self.dossier.now))

    @property
    def found(self) -> str:
        return self.words["found"].format(time=self.time(self.dossier.found))

    @property
    def clocks(self) -> list[Clock]:
        w, now, out = self.words, self.dossier.now, []
        for deadline in self.dossier.deadlines:
            left = deadline.left(now)
            shown = duration(abs(left), self.language)
            out.append(
                Clock(
                    title=f"{HOURS[deadline.duty] // 24} x 24 {w['hours']}",
                    applies=w[f"duty.{deadline.duty.value}"],
                    due=self.time(deadline.due),
                    left=w["left" if left >= 0 else "overdue"].format(duration=shown),
                    overdue=left < 0,
                )
            )
        return out

    @property
    def sections(self) -> list[Section]:
        """What has to be reported, in the order of the regulation; the chronology is `lines`."""
        d, i = self.dossier, self.dossier.incident
        check = d.check
        contact = self._section(
            "contact", organisation=d.organisation, name=None, position=None, phone=None, mail=None
        )
        description = self._section(
            "description",
            incident=i.name,
            system=check.name if check else i.check,
            address=check.target if check else None,
            measured_by=check.type if check else None,
            monitor=sentence(d.wellbeing, self.language),
            severity=MESSAGES[self.language][i.severity.value],
            symptom=self._symptom,
            state=self.words["open" if i.open else "closed"],
            kind=None,
            vital=None,
            risk=None,
        )
        impact = self._section(
            "impact",
            began=self._edge(i.began, i.began_bound),
            ended=self.words["lasting"] if i.ended is None else self._edge(i.ended, i.ended_bound),
            lasted=duration((d.now if i.ended is None else i.ended) - i.began, self.language),
            services=", ".join(d.services) or self.words["none"],
            behind=self._behind,
            people=None,
            damage=None,
        )
        handling = self._section(
            "handling",
            acked=self._acked,
            cause=self._cause,
            steps=None,
            recovery=None,
            evidence=None,
        )
        personal = self._section(
            "personal", data=None, how=None, measures=None, subjects=None, agency=None
        )
        reported = self._section("reported", sectoral=None, national=None, receipt=None)
        return [contact, description, impact, handling, personal, reported]

    @property
    def lines(self) -> list[Line]:
        return [
            Line(
                time=self.time(event.at),
                what=self._what(event),
                who=event.by or self.words["monitor"],
                entry="" if event.seq is None else str(event.seq),
            )
            for event in self.dossier.events
        ]

    @property
    def ledger(self) -> str:
        ledger = self.dossier.ledger
        count = figures.number(ledger.count, 0, self.language)
        return self.words["ledger.value"].format(count=count, head=ledger.head)

    def time(self, ms: int) -> str:
        zone = self.dossier.zone
        return f"{figures.moment(ms, zone, self.language)} {figures.zone_name(ms, zone)}"

    def _section(self, key: str, **values: str | None) -> Section:
        w = self.words
        return Section(
            key=key,
            title=w[key],
            note=w.get(f"{key}.note", ""),
            fields=[
                Field(name, w[f"{key}.{name}"], value, w.get(f"{key}.{name}.hint", ""))
                for name, value in values.items()
            ],
        )

    def _edge(self, at: int, bound: int | None) -> str:
        if bound is None:
            return self.time(at)
        earliest = figures.clock(bound, at, self.dossier.zone, self.language)
        return f"{self.time(at)} ({self.words['earliest'].format(time=earliest)})"

    @property
    def _symptom(self) -> str:
        return self._reason(self.dossier.incident.reason, self.dossier.incident.detail)

    def _reason(self, reason: str | None, detail: str) -> str:
        words = MESSAGES[self.language]
        known = words.get(f"reason.{reason}", words["reason.none"])
        return ": ".join(filter(None, (known, safe_text(detail, 300))))

    @property
    def _behind(self) -> str:
        names = self.dossier.behind
        return f"{len(names)}: {', '.join(names)}" if names else self.words["none"]

    @property
    def _acked(self) -> str | None:
        """Blank while nobody has; whoever did may have taken it back."""
        acked = self.dossier.incident.acked
        if acked is None:
            return None
        return self.words["acked.by"].format(who=acked.by, time=self.time(acked.at))

    @property
    def _cause(self) -> str | None:
        incident = self.dossier.incident
        if incident.cause is None:
            return None
        return ": ".join(filter(None, (self._named(incident.cause), incident.cause_reason)))

    def _named(self, cause: str) -> str:
        known = recognise(cause)
        return cause if known is None else CAUSES[self.language][known]

    def _what(self, event: Event) -> str:
        w, said = self.words, event.said
        match event.kind:
            case "transition":
                states = MESSAGES[self.language]
                state = states.get(str(said.get("state")), str(said.get("state")))
                text = w["event.transition"].format(
                    state=state, since=self.time(said.get("began", event.at))
                )
                if said.get("new") in {"down", "degraded"} and said.get("reason"):
                    text += f"; {self._reason(said['reason'], str(said.get('detail', '')))}"
            case "note":
                text = w["event.note"].format(text=said.get("text", ""))
            case "cause":
                cause = self._named(str(said.get("cause", "")))
                text = w["event.cause"].format(cause=cause)
                if said.get("reason"):
                    text += f" ({said['reason']})"
            case "acknowledgement" if said.get("note"):
                text = f"{w['event.acknowledgement']}: {said['note']}"
            case "ticket":
                text = w["event.ticket"].format(number=said.get("number", ""))
                for name in ("reported", "acknowledged", "restored"):
                    if name in said:
                        text += f"; {w[f'ticket.{name}']} {self.time(said[name])}"
            case "delivered":
                kinds = MESSAGES[self.language]
                kind = kinds.get(f"kind.{said['message']}", str(said["message"]))
                text = w["event.delivered"].format(kind=kind, channel=said["channel"])
            case kind:
                rest = ", ".join(f"{name} {value}" for name, value in sorted(said.items()))
                text = ": ".join(filter(None, (w.get(f"event.{kind}", kind), rest)))
        return safe_text(text, 1000)
