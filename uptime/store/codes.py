"""Status, blame and reason as one small number; the numbers are on disk, so lists only grow."""

from __future__ import annotations

from functools import cache

from uptime.core.model import Status

_STATUSES = (Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN)
_BLAMES = ("target", "path", "self")
REASONS = (
    None, "timeout", "refused", "reset", "unreachable", "dns", "tls", "certificate", "protocol",
    "incomplete", "too_large", "redirect", "status", "assertion", "invalid", "auth", "host_key",
    "permission", "policy", "missed", "self", "error", "stale",
)  # fmt: skip


@cache
def encode(status: str, blame: str, reason: str | None) -> int:
    """A reason that is not on the list is an error of the probe, and stored as `error`."""
    known = reason if reason in REASONS else "error"
    return _STATUSES.index(Status(status)) | _BLAMES.index(blame) << 2 | REASONS.index(known) << 4


@cache
def decode(code: int) -> tuple[Status, str, str | None]:
    return _STATUSES[code & 3], _BLAMES[code >> 2 & 3], REASONS[code >> 4]
