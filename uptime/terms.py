"""How everything is judged, as the ledger is told: by subject and field, secrets masked.

What only names or shows a thing is left out: a change of it alters no figure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from uptime.config import Check, Config
from uptime.web.wire import plain

Terms = Mapping[str, Mapping[str, object]]
_SHOWS = {
    "id", "name", "probe", "policy", "fingerprint", "labels", "public", "runbook", "was",
}  # fmt: skip


def terms(config: Config) -> Terms:
    """What can alter a figure, by subject: `siaga`, `check ID`, `service ID`, `calendar ID`,
    `contract ID`.
    """
    found: dict[str, Mapping[str, object]] = {
        "siaga": {"timezone": config.siaga.timezone, "raw_s": config.history.raw}
    }
    for check in config.checks.values():
        found[f"check {check.id}"] = _check(check)
    for service in config.services.values():
        found[f"service {service.id}"] = {
            name: plain(getattr(service, name)) for name in ("type", "members", "n", "objective")
        }
    for calendar in config.calendars.values():
        found[f"calendar {calendar.id}"] = plain(calendar)
    for contract in config.contracts.values():
        found[f"contract {contract.id}"] = plain(contract)
    return found


def _check(check: Check) -> dict[str, Any]:
    names = (each.name for each in dataclasses.fields(check))
    fields = {name: plain(getattr(check, name)) for name in names if name not in _SHOWS}
    options = plain(check.probe)
    return fields | {
        f"probe.{name}": value for name, value in options.items() if name not in fields
    }
