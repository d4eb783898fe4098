"""The past as the ledger tells it: spans and watched times of every check, entry by entry.

Which entries count: `transition` and `blind` make spans, by the same rule the record was made
with (spans.py); `watched` says when a check was in the configuration and not paused, under
which number it is kept and what it was called before. What people said is kept beside
(rebuild_said.py, rebuild_incidents.py), and so is what became of old results
(rebuild_rollups.py). All others change nothing.

Only the newest spans of a check are held; older ones go to a shelf and come back in the rare
case that an entry reaches behind them, so that years fit in little memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from uptime.core.model import Condition, Span, Status, Transition
from uptime.core.rebuild_incidents import Incidents
from uptime.core.rebuild_rollups import RolledUps
from uptime.core.rebuild_said import Statements
from uptime.core.spans import respan, tail_from

_HELD = 32  # newest spans of a check; twice as many are held at most


class Made(NamedTuple):
    """A span, and the entry that last gave it its form."""

    span: Span
    seq: int


class Shelf(Protocol):
    """Where older spans lie, oldest first for each line."""

    def put(self, line: int, spans: Sequence[Made]) -> None: ...
    def take(self, line: int, start: int) -> list[Made]:
        """Take back those that end after `start`, oldest first."""
        ...

    def all(self, line: int) -> Iterator[Made]: ...


@dataclass(slots=True)
class Line:
    """The history of one check, whatever it was called; `key` is its number in the database.

    `watched` is by beginning: the end, and the entry that said so.
    """

    number: int
    name: str
    key: int | None = None
    spans: list[Made] = field(default_factory=list)
    shelved: bool = False
    watched: dict[int, tuple[int | None, int]] = field(default_factory=dict)


class Past:
    """Takes entries in order; afterwards says what the record should be."""

    def __init__(self, shelf: Shelf) -> None:
        self.lines: dict[str, Line] = {}  # by the last name
        self.said = Statements()
        self.incidents = Incidents()
        self.rolled_up = RolledUps()
        self._former: dict[str, Line] = {}  # what still comes under a name it has no more
        self._shelf = shelf
        self._count = 0

    def take(self, seq: int, entry: Mapping[str, Any]) -> None:
        """KeyError, TypeError or ValueError for an entry that cannot be understood."""
        match entry.get("type"):
            case "transition":
                self._change(seq, _transition(entry))
                self.incidents.change(seq, entry)
            case "blind":
                for check in entry["checks"]:
                    self._change(seq, _blind(check, entry))
            case "watched":
                self._watch(seq, entry)
            case kind if kind in Statements.TYPES:
                self.said.take(seq, entry, self._line)
            case kind if kind in Incidents.TYPES:
                self.incidents.take(seq, entry)
            case kind if kind in RolledUps.TYPES:
                self.rolled_up.take(seq, entry)

    def spans(self, line: Line) -> Iterator[Made]:
        """All of them, oldest first."""
        if line.shelved:
            yield from self._shelf.all(line.number)
        yield from line.spans

    def _line(self, check: str) -> Line:
        found = self.lines.get(check) or self._former.get(check)
        if found is None:
            self._count += 1
            found = self.lines[check] = Line(self._count, check)
        return found

    def _change(self, seq: int, transition: Transition) -> None:
        line = self._line(transition.check)
        start = tail_from(transition)
        spans = line.spans
        index = len(spans)
        while index and _after(spans[index - 1].span, start):
            index -= 1
        if index == 0 and line.shelved:
            spans[:0] = self._shelf.take(line.number, start)
        tail = spans[index:]
        known = {made.span: made.seq for made in tail}
        changed = respan([made.span for made in tail], transition)
        spans[index:] = [Made(span, known.get(span, seq)) for span in changed]
        if len(spans) > 2 * _HELD:
            self._shelf.put(line.number, spans[:-_HELD])
            del spans[:-_HELD]
            line.shelved = True

    def _watch(self, seq: int, entry: Mapping[str, Any]) -> None:
        at = _whole(entry["at"])
        renamed = entry.get("renamed", [])
        for was, now in zip(renamed[::2], renamed[1::2], strict=True):
            line = self._line(was)
            del self.lines[was]
            line.name = now
            self.lines[now] = self._former[was] = line
        for check in entry.get("removed", []):
            _until(self._line(check).watched, at, seq)
        for check, key in zip(entry.get("added", []), entry.get("keys", []), strict=True):
            self._former.pop(check, None)
            line = self._line(check)
            line.key = int(key)
            _until(line.watched, at, seq)
            line.watched[at] = (None, seq)


def _until(watched: dict[int, tuple[int | None, int]], at: int, seq: int) -> None:
    """What an older clock said of later times holds no more."""
    for began, (ended, _) in list(watched.items()):
        if began >= at:
            del watched[began]
        elif ended is None or ended > at:
            watched[began] = (at, seq)


def _after(span: Span, start: int) -> bool:
    return span.ended is None or span.ended > start


def _transition(entry: Mapping[str, Any]) -> Transition:
    """What of it makes spans; the states are not kept apart in an entry."""
    unknown = None
    if "unknown_from" in entry:
        end = entry.get("unknown_until")
        unknown = (_whole(entry["unknown_from"]), None if end is None else _whole(end))
    bound = entry.get("bound")
    return Transition(
        check=str(entry["check"]),
        at=_whole(entry["at"]),
        old=Condition(entry["old"]),
        new=Condition(entry["new"]),
        old_state=Status.UNKNOWN,
        new_state=Status.UNKNOWN,
        began=_whole(entry["began"]),
        bound=None if bound is None else _whole(bound),
        unknown=unknown,
    )


def _blind(check: str, entry: Mapping[str, Any]) -> Transition:
    began = _whole(entry["began"])
    return Transition(
        check=check,
        at=_whole(entry["at"]),
        old=Condition.UP,
        new=Condition.UP,
        old_state=Status.UNKNOWN,
        new_state=Status.UNKNOWN,
        began=began,
        unknown=(began, None),
    )


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value
