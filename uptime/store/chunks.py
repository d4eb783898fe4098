"""The results of one check in one hour as one packed value, without loss.

Column by column: what is nearly constant from row to row (numbers of runs, times) as the
change of its change, whole numbers split into their first bytes, second bytes …, all of it
deflated. About four bytes a result, nine with five phases.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate

import orjson

from uptime.store.ingest import Row, pack_phases, unpack_phases

HOUR_MS = 3_600_000
_FORMAT = b"\1"
_NONE = 0


def pack(rows: Iterable[Row]) -> bytes:
    """Rows of one check; those with the same id are one, whichever came last."""
    ordered = sorted({row.id: row for row in rows}.values(), key=lambda row: (row.at, row.id))
    sets: dict[int, list[array[int]]] = {}
    details: list[tuple[int, str]] = []
    for index, row in enumerate(ordered):
        if row.phases is not None:
            sets.setdefault(row.phase_set, []).append(unpack_phases(row.phases))
        if row.detail is not None:
            details.append((index, row.detail))
    columns = [
        _shuffled("Q", _curved([row.id for row in ordered])),
        _shuffled("Q", _curved([row.at for row in ordered])),
        _shuffled("I", [row.code for row in ordered]),
        _shuffled("I", [_one_up(row.latency) for row in ordered]),
        # Mostly a little more than the latency, which has been said already.
        _shuffled("Q", [_zigzag(row.duration - (row.latency or 0) // 10) for row in ordered]),
        _shuffled("I", [_one_up(row.loss) for row in ordered]),
        _shuffled("I", [row.phase_set if row.phases is not None else 0 for row in ordered]),
    ]
    for number in sorted(sets):
        columns.extend(_shuffled("I", column) for column in zip(*sets[number], strict=True))
    widths = [(number, len(sets[number][0])) for number in sorted(sets)]
    head = orjson.dumps((len(ordered), widths, details))
    body = b"".join((len(head).to_bytes(4, "little"), head, *columns))
    return _FORMAT + zlib.compress(body, 6)


def unpack(data: bytes) -> list[Row]:
    """In the order of time."""
    if data[:1] != _FORMAT:
        raise ValueError(f"chunk of unknown format {data[:1]!r}")
    body = memoryview(zlib.decompress(memoryview(data)[1:]))
    size = int.from_bytes(body[:4], "little")
    n, widths, details = orjson.loads(body[4 : 4 + size])
    reader = _Reader(body, 4 + size)
    ids, ats = _uncurved(reader.take("Q", n)), _uncurved(reader.take("Q", n))
    codes, latencies = reader.take("I", n), reader.take("I", n)
    durations, losses, sets = reader.take("Q", n), reader.take("I", n), reader.take("I", n)
    phases = {
        number: zip(*(reader.take("I", sets.count(number)) for _ in range(width)), strict=True)
        for number, width in widths
    }
    texts: dict[int, str] = dict(details)
    return [
        Row(
            ids[i],
            ats[i],
            codes[i],
            _unzigzag(durations[i]) + max(latencies[i] - 1, 0) // 10,
            _one_down(latencies[i]),
            _one_down(losses[i]),
            sets[i],
            pack_phases(list(next(phases[sets[i]]))) if sets[i] else None,
            texts.get(i),
        )
        for i in range(n)
    ]


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


def _curved(values: list[int]) -> list[int]:
    """The first value, then how much each step differs from the one before."""
    steps = [b - a for a, b in zip([0, *values], values, strict=False)]
    bends = [b - a for a, b in zip([0, *steps[1:]], steps[1:], strict=False)]
    return [_zigzag(value) for value in (*steps[:1], *bends)]


def _uncurved(column: Sequence[int]) -> list[int]:
    if not column:
        return []
    first, *bends = map(_unzigzag, column)
    return list(accumulate((first, *accumulate(bends))))


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else ~value << 1 | 1


def _unzigzag(value: int) -> int:
    return ~(value >> 1) if value & 1 else value >> 1


def _one_up(value: int | None) -> int:
    return _NONE if value is None else value + 1


def _one_down(value: int) -> int | None:
    return None if value == _NONE else value - 1
