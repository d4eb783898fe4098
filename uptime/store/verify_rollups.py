"""What is left of results beside the ledger and, while they are there, beside the results.

Hours and days are compared with the hash of the entry that was made with them, for ever; minutes
with theirs for as long as a day is read from them. While single results are there, hours and day
of each check are made of them again, which also says whose it is that was edited.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from uptime.core.rebuild_rollups import DAYS, MINUTES, RolledUp, RolledUps, at_first, whole
from uptime.core.rollup import merge
from uptime.core.text import rfc3339
from uptime.store import chunks, rollup_proof, rollups
from uptime.store.rollup_pack import Dated, unpack
from uptime.store.values import Finding

PORTION = 20  # checks whose day is made again in one read
_UNREADABLE = (*chunks.UNREADABLE, RuntimeError)
_KEYS = "SELECT check_key FROM rollup WHERE began = ? AND typeof(check_key) = 'integer'"
_WORDS = {DAYS: "hours and days", MINUTES: "minutes"}
_PARTS = {rollups.HOUR: "hours", rollups.DAY: "day"}

T = TypeVar("T")
_Named = Callable[[int], str]
_Read = Callable[[sqlite3.Connection], T]


class Ask(Protocol):
    """Reads in the transaction in which the newest entry of the ledger was taken."""

    def __call__(self, work: _Read[T]) -> T: ...


def compare(
    ask: Ask,
    said: RolledUps,
    names: Mapping[int, str],
    tell: Callable[[Iterable[Finding]], None],
    progress: Callable[[int, int], None],
) -> int:
    """How many days were compared; `names` are those of days by their beginnings."""

    def named(began: int) -> str:
        return names.get(began) or f"the day from {rfc3339(began)}"

    def made_again(day: RolledUp, done: int) -> bool:
        """Whether what its results give is something else; False without any results."""
        keys = ask(partial(_checks, day=day)) if day.finest == DAYS else []
        differs = False
        for start in range(0, len(keys), PORTION):
            progress(done + 100 * start // len(keys), total)
            found = ask(partial(_remade, day=day, keys=keys[start : start + PORTION], named=named))
            if found is None:
                break
            tell(found)
            differs = differs or bool(found)
        return differs

    tell(ask(lambda db: list(_listed(db, said, named))))
    days = sorted(said.days.values(), key=lambda day: day.began)
    total = len(days) * 100
    for index, day in enumerate(days):
        progress(index * 100, total)
        if not made_again(day, index * 100):
            tell(ask(partial(_bound, day=day, named=named)))
    progress(total, total)
    return len(days)


def _listed(db: sqlite3.Connection, said: RolledUps, named: _Named) -> Iterator[Finding]:
    """The list of days that were rolled up, and what each is read from."""
    there = {began: row for began, *row in db.execute("SELECT began, ended, finest FROM rolled")}
    for began in sorted(there.keys() | said.days.keys()):
        day = said.days.get(began)
        if day is None:
            text = f"the list of rolled-up days has {named(began)}, which is in no entry"
            yield Finding("rollup", None, text)
        elif there.get(began) != [day.ended, day.finest]:
            text = f"the list of rolled-up days has not of {named(began)} what entry {day.seq} says"
            yield Finding("rollup", day.seq, text)
    for day, key, seq in said.torn:
        name = _name(db, key)
        text = f"check {name}: entry {seq} rewrote another rollup of {named(day.began)} than was"
        yield Finding("rollup", seq, f"{text} there")


def _bound(db: sqlite3.Connection, day: RolledUp, named: _Named) -> list[Finding]:
    """What is left of a day, beside the hashes that were entered."""
    found = []
    for level, (seq, digest) in day.hashes.items():
        if level == MINUTES and day.finest != MINUTES:
            continue  # they count no more, and go
        changes = day.changes if level == DAYS else {}
        leaves, wrong = at_first(rollup_proof.stored(db, day.began, level), changes)
        what = f"of {named(day.began)} ({_WORDS[level]})"
        for key, change in wrong:
            text = f"check {_name(db, key)}: the rollup {what} is not that of entry {change.seq}"
            found.append(Finding("rollup", change.seq, text))
        if not wrong and whole(leaves) != digest:
            text = f"the rollups {what} are not those of entry {seq}: some were changed, added or"
            found.append(Finding("rollup", seq, f"{text} removed"))
    return found


def _checks(db: sqlite3.Connection, day: RolledUp) -> list[int]:
    """Those that a day has results or rollups of."""
    found = set(rollups.checks(db, (day.began, day.ended)))
    found |= {key for (key,) in db.execute(_KEYS, (day.began,))}
    return sorted(found)


def _remade(
    db: sqlite3.Connection, day: RolledUp, keys: Sequence[int], named: _Named
) -> list[Finding] | None:
    """Hours and day of some checks made of their results again; None once these may be gone."""
    if rollups.stretches(db, day.began, day.began + 1) != [(day.began, day.ended, rollups.RAW)]:
        return None
    found = []
    for key in keys:
        for level in _differing(db, day, key):
            if _under_way(db, day, key):
                break
            text = (
                f"check {_name(db, key)}: the rollup of {named(day.began)} ({_PARTS[level]}) is not"
            )
            found.append(Finding("rollup", day.seq, f"{text} what its results give"))
    return found


def _differing(db: sqlite3.Connection, day: RolledUp, key: int) -> list[str]:
    """Levels that are not what they would be made now."""
    try:
        hours = rollups.hours(db, key, (day.began, day.ended))
    except _UNREADABLE:
        return []  # which is told of the results
    whole_day = [(day.began, merge(each for _, each in hours))] if hours else []
    made: Mapping[str, list[Dated]] = {rollups.HOUR: hours, rollups.DAY: whole_day}
    return [level for level, each in made.items() if _kept(db, key, day.began, level) != each]


def _kept(db: sqlite3.Connection, key: int, began: int, level: str) -> list[Dated] | None:
    try:
        data = rollups.packed(db, key, began, level)
        return [] if data is None else unpack(data)
    except _UNREADABLE:
        return None


def _under_way(db: sqlite3.Connection, day: RolledUp, key: int) -> bool:
    """Whether a late result of a check may be in its chunk and not yet in its rollup: its row
    goes only after that.
    """
    found = db.execute(
        "SELECT 1 FROM ingest WHERE check_key = ? AND at >= ? AND at < ? LIMIT 1",
        (key, day.began, day.ended),
    )
    return found.fetchone() is not None


def _name(db: sqlite3.Connection, key: int) -> str:
    row = db.execute("SELECT id FROM checks WHERE key = ?", (key,)).fetchone()
    return f"number {key}" if row is None else str(row[0])
