"""Rollups of one check, one after the other in time, as one packed value, without loss.

Column by column, whole numbers of as many bytes as they need, all of it deflated. What can be
told from the rest is left out: of one or two latencies all but the least and the greatest, of
more the first bin, the last one and how many are in it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from uptime.core.rollup import Histogram, Outcome, Rollup, bin_of
from uptime.store.codes import decode, encode

_FORMAT = b"\1"

Dated = tuple[int, Rollup]
"""When a bucket begins (ms), and what is left of the results in it."""
_Take = Callable[[int], list[int]]


def pack(buckets: Sequence[Dated]) -> bytes:
    """`buckets` in the order of time."""
    rollups = [rollup for _, rollup in buckets]
    timed = [rollup.latency for rollup in rollups if rollup.latency.count]
    many = [latency for latency in timed if latency.count > 2]
    outcomes = [
        sorted((encode(status, "target", reason), n) for (status, reason), n in r.outcomes.items())
        for r in rollups
    ]
    bins = [sorted(latency.bins.items()) for latency in many]
    lossy = [rollup for rollup in rollups if rollup.losses]
    columns: tuple[Iterable[int], ...] = (
        [len(buckets)],
        map(_unsigned, _bent([at for at, _ in buckets])),
        [len(each) for each in outcomes],
        [code for each in outcomes for code, _ in each],
        [n for each in outcomes for _, n in each],
        [rollup.count - rollup.latency.count for rollup in rollups],
        [latency.least for latency in timed],
        [latency.greatest - latency.least for latency in timed if latency.count > 1],
        [latency.total - latency.count * latency.least for latency in many],
        [len(each) for each in bins],
        [after - before for each in bins for (before, _), (after, _) in pairwise(each)],
        [n for each in bins for _, n in each[:-1]],
        [rollup.losses for rollup in rollups],
        [rollup.loss_total for rollup in lossy],
    )
    out = bytearray()
    for column in columns:
        for value in column:
            _write(out, value)
    return _FORMAT + zlib.compress(bytes(out), 9)


def unpack(data: bytes) -> list[Dated]:
    """In the order of time."""
    if data[:1] != _FORMAT:
        raise ValueError(f"rollup of unknown format {data[:1]!r}")
    numbers = _numbers(zlib.decompress(memoryview(data)[1:]))
    place = 0

    def take(n: int) -> list[int]:
        nonlocal place
        place += n
        return numbers[place - n : place]

    (n,) = take(1)
    ats = _unbent([_signed(value) for value in take(n)])
    widths = take(n)
    codes, counts = iter(take(sum(widths))), iter(take(sum(widths)))
    outcomes: list[dict[Outcome, int]] = []
    for width in widths:
        counted = {}
        for _ in range(width):
            status, _, reason = decode(next(codes))
            counted[status, reason] = next(counts)
        outcomes.append(counted)
    untimed = take(n)
    sizes = [sum(each.values()) - rest for each, rest in zip(outcomes, untimed, strict=True)]
    latencies = _histograms([size for size in sizes if size], take)
    losses = take(n)
    loss_totals = iter(take(sum(map(bool, losses))))
    return [
        (
            at,
            Rollup(
                counted,
                next(latencies) if size else Histogram(),
                lost,
                next(loss_totals) if lost else 0,
            ),
        )
        for at, counted, size, lost in zip(ats, outcomes, sizes, losses, strict=True)
    ]


def _histograms(sizes: Sequence[int], take: _Take) -> Iterator[Histogram]:
    leasts = take(len(sizes))
    ranges = iter(take(sum(size > 1 for size in sizes)))
    many = sum(size > 2 for size in sizes)
    rests, widths = iter(take(many)), take(many)
    steps = iter(take(sum(widths) - many))
    counts = iter(take(sum(widths) - many))
    each_width = iter(widths)
    out = []
    for size, least in zip(sizes, leasts, strict=True):
        greatest = least + next(ranges) if size > 1 else least
        first, last = bin_of(least), bin_of(greatest)
        if size == 1:
            out.append(Histogram(1, least, least, least, {first: 1}))
        elif size == 2:
            bins = {first: 2} if first == last else {first: 1, last: 1}
            out.append(Histogram(2, least + greatest, least, greatest, bins))
        else:
            width = next(each_width) - 1
            numbers = accumulate((next(steps) for _ in range(width)), initial=first)
            held = [next(counts) for _ in range(width)]
            held.append(size - sum(held))
            total = next(rests) + size * least
            found = dict(zip(numbers, held, strict=True))
            out.append(Histogram(size, total, least, greatest, found))
    return iter(out)


def _bent(values: Sequence[int]) -> list[int]:
    """The first value, the first step, then how much each step differs from the one before."""
    steps = [after - before for before, after in pairwise(values)]
    return [*values[:1], *steps[:1], *(after - before for before, after in pairwise(steps))]


def _unbent(bends: Sequence[int]) -> list[int]:
    return list(accumulate((*bends[:1], *accumulate(bends[1:]))))


def _unsigned(value: int) -> int:
    """Small where the value is near zero on either side."""
    return value << 1 if value >= 0 else ~value << 1 | 1


def _signed(value: int) -> int:
    return ~(value >> 1) if value & 1 else value >> 1


def _write(out: bytearray, value: int) -> None:
    """Seven bits a byte, the lowest first; the eighth says that there are more."""
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _numbers(data: bytes) -> list[int]:
    out = []
    value = shift = 0
    for byte in data:
        if byte & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        else:
            out.append(value | byte << shift)
            value = shift = 0
    return out
