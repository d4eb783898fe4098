"""What the notifier is given by others: the check as a message needs it, channels, settings.

The daemon fills these in from the board and the configuration; nothing here looks anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from probes.base import Secret
from uptime.core.model import Result, Severity, Status


@dataclass(frozen=True, slots=True)
class Subject:
    """A check, as far as a message speaks of it.

    `availability` and `objective` are percent; `availability` is this month's, None without
    data. `external` says that it lies beyond the uplink; `uplink` whether the uplink is known
    to be fine, None if nobody looked.
    """

    id: str
    name: str
    severity: Severity = Severity.MEDIUM
    state: Status = Status.UNKNOWN
    group: str | None = None
    external: bool = False
    uplink: bool | None = None
    result: Result | None = None
    objective: float | None = None
    availability: float | None = None


class Settings(NamedTuple):
    """Who speaks, in which zone, in which language when a channel does not say."""

    organisation: str
    timezone: str
    language: str


class ChannelLike(Protocol):
    """The part of a configured channel that delivery needs."""

    @property
    def id(self) -> str: ...
    @property
    def url(self) -> Secret: ...
    @property
    def language(self) -> str: ...


class Counts(Protocol):
    """The part of the metrics that delivery feeds."""

    def notification(self, channel: str, outcome: str) -> None:
        """One attempt or one end of a notification: delivered, failed, merged or dead."""
