"""How the monitor itself was, in a bundle: a file of its minutes, and what they come to.

The minutes are no entries of the ledger, but the head of a closed day has their hash; when it was
not there at all is an entry.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from uptime.core.heads import Day
from uptime.core.intervals import Closed
from uptime.core.own_state import OwnState, Wellbeing, lines, wellbeing
from uptime.core.text import from_rfc3339, rfc3339
from uptime.evidence.scan import Numbered

if TYPE_CHECKING:
    from uptime.store.history import History

FILE = "monitor-minutes.csv"
COLUMNS = (
    "from", "to", "lag_ms", "late_ms", "clock_set_ms", "slept_ms", "store_down_ms",
    "clock_synchronised", "clock_error_us", "runs", "unjudged", "missed",
    "up", "degraded", "down", "unknown", "messages_waiting",
)  # fmt: skip
_COUNTED = ("runs", "unjudged", "missed", "up", "degraded", "down", "unknown", "outbox")
_SAID: Mapping[bool | None, str] = {True: "yes", False: "no", None: ""}


def cells(state: OwnState) -> tuple[object, ...]:
    """One row of the file."""
    s = state
    return (
        rfc3339(s.began), rfc3339(s.ended), s.lag, s.late, s.step, s.slept, s.unstored,
        _SAID[s.synchronised], s.clock_error, s.runs, s.unjudged, s.missed,
        s.up, s.degraded, s.down, s.unknown, s.outbox,
    )  # fmt: skip


def parse(data: bytes) -> list[OwnState]:
    """Such a file read again; ValueError, KeyError or TypeError where it is none."""
    said = {text: value for value, text in _SAID.items()}
    found = []
    for row in csv.DictReader(io.StringIO(data.decode(), newline="")):
        began, ended, *numbers = (row[name] for name in COLUMNS)
        counted: dict[str, Any] = dict(zip(_COUNTED, map(int, numbers[7:]), strict=True))
        lag, late, step, slept, unstored = map(int, numbers[:5])
        error = int(numbers[6]) if numbers[6] else None
        times = from_rfc3339(began), from_rfc3339(ended)
        clock = said[numbers[5]], error
        found.append(OwnState(*times, lag, late, step, slept, unstored, *clock, **counted))
    return found


def day_file(day: str) -> str:
    """The name of the file that holds a closed day's minutes."""
    return f"monitor-{day}.jsonl"


class Proven(NamedTuple):
    """A closed day whose minutes are those that its signed head speaks of; `seq` is its entry."""

    day: Day
    seq: int
    lines: bytes


def prove(
    history: History, heads: Iterable[Numbered], signed: Container[int], window: Closed
) -> tuple[tuple[Proven, ...], tuple[str, ...]]:
    """Such days that touch the window, and those of which the minutes are others."""
    proven, differ = [], []
    for seq, entry in heads:
        day = Day(entry["day"], entry["began"], entry["ended"])
        told = entry.get("minutes")
        if told is None or seq not in signed or day.ended <= window[0] or day.began >= window[1]:
            continue
        found = lines(history.own_day(day))
        if hashlib.sha256(found).hexdigest() == told:
            proven.append(Proven(day, seq, found))
        else:
            differ.append(day.name)
    return tuple(proven), tuple(differ)


def judged(
    incident: Closed, states: Sequence[OwnState], lives: Iterable[Numbered], until: int
) -> Wellbeing:
    """How it was while the incident lasted, from the last result that was good before it on;
    `until` is where the record of it ends.
    """
    began, ended = incident
    absences = [(e["began"], e["ended"]) for _, e in lives if e["type"] == "absence"]
    return wellbeing((began, max(ended, began + 1)), states, absences, until)


def summary(found: Wellbeing) -> Mapping[str, object]:
    """For incident.json; `well` null where it is not known."""
    return {
        "well": found.well,
        "from": rfc3339(found.window[0]),
        "to": rfc3339(found.window[1]),
        "not_recorded_ms": found.dark,
        "not_well_ms": found.unwell,
        "absent_ms": found.absent,
        "lag_ms": found.lag,
        "late_ms": found.late,
        "clock_set_ms": found.step,
        "slept_ms": found.slept,
        "store_down_ms": found.unstored,
        "unjudged": found.unjudged,
        "clock_synchronised": found.synchronised,
        "clock_error_us": found.clock_error,
    }
