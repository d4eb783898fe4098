"""The ledger gone through once for one incident: what speaks of it, and of the monitor then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from uptime.core import ledger

PAGE = 2_000
Window = tuple[int, int]
Numbered = tuple[int, Mapping[str, Any]]
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""

LIVES = frozenset({"start", "absence", "blind", "gap", "unsigned", "restore"})


class Entries(Protocol):
    """Where entries come from, oldest first."""

    def ledger(self, after_seq: int = 0, limit: int = 100) -> list[ledger.Row]: ...


@dataclass(slots=True)
class Found:
    """Numbers of entries. `inside` are the first and last entered within the window, `start` the
    last start of the monitor before it, `terms` all that say how things are judged, `watched` by
    check the last that said it was watched from then on.

    `retained` is until when results were dropped and which entry said so, `late` by the
    number of the check and of the result the entry that told of it, since it came after its day
    was closed, `bad` the first entry that does
    not fit.
    """

    own: list[int] = field(default_factory=list)
    transitions: list[Numbered] = field(default_factory=list)
    inside: tuple[int, int] | None = None
    start: int | None = None
    terms: list[int] = field(default_factory=list)
    watched: dict[str, int] = field(default_factory=dict)
    heads: list[Numbered] = field(default_factory=list)
    late: dict[tuple[int, int], int] = field(default_factory=dict)
    retained: tuple[int, int] | None = None
    bad: int | None = None
    last: int = 0
    hashes: dict[int, str] = field(default_factory=dict)


def scan(
    source: Entries, incident: str, window: Window, signed: Sequence[int], progress: Progress
) -> Found:
    """Every entry once, a page at a time; `signed` are the numbers whose hashes are asked for."""
    found, head, wanted = Found(), ledger.GENESIS, frozenset(signed)
    while page := source.ledger(found.last, PAGE):
        if found.bad is None:
            found.bad = ledger.verify(page, found.last + 1, head)
        for seq, text, _, digest in page:
            if seq in wanted:
                found.hashes[seq] = digest
            _take(found, seq, text, incident, window)
        found.last, head = page[-1][0], page[-1][3]
        progress("ledger", found.last, 0)
    return found


def _take(found: Found, seq: int, text: str, incident: str, window: Window) -> None:
    try:
        entry = orjson.loads(text)
        kind, at = entry["type"], entry["at"]
        if window[0] <= at < window[1]:
            found.inside = (seq if found.inside is None else found.inside[0], seq)
    except (ValueError, TypeError, KeyError):
        return  # no daemon wrote it; `bad` or `siaga ledger verify` says so
    if entry.get("incident") == incident:
        found.own.append(seq)
        if kind == "transition":
            found.transitions.append((seq, entry))
    match kind:
        case "start" if at < window[0]:
            found.start = seq
        case "terms" | "configuration":
            found.terms.append(seq)
        case "watched" if at < window[1]:
            renamed = entry.get("renamed", [])
            for was, now in zip(renamed[::2], renamed[1::2], strict=False):
                if was in found.watched:
                    found.watched[now] = found.watched[was]
            found.watched.update(dict.fromkeys(entry.get("added", ()), seq))
        case "head":
            found.heads.append((seq, entry))
        case "late":
            for each in entry["results"]:
                key, number = map(int, each.split())
                found.late.setdefault((key, number), seq)
        case "retention" if found.retained is None or entry["until"] > found.retained[0]:
            found.retained = (entry["until"], seq)


def rows(source: Entries, first: int, last: int) -> Iterator[ledger.Row]:
    """Entries `first` to `last`."""
    after = first - 1
    while after < last and (page := source.ledger(after, min(PAGE, last - after))):
        yield from page
        after = page[-1][0]
