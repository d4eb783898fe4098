"""Memory of a process that loads much once and turns over little after that.

CPython's collector walks everything alive whenever a quarter as much again has survived: with
ten thousand checks that held the loop for 0.2 s at a time and was an eighth of all CPU. So it
rests while much is built, what stays is frozen (never walked again, freed by count as ever),
and what is left to it is the little that comes and goes. Instagram's `gc.freeze`, for a loop.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

_USUAL = gc.get_threshold()
_SELDOM = (20_000, 20, 20)


def hold() -> None:
    """Much will be built now, and most of it stays."""
    gc.disable()


def settle() -> None:
    """It is built: what reading it took (seven times what stays) goes back to the system."""
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError, AttributeError):  # glibc's; another libc does without
        ctypes.CDLL(None).malloc_trim(0)


def release() -> None:
    """Every check has been measured once: what that left behind stays, too."""
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    gc.enable()


def restore() -> None:
    """As it was before."""
    gc.unfreeze()
    gc.set_threshold(*_USUAL)
    gc.enable()
