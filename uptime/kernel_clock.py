"""What the kernel says of its clock: whether something keeps it in time, and how wrong it may be.

`adjtimex(2)` without modes, which needs no right: chrony, ntpd and systemd-timesyncd all tell the
kernel, and so a container sees what its host knows. Where the call is refused (a sandbox), nothing
is known, which is not the same as a clock that is not synchronised.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

_STA_UNSYNC = 0x40
_TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """Linux' struct timex up to what is read here; behind it as much room as it may take."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


class Discipline(NamedTuple):
    """`error` is the kernel's bound in us, None for a clock that is not synchronised."""

    synchronised: bool | None = None
    error: int | None = None


def discipline() -> Discipline:
    """As of now; costs a system call."""
    call = _adjtimex()
    if call is None:
        return Discipline()
    found = _Timex()
    state = call(ctypes.byref(found))
    if state < 0:
        return Discipline()
    if state == _TIME_ERROR or found.status & _STA_UNSYNC:
        return Discipline(synchronised=False)
    return Discipline(synchronised=True, error=int(found.maxerror))


@cache
def _adjtimex() -> Callable[[object], int] | None:
    try:
        return ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
