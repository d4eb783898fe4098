"""What people said that figures hang on, as the ledger tells it: maintenance, pauses, tokens.

Kept as the entries themselves, so that whoever compares makes the entries again from the rows
of a database. Names of checks are those they have by now (rebuild.py knows the renames).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

_CHECK = "check="  # as Match.words has it


class Named(Protocol):
    """A check, whatever it was called."""

    name: str


class Said(NamedTuple):
    """An entry and its number."""

    seq: int
    entry: Mapping[str, Any]


@dataclass(slots=True)
class Stated:
    """Something that was entered and perhaps taken back; `checks` are those it names."""

    entered: Said
    withdrawn: Said | None = None
    checks: list[Named] = field(default_factory=list)

    @property
    def seq(self) -> int:
        """Of the entry that last gave it its form."""
        return self.entered.seq if self.withdrawn is None else self.withdrawn.seq


class Statements:
    """By number: plans of maintenance and tokens; by check (its line): pauses, oldest first."""

    TYPES = frozenset({
        "maintenance", "maintenance withdrawn", "pause", "resume", "token", "token revoked",
    })  # fmt: skip

    def __init__(self) -> None:
        self.maintenance: dict[str, Stated] = {}
        self.tokens: dict[int, Stated] = {}
        self._pauses: list[Stated] = []
        self._lasting: dict[int, Stated] = {}  # by identity of the check

    def take(self, seq: int, entry: Mapping[str, Any], line: Callable[[str], Named]) -> None:
        """One of TYPES; `line` gives the check of a name as it is now. KeyError for what takes
        back something that was never entered.
        """
        said = Said(seq, entry)
        match entry["type"]:
            case "maintenance":
                names = [word.removeprefix(_CHECK) for word in entry["covers"] if _names(word)]
                self.maintenance[entry["maintenance"]] = Stated(said, checks=[*map(line, names)])
            case "maintenance withdrawn":
                self.maintenance[entry["maintenance"]].withdrawn = said
            case "pause":
                check = line(entry["check"])
                pause = self._lasting[id(check)] = Stated(said, checks=[check])
                self._pauses.append(pause)
            case "resume":
                self._lasting.pop(id(line(entry["check"]))).withdrawn = said
            case "token":
                self.tokens[entry["token"]] = Stated(said)
            case "token revoked":
                self.tokens[entry["token"]].withdrawn = said

    def pauses(self) -> Mapping[str, list[Stated]]:
        """By the names that checks have now."""
        found: dict[str, list[Stated]] = defaultdict(list)
        for pause in self._pauses:
            found[pause.checks[0].name].append(pause)
        return found


def covers(stated: Stated) -> list[str]:
    """Which checks a plan covers, under the names they have now."""
    words: Iterable[str] = stated.entered.entry["covers"]
    names = [_CHECK + check.name for check in stated.checks]
    return [*sorted(names), *(word for word in words if not _names(word))]


def _names(word: str) -> bool:
    return word.startswith(_CHECK)
