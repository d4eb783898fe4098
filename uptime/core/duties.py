"""Until when an incident has to be reported, counted in elapsed hours from its discovery.

1 x 24 hours: Regulation 1/2024 of the national cyber and crypto agency (BSSN), article 15 (5), for
vital information infrastructure. 3 x 24 hours: Law 27/2022 on personal data, article 46 (1).
Whether a duty applies is for people to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_HOUR = 3_600_000


class Duty(StrEnum):
    VITAL = "vital-infrastructure"
    PERSONAL = "personal-data"


HOURS = {Duty.VITAL: 24, Duty.PERSONAL: 72}


@dataclass(frozen=True, slots=True)
class Deadline:
    """Times in ms; `due` itself is still in time."""

    duty: Duty
    due: int

    def left(self, now: int) -> int:
        """Below 0 once it is overdue."""
        return self.due - now


def deadlines(found: int) -> list[Deadline]:
    """Of all duties, the nearest first."""
    return sorted(
        (Deadline(duty, found + hours * _HOUR) for duty, hours in HOURS.items()),
        key=lambda deadline: deadline.due,
    )
