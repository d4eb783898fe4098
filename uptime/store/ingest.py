"""A result as a row of whole numbers, and back; the resolution of what is kept is decided here.

Latency 10 us, duration and phases 0.1 ms, loss a thousandth. What does not fit is bounded,
never refused: one odd value must not cost the batch it came in.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from uptime.core.model import Fact, Result
from uptime.store.codes import decode, encode

_MAX = 0xFFFF_FFFE
_SHORT = 0xFFFF
_SURE = 40_000  # seconds that fit in any unit


class Row(NamedTuple):
    """One result, as in the columns of `ingest` behind `seq` and `check_key`."""

    id: int
    at: int
    code: int
    duration: int
    latency: int | None
    loss: int | None
    phase_set: int
    phases: bytes | None
    detail: str | None


def to_row(result: Result, phase_set: Callable[[tuple[str, ...]], int]) -> Row:
    """`phase_set` gives the number of a combination of names; 0 means no phases."""
    latency, loss, phases = result.latency, result.loss, result.phases
    return Row(
        result.id,
        result.at,
        encode(result.status, result.blame, result.reason),
        _units(result.duration, 10_000),
        None if latency is None else _units(latency, 100_000),
        None if loss is None else _units(loss, 1000),
        phase_set(tuple(phases)) if phases else 0,
        _packed(phases.values()) if phases else None,
        result.detail.encode(errors="replace").decode() if result.detail else None,
    )


def to_result(
    check: str, row: Row, names: Mapping[int, tuple[str, ...]], facts: Mapping[str, Fact]
) -> Result:
    status, blame, reason = decode(row.code)
    phases: dict[str, float] = {}
    if row.phases is not None:
        values = (value / 10_000 for value in unpack_phases(row.phases))
        phases = dict(zip(names[row.phase_set], values, strict=True))
    return Result(
        check=check,
        id=row.id,
        at=row.at,
        duration=row.duration / 10_000,
        status=status,
        blame=blame,
        reason=reason,
        detail=row.detail or "",
        latency=None if row.latency is None else row.latency / 100_000,
        loss=None if row.loss is None else row.loss / 1000,
        phases=phases,
        facts=facts,
    )


def _packed(seconds: Iterable[float]) -> bytes:
    try:
        return array("H", [round(value * 10_000) for value in seconds]).tobytes()
    except (OverflowError, ValueError):  # one that is negative, no number or over 6.5 s
        return pack_phases([_units(value, 10_000) for value in seconds])


def pack_phases(values: Sequence[int]) -> bytes:
    """Two bytes each, or four with a zero byte behind them where one is over 6.5 s."""
    if max(values) <= _SHORT:
        return array("H", values).tobytes()
    return array("I", values).tobytes() + b"\0"


def unpack_phases(data: bytes) -> array[int]:
    return array("I", data[:-1]) if len(data) & 1 else array("H", data)


def _units(seconds: float, per: int) -> int:
    """Bounded to what a column holds; not a number counts as nothing."""
    if 0 < seconds < _SURE:
        return round(seconds * per)
    if not seconds > 0:
        return 0
    return min(round(seconds * per), _MAX) if seconds < _MAX else _MAX
