"""The results of one check in one hour as one packed value, without loss.

Column by column: what is nearly constant from row to row (numbers of runs, times) as the
change of its change, whole numbers split into their first bytes, second bytes …, all of it
deflated. About four bytes a result, nine with five phases.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import itemgetter, sub
from typing import NamedTuple

import orjson

from uptime.store.ingest import Row, pack_phases, unpack_phases

HOUR_MS = 3_600_000
UNREADABLE = (
    zlib.error, ValueError, TypeError, IndexError, KeyError, StopIteration, OverflowError,
    MemoryError,
)  # fmt: skip
"""What `unpack` raises for what `pack` did not make."""
_FORMAT = b"\1"
_NONE = 0


def pack(rows: Iterable[Row]) -> bytes:
    """Rows of one check; those with the same id are one, whichever came last."""
    unique = {row[0]: row for row in rows}
    ordered = sorted(unique.values(), key=itemgetter(1, 0))
    ids, ats, codes, durations, latencies, losses, phase_sets, phases, details = zip(
        *ordered, strict=True
    )
    by_set: dict[int, list[array[int]]] = {}
    for number, values in zip(phase_sets, phases, strict=True):
        if values is not None:
            by_set.setdefault(number, []).append(unpack_phases(values))
    # A duration is mostly a little more than the latency, which has been said already.
    rest = [a - (b or 0) // 10 for a, b in zip(durations, latencies, strict=True)]
    columns = [
        _shuffled("Q", _curved(ids)),
        _shuffled("Q", _curved(ats)),
        _shuffled("I", codes),
        _shuffled("I", [_NONE if value is None else value + 1 for value in latencies]),
        _shuffled("Q", _zigzag(rest)),
        _shuffled("I", [_NONE if value is None else value + 1 for value in losses]),
        _shuffled("I", phase_sets),
    ]
    for number in sorted(by_set):
        columns.extend(_shuffled("I", column) for column in zip(*by_set[number], strict=True))
    widths = [(number, len(by_set[number][0])) for number in sorted(by_set)]
    texts = [(index, text) for index, text in enumerate(details) if text is not None]
    head = orjson.dumps((len(ordered), widths, texts))
    body = b"".join((len(head).to_bytes(4, "little"), head, *columns))
    return _FORMAT + zlib.compress(body, 6)


class Columns(NamedTuple):
    """The same in the order of time, column by column; as in `Row`, but for phases, which are
    numbers here.
    """

    id: Sequence[int]
    at: Sequence[int]
    code: Sequence[int]
    duration: Sequence[int]
    latency: Sequence[int | None]
    loss: Sequence[int | None]
    phase_set: Sequence[int]
    phases: Sequence[Sequence[int] | None]
    detail: Sequence[str | None]


def unpack(data: bytes) -> list[Row]:
    """In the order of time."""
    columns = unpack_columns(data)
    phases = [None if values is None else pack_phases(values) for values in columns.phases]
    return list(map(Row._make, zip(*columns[:7], phases, columns.detail, strict=True)))


def unpack_columns(data: bytes) -> Columns:
    """A third of the work of `unpack`, for what looks at all of a day."""
    if data[:1] != _FORMAT:
        raise ValueError(f"chunk of unknown format {data[:1]!r}")
    body = memoryview(zlib.decompress(memoryview(data)[1:]))
    size = int.from_bytes(body[:4], "little")
    n, widths, texts = orjson.loads(body[4 : 4 + size])
    reader = _Reader(body, 4 + size)
    ids, ats = _uncurved(reader.take("Q", n)), _uncurved(reader.take("Q", n))
    codes, latencies = reader.take("I", n), reader.take("I", n)
    rest, losses, phase_sets = reader.take("Q", n), reader.take("I", n), reader.take("I", n)
    counts = {number: phase_sets.count(number) for number, _ in widths}
    by_set = {
        number: zip(*(reader.take("I", counts[number]) for _ in range(width)), strict=True)
        for number, width in widths
    }
    details: list[str | None] = [None] * n
    for index, text in texts:
        details[index] = text
    return Columns(
        ids,
        ats,
        codes,
        [a + (b - 1) // 10 if b else a for a, b in zip(_unzigzag(rest), latencies, strict=True)],
        _optional(latencies),
        _optional(losses),
        phase_sets,
        _phases(n, phase_sets, counts, by_set),
        details,
    )


def _phases(
    n: int,
    phase_sets: Sequence[int],
    counts: Mapping[int, int],
    by_set: Mapping[int, Iterator[tuple[int, ...]]],
) -> Sequence[Sequence[int] | None]:
    if not by_set:
        return [None] * n
    if list(counts.values()) == [n]:  # as nearly always
        return list(*by_set.values())
    return [next(by_set[number]) if number in by_set else None for number in phase_sets]


def _optional(column: array[int]) -> Sequence[int | None]:
    if not any(column):
        return [None] * len(column)
    return [None if value == _NONE else value - 1 for value in column]


class _Reader:
    """Takes one shuffled column after the other."""

    def __init__(self, body: memoryview, offset: int) -> None:
        self._body = body
        self._offset = offset

    def take(self, code: str, n: int) -> array[int]:
        column = array(code)
        width = column.itemsize
        raw = bytearray(n * width)
        for byte in range(width):
            start = self._offset + byte * n
            raw[byte::width] = self._body[start : start + n]
        self._offset += n * width
        column.frombytes(raw)
        if sys.byteorder == "big":
            column.byteswap()
        return column


def _shuffled(code: str, values: Sequence[int]) -> bytes:
    column = array(code, values)
    if sys.byteorder == "big":
        column.byteswap()
    raw = column.tobytes()
    return b"".join(raw[byte :: column.itemsize] for byte in range(column.itemsize))


def _curved(values: Sequence[int]) -> list[int]:
    """The first value, then how much each step differs from the one before."""
    steps = list(map(sub, values[1:], values))
    return _zigzag([values[0], *steps[:1], *map(sub, steps[1:], steps)])


def _uncurved(column: Sequence[int]) -> list[int]:
    first, *bends = _unzigzag(column)
    return list(accumulate((first, *accumulate(bends))))


def _zigzag(values: Iterable[int]) -> list[int]:
    """Small where the value is near zero on either side."""
    return [value << 1 if value >= 0 else ~value << 1 | 1 for value in values]


def _unzigzag(values: Iterable[int]) -> list[int]:
    return [~(value >> 1) if value & 1 else value >> 1 for value in values]
