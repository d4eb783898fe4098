"""What every screen draws from: the picture, who we are, the language, and how old it all is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo

from tui import format as fmt
from tui.picture import Picture
from tui.words import OVERLAYS, REASONS, SEVERITIES, SIGNS, STATES, Words
from uptime.schema import BoardRow, IncidentRow, Me

# The long poll answers within 55 s; what is older than that plus a slow link is not current.
CURRENT_S = 75.0
SERVICES = frozenset({"all", "any", "at_least"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing comes in, and when (on the local clock) it is tried again."""

    reason: str
    retry_at: float | None


@dataclass(slots=True)
class Notice:
    text: str
    style: str
    until: float | None  # None: until it is replaced


class Scene:
    def __init__(self, place: str, clock: Callable[[], float]) -> None:
        self.place = place
        self.picture = Picture()
        self.words = Words("id")
        self.me: Me | None = None
        self.zone: tzinfo = UTC
        self.trouble: Trouble | None = None
        self.heard: float | None = None
        self.busy: frozenset[str] = frozenset()
        self.notice: Notice | None = None
        self.local = clock
        self._ahead = 0.0

    # Time: the daemon's clock, since a laptop's may be wrong.

    def now(self) -> float:
        return self.local() + self._ahead

    def hear(self, now: str) -> None:
        """An answer has come; `now` is the daemon's time in it."""
        self.heard = self.local()
        self.trouble = None
        theirs = fmt.instant(now)
        if theirs is not None:
            self._ahead = theirs - self.heard

    @property
    def age(self) -> float | None:
        """Seconds since the last answer."""
        return None if self.heard is None else max(0.0, self.local() - self.heard)

    @property
    def stale(self) -> bool:
        """Whether what is shown may no longer be so: greyed, never green."""
        return self.trouble is not None or self.age is None or self.age > CURRENT_S

    def meet(self, me: Me, zone: tzinfo) -> None:
        """The language is the daemon's until somebody switches it here."""
        first = self.me is None
        self.me, self.zone = me, zone
        if first:
            self.words = Words(me.language)

    @property
    def may_act(self) -> bool:
        return self.me is not None and "ack" in self.me.scopes

    # Texts in the language of the screen.

    @property
    def language(self) -> str:
        return self.words.language

    def clock(self, at: float | str | None, *, seconds: bool = True) -> str:
        """The time of day, with the day in front if it is not today."""
        moment = fmt.instant(at) if isinstance(at, str) else at
        text = fmt.clock(moment, self.zone, self.language, seconds=seconds)
        date = fmt.day(moment, self.zone, self.language)
        today = fmt.day(self.now(), self.zone, self.language)
        return text if moment is None or date == today else f"{date} {text}"

    def length(self, seconds: float | None) -> str:
        return fmt.duration(seconds, self.language)

    def since(self, at: str | None) -> str:
        """How long ago."""
        moment = fmt.instant(at)
        return fmt.DASH if moment is None else self.length(self.now() - moment)

    def latency(self, seconds: float | None) -> str:
        return fmt.latency(seconds, self.language)

    def percent(self, value: float | None, places: int = 3) -> str:
        return fmt.percent(value, self.language, places)

    def sign(self, state: str) -> str:
        """Sign and word, `✗ MATI`."""
        return f"{SIGNS.get(state, '?')} {self.words.of(STATES, state).upper()}"

    def reason(self, reason: str | None) -> str:
        return self.words.of(REASONS, reason) if reason else ""

    def severity(self, severity: str) -> str:
        return self.words.of(SEVERITIES, severity)

    def value(self, row: BoardRow) -> str:
        """The last thing measured: a latency, or why there is none."""
        if row.type in SERVICES:
            members = self.picture.parents(row)
            good = sum(each.state in {"up", "degraded"} for each in members)
            return self.words("members_good", good=good, all=len(members))
        if row.last_result is None:
            return self.words("no_result")
        why = ": ".join(filter(None, (self.reason(row.reason), row.detail)))
        if row.state == "up" or not why:
            parts = [self.latency(row.latency_s)] if row.latency_s is not None else []
            if row.loss:
                parts.append(self.words("lost", loss=self.percent(row.loss * 100, 0)))
            return " · ".join(parts) or why
        return why

    def marks(self, row: BoardRow) -> str:
        """What lies over the state, in few characters."""
        marks: list[str] = []
        incident = self.picture.incidents.get(row.incident) if row.incident else None
        if row.id in self.busy or (row.incident is not None and row.incident in self.busy):
            marks.append("…")
        for overlay in row.overlays:
            match overlay:
                case "acknowledged":
                    by = incident.acked.by if incident and incident.acked else ""
                    marks.append(f"✔{by}")
                case "unreachable":
                    parent = next((p for p in self.picture.parents(row) if p.state == "down"), None)
                    marks.append(f"⤷{parent.id if parent else ''}")
                case "flapping":
                    marks.append("~")
                case "paused":
                    pass  # the state says so
                case other:
                    marks.append(self.words.of(OVERLAYS, other))
        return " ".join(marks)

    def title(self, incident: IncidentRow) -> str:
        """Whom an incident is about."""
        if incident.check is None:
            return self.words("the_monitor")
        row = self.picture.rows.get(incident.check)
        return incident.name or (row.name if row is not None else incident.check)
