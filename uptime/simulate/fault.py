"""What can be wrong with a simulated thing, and what goes wrong when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a fault looks like from outside."""

    CLOSED = "closed"  # nobody listens: refused
    HANGS = "hangs"  # takes the connection and never says a word
    SLOW = "slow"  # answers after `amount` seconds
    ERROR = "error"  # answers that it cannot: 500, SERVFAIL
    WRONG = "wrong"  # answers something else
    EXPIRED = "expired"  # its certificate is out of date
    SILENT = "silent"  # no echo comes back
    UNREACHABLE = "unreachable"  # a router on the way says so
    LOSSY = "lossy"  # `amount` of the packets (a ratio) get lost
    LATE = "late"  # echoes take `amount` seconds more


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Kind
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Outage:
    """One fault of one or more checks, with an end: every outage recovers.

    `at` and `lasts` are seconds of the script. The first check is the cause, the others suffer
    the same; what else depends on them goes on working.
    """

    at: float
    lasts: float
    checks: tuple[str, ...]
    fault: Fault
    story: str
    """What happens, in Indonesian."""
    tale: str
    """The same in English."""

    @property
    def ends(self) -> float:
        return self.at + self.lasts
