"""What people said of incidents, as the ledger tells it: acknowledgement, cause, notes, ticket.

By the rules they are kept by (desk.py): the last cause and the last ticket hold until they are
taken back, notes add up, an acknowledgement ends where an incident gets worse (incidents.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from uptime.core.model import Acknowledgement, Condition, Note
from uptime.core.ticket import Ticket

_NAME = "INC-"
_GREATEST = (1 << 63) - 1  # of what a database can hold


class Caused(NamedTuple):
    """A cause as it was said; all None where nobody said one."""

    cause: str | None = None
    reason: str | None = None
    by: str | None = None
    at: int | None = None


NO_CAUSE = Caused()


@dataclass(slots=True)
class Told:
    """Of one incident; `seqs` is, by field, the entry that last gave it its form."""

    acked: Acknowledgement | None = None
    cause: Caused = NO_CAUSE
    notes: list[Note] = field(default_factory=list)
    ticket: Ticket | None = None
    seqs: dict[str, int] = field(default_factory=dict)


class Incidents:
    """By number, those that anybody ever said anything of."""

    TYPES = frozenset({
        "acknowledgement", "acknowledgement withdrawn", "note", "cause", "cause withdrawn",
        "ticket", "ticket withdrawn",
    })  # fmt: skip

    def __init__(self) -> None:
        self.told: dict[int, Told] = {}

    def take(self, seq: int, entry: Mapping[str, Any]) -> None:
        """One of TYPES. KeyError or ValueError for an entry that cannot be understood."""
        number, by, at = _number(entry["incident"]), entry["by"], entry["at"]
        told = self.told.setdefault(number, Told())
        match entry["type"]:
            case "acknowledgement":
                note = entry.get("note") or ""
                told.acked = Acknowledgement(by, at, entry.get("until"), note)
                told.seqs["acknowledgement"] = seq
                if note:
                    self._note(told, seq, Note(by, at, note))
            case "acknowledgement withdrawn":
                told.acked = None
                told.seqs["acknowledgement"] = seq
            case "note":
                self._note(told, seq, Note(by, at, entry["text"]))
            case "cause":
                told.cause = Caused(entry["cause"], entry.get("reason"), by, at)
                told.seqs["cause"] = seq
            case "cause withdrawn":
                told.cause = NO_CAUSE
                told.seqs["cause"] = seq
            case "ticket":
                told.ticket = Ticket(
                    entry["number"], entry["reported"], entry.get("acknowledged"),
                    entry.get("restored"), by, at,
                )  # fmt: skip
                told.seqs["ticket"] = seq
            case "ticket withdrawn":
                told.ticket = None
                told.seqs["ticket"] = seq

    def change(self, seq: int, entry: Mapping[str, Any]) -> None:
        """A transition: whoever was at something lesser has not said that they are at this."""
        worse = entry["new"] == Condition.DOWN != entry["old"]
        if worse and self.told and "incident" in entry:
            told = self.told.get(_number(entry["incident"]))
            if told is not None and told.acked is not None:
                told.acked = None
                told.seqs["acknowledgement"] = seq

    @staticmethod
    def _note(told: Told, seq: int, note: Note) -> None:
        told.notes.append(note)
        told.seqs["notes"] = seq


def _number(name: str) -> int:
    number = int(name.removeprefix(_NAME))
    if f"{_NAME}{number}" != name or number > _GREATEST:
        raise ValueError(f"{name!r} is no incident")
    return number
