"""What a message says, from the incident as it stands when the message leaves.

Decides wording, marks and length; leaves to the queue what is owed and to the sender how it
travels. Text only: nothing in it is markup, and a title is one line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probes.base import safe_text
from uptime.core.causes import WORDS as CAUSES
from uptime.core.model import Condition, Incident, Notification, Status
from uptime.core.proposed import why
from uptime.notify import when
from uptime.notify.subject import Settings, Subject
from uptime.notify.words import WORDS

MAX_BODY = 3500
SHORT_BODY = 900
MAX_TITLE = 200
MAX_NAMES = 1500
LATE_MS = 60_000
CLOSING = frozenset({"recovered", "improved"})


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered notification: plain text. `tone` is failure, warning, success or info."""

    title: str
    body: str
    tone: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How this message leaves.

    `owed` is when it should have left; `repeat` that an earlier attempt may have arrived;
    `unstored` that the store does not hold it; `untold` that nothing of the incident was
    delivered here before; `short` that a longer text was refused.
    """

    now: int
    owed: int
    repeat: bool = False
    unstored: bool = False
    untold: bool = False
    short: bool = False


class Renderer:
    """Makes messages in one language for one organisation."""

    def __init__(
        self, settings: Settings, language: str, subject: Callable[[str], Subject | None]
    ) -> None:
        self._settings = settings
        self._language = language if language in WORDS else "id"
        self._words = WORDS[self._language]
        self._subject = subject

    def message(self, row: Notification, incident: Incident | None, how: Circumstances) -> Message:
        """The message of one row; `incident` is None for a test, or where it is forgotten."""
        if row.kind == "test":
            title = self._say("title.test", organisation=safe_text(self._settings.organisation))
            lines = [self._say("test", channel=row.channel)]
            return self._finish(title, lines, row, how, tone="info", event=how.now)
        if incident is None:
            # Never silence and never a wrong word: what is still known is the kind.
            title = self._say("title.forgotten", kind=self._words.get(f"kind.{row.kind}", row.kind))
            lines = [self._say("forgotten", time=self._time(row.created))]
            return self._finish(
                f"INC-{row.incident}: {title}", lines, row, how, tone="warning", event=row.created
            )
        if incident.check is None:
            title, lines = self._self(incident)
        else:
            title, lines = self._check(row, incident, incident.check, how)
        event = incident.began if incident.ended is None else incident.ended
        if row.kind == "reminder":
            event = how.now
        return self._finish(title, lines, row, how, tone=_tone(row, incident), event=event)

    def _check(
        self, row: Notification, incident: Incident, check: str, how: Circumstances
    ) -> tuple[str, list[str]]:
        subject = self._subject(check)
        name = safe_text(subject.name if subject else check, 120)
        if incident.closing == "removed":
            title = self._say("title.removed", name=name)
            lines = [self._say("removed", time=self._time(incident.began))]
        elif incident.ended is not None:
            title, lines = self._ended(row, incident, incident.ended, name, how)
        elif row.kind in CLOSING:
            # The recovery of an incident that was opened again: only the state now is certain.
            title, lines = self._say(f"title.{row.kind}", name=name), []
        else:
            title, lines = self._ongoing(row, incident, name, subject, how)
        if incident.ended is not None and incident.closing != "removed":
            lines.append(self._cause(incident))
            if not incident.cause:
                lines.extend(self._guess(incident))
            lines.extend(self._availability(subject))
        if incident.closing != "removed":
            lines.append(self._state(incident, subject))
        return title, lines

    def _ongoing(
        self,
        row: Notification,
        incident: Incident,
        name: str,
        subject: Subject | None,
        how: Circumstances,
    ) -> tuple[str, list[str]]:
        duration = when.duration(how.now - incident.began, self._language)
        external = subject is not None and subject.external
        if row.kind == "reminder":
            key = "title.reminder.degraded" if incident.kind == "degraded" else "title.reminder"
        elif row.kind == "degraded":
            key = "title.degraded"
        elif incident.affected:
            key = "title.grouped"
        else:
            key = "title.external" if external else "title.down"
        title = self._say(
            key,
            severity=self._words[incident.severity.value],
            name=name,
            n=len(incident.affected),
            duration=duration,
        )
        lines = [
            self._say("since", time=self._time(incident.began), duration=duration),
        ]
        if incident.reason:
            lines.append(self._say("symptom", symptom=self._symptom(incident)))
        if incident.detail:
            lines.append(self._say("detail", detail=safe_text(incident.detail, 300)))
        lines.extend(self._figures(row, subject))
        if external and subject is not None:
            lines.append(self._say("external", name=name))
            if subject.uplink:
                lines.append(self._say("external.fine"))
        if incident.affected:
            names = self._names(incident.affected, MAX_NAMES if not how.short else 200)
            lines.append(self._say("affected", n=len(incident.affected), names=names))
            lines.append(self._say("only"))
        if incident.acked is not None:
            who = safe_text(incident.acked.by, 80)
            lines.append(self._say("acked", who=who, time=self._time(incident.acked.at)))
        if incident.cause:
            lines.append(self._cause(incident))
        else:
            lines.extend(self._guess(incident))
        return title, lines

    def _ended(
        self, row: Notification, incident: Incident, ended: int, name: str, how: Circumstances
    ) -> tuple[str, list[str]]:
        interval = when.interval(
            incident.began, ended, how.now, self._settings.timezone, self._language
        )
        duration = when.duration(ended - incident.began, self._language)
        improved = incident.closing == "degraded"
        if how.untold or row.kind not in CLOSING:
            suffix = ".improved" if improved else ""
            if not improved and incident.kind == "degraded":
                suffix = ".degraded"
            title = self._say(f"title.over{suffix}", name=name, interval=interval)
            lines = [self._say(f"over{suffix}", interval=interval, duration=duration)]
            if row.kind in CLOSING:
                lines.append(self._say("untold"))
        else:
            key = "improved" if improved else "recovered"
            title = self._say(f"title.{key}", name=name)
            time = self._time(ended)
            lines = [self._say(key, time=time, duration=duration, interval=interval)]
        if incident.affected:
            names = self._names(incident.affected, 600 if not how.short else 200)
            lines.append(self._say("affected", n=len(incident.affected), names=names))
        return title, lines

    def _self(self, incident: Incident) -> tuple[str, list[str]]:
        """The monitor's own trouble names its cause, never the checks."""
        cause = safe_text(incident.cause or incident.detail, 120) or self._symptom(incident)
        if incident.ended is None:
            severity = self._words[incident.severity.value]
            title = self._say("title.self", severity=severity, cause=cause)
            return title, [self._say("self", time=self._time(incident.began))]
        duration = when.duration(incident.ended - incident.began, self._language)
        title = self._say("title.self.recovered", cause=cause)
        time = self._time(incident.ended)
        return title, [self._say("self.recovered", time=time, duration=duration)]

    def _finish(
        self,
        title: str,
        lines: list[str],
        row: Notification,
        how: Circumstances,
        *,
        tone: str,
        event: int,
    ) -> Message:
        """The marks and the key come last and are never cut."""
        marks = []
        sent = self._clock(how.now)
        if how.now - how.owed > LATE_MS:
            marks.append(self._say("late", time=sent, n=(how.now - how.owed) // 60_000))
        elif how.now - event > LATE_MS:
            marks.append(self._say("sent", time=sent))
        if how.repeat:
            marks.append(self._say("repeat"))
        if how.unstored:
            marks.append(self._say("unstored"))
        if row.incident is not None:
            marks.append(f"INC-{row.incident} · {row.key}")
        tail = "\n".join(marks)
        room = (SHORT_BODY if how.short else MAX_BODY) - len(tail) - 1
        body = cut_lines([line for line in lines if line], room, self._words["more"])
        one_line = safe_text(title, MAX_TITLE)
        return Message(one_line, f"{body}\n{tail}" if tail else body, tone)

    def _symptom(self, incident: Incident) -> str:
        return self._words.get(f"reason.{incident.reason}", self._words["reason.none"])

    def _figures(self, row: Notification, subject: Subject | None) -> list[str]:
        """What was measured last, where it is a degradation: the numbers are the news."""
        if row.kind != "degraded" or subject is None or subject.result is None:
            return []
        figures = []
        if subject.result.loss is not None:
            loss = when.number(subject.result.loss * 100, 1, self._language)
            figures.append(self._say("loss", loss=loss))
        if subject.result.latency is not None:
            latency = when.number(subject.result.latency * 1000, 1, self._language)
            figures.append(self._say("latency", latency=latency))
        return [self._say("measured", figures=", ".join(figures))] if figures else []

    def _names(self, checks: Sequence[str], room: int) -> str:
        """As many names as fit, then how many more there are."""
        names: list[str] = []
        used = 0
        for index, check in enumerate(checks):
            name = self._name(check)
            if used + len(name) + 2 > room and names:
                names.append(self._say("more", n=len(checks) - index))
                break
            names.append(name)
            used += len(name) + 2
        return ", ".join(names)

    def _cause(self, incident: Incident) -> str:
        parts = [safe_text(text, 200) for text in (incident.cause, incident.cause_reason) if text]
        return self._say("cause", cause=", ".join(parts) or self._words["no cause"])

    def _guess(self, incident: Incident) -> list[str]:
        """What rules make of it while nobody has said what it was."""
        if incident.proposed is None:
            return []
        cause = CAUSES[self._language][incident.proposed.cause]
        evidence = why(incident.proposed, self._language, self._name)
        return [self._say("guess", cause=cause, why=evidence)]

    def _name(self, check: str) -> str:
        subject = self._subject(check)
        return safe_text(subject.name if subject else check, 80)

    def _availability(self, subject: Subject | None) -> list[str]:
        if subject is None or subject.availability is None:
            return []
        availability = when.number(subject.availability, 3, self._language)
        if subject.objective is None:
            return [self._say("availability", availability=availability)]
        objective = when.number(subject.objective, 3, self._language)
        return [self._say("availability.objective", availability=availability, objective=objective)]

    def _state(self, incident: Incident, subject: Subject | None) -> str:
        if subject is None:
            return self._say("now.gone")
        state = self._words[subject.state.value]
        if (
            incident.ended is not None
            and incident.closing != "degraded"
            and subject.state in {Status.DOWN, Status.DEGRADED}
        ):
            return self._say("over.ongoing", state=state)
        return self._say("now", state=state)

    def _time(self, ms: int) -> str:
        return when.date_time(ms, self._settings.timezone, self._language)

    def _clock(self, ms: int) -> str:
        return when.time_of_day(ms, self._settings.timezone, self._language)

    def _say(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)


def cut_lines(lines: Sequence[str], room: int, more: str) -> str:
    """Whole lines while they fit, then "… n more"; one line too long is cut within."""
    kept: list[str] = []
    used = 0
    for index, line in enumerate(lines):
        last = index == len(lines) - 1
        rest = more.format(n=len(lines) - index)
        needed = used + len(line) + (0 if last else 1 + len(rest))
        if needed > room:
            if not kept:
                return safe_text(line, room)
            kept.append(rest)
            break
        kept.append(line)
        used += len(line) + 1
    return "\n".join(kept)


def _tone(row: Notification, incident: Incident) -> str:
    if incident.ended is not None and incident.closing != "degraded":
        return "success"
    if row.kind in {"degraded", "improved"} or incident.kind == Condition.DEGRADED.value:
        return "warning"
    return "failure"
