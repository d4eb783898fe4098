"""Results proven by the signed head of their day (uptime/store/heads_day.py says what is hashed).

Of a day the list of its leaves, whose SHA-256 is the results hash in the day's head; of the hours
in which the results lie their lines, whose SHA-256 is their leaf. So anybody who trusts the head
can see with `sha256sum` alone that these results were stored when the day was closed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import orjson

from uptime.core.heads import Day, SignedHead
from uptime.core.model import Result
from uptime.evidence.scan import Numbered, Progress
from uptime.store import heads_day
from uptime.store.chunks import HOUR_MS
from uptime.store.heads_day import Leaf
from uptime.store.history import History
from uptime.store.ingest import Row, to_result


@dataclass(slots=True)
class ProvenDay:
    """`hours` are the lines of the check by hour, `ids` the results that stand in them, `seq` the
    entry of the head.
    """

    day: str
    seq: int
    key: int
    leaves: bytearray = field(default_factory=bytearray)
    hours: dict[int, bytes] = field(default_factory=dict)
    ids: set[int] = field(default_factory=set)

    @property
    def files(self) -> dict[str, bytes]:
        found = {f"results-{self.day}.leaves": bytes(self.leaves)}
        return found | {self.name(hour): lines for hour, lines in self.hours.items()}

    def name(self, hour: int) -> str:
        return f"results-{self.day}-{hour}-{self.key}.jsonl"


@dataclass(frozen=True, slots=True)
class Days:
    """`proven` days, and days of which the stored results are not those that were signed."""

    proven: tuple[ProvenDay, ...] = ()
    differ: tuple[str, ...] = ()

    def file_of(self, result: Result) -> str | None:
        """The file in which a result is proven."""
        for day in self.proven:
            if result.id in day.ids:
                return day.name(result.at // HOUR_MS)
        return None


def prove(
    history: History,
    check: str,
    results: Sequence[Result],
    heads: Iterable[Numbered],
    signed: Sequence[object],
    late: Mapping[tuple[int, int], int],
    progress: Progress,
) -> Days:
    """The days of these results that are closed, signed and still there."""
    key = history.key(check)
    texts = {each.seq: each for each in signed if isinstance(each, SignedHead)}
    proven, differ = [], []
    for seq, entry in heads:
        day = Day(entry["day"], entry["began"], entry["ended"])
        wanted = {r.at // HOUR_MS for r in results if day.began <= r.at < day.ended}
        if key is None or not wanted or seq not in texts:
            continue
        found = ProvenDay(day.name, seq, key)
        if _read(history, day, found, wanted, late, progress) == entry["results"]:
            proven.append(found)
        else:
            differ.append(day.name)
    return Days(tuple(proven), tuple(differ))


def _read(
    history: History,
    day: Day,
    found: ProvenDay,
    wanted: set[int],
    late: Mapping[tuple[int, int], int],
    progress: Progress,
) -> str:
    """The results hash of the day as it is stored."""

    def told(leaf: Leaf, lines: bytes) -> None:
        found.leaves += heads_day.leaf_line(leaf)
        if leaf[1] == found.key and leaf[0] in wanted:
            found.hours[leaf[0]] = lines
            found.ids.update(orjson.loads(line)[0] for line in lines.split(b"\n"))

    def is_late(key: int, row: Row) -> bool:
        return late.get((key, row.id), 0) > found.seq

    lately = {key: partial(is_late, key) for key, _ in late}
    reading = history.ask(lambda db: heads_day.Reading(db, day, lately, told))
    for done, hour in enumerate(reading.hours):
        progress(f"results of {day.name}", done, len(reading.hours))
        reading.take(hour, history.ask(partial(reading.fetch, hour=hour)))
    return reading.result().results


def results_of(check: str, data: bytes) -> dict[int, Result]:
    """The results that stand in the lines of an hour, by their numbers; ValueError, TypeError or
    KeyError where they are none.
    """
    found = {}
    for line in data.split(b"\n"):
        row, names = heads_day.row_of(line)
        found[row.id] = to_result(check, row, {0: names}, {})
    return found


def leaf_of(hour: int, key: int, data: bytes) -> bytes:
    """The line of a day's list that these lines of an hour make."""
    lines = data.count(b"\n") + 1
    return heads_day.leaf_line((hour, key, lines, hashlib.sha256(data).hexdigest()))
