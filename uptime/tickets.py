"""Vendors' tickets off the record: one line a ticket, with its times against the contract's.

A ticket belongs to the month in which it was reported. The outage beside it is what was
measured: from the first failing result to the recovery.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from uptime import availability
from uptime.config.model import Check, Config, Contract
from uptime.config.suggest import hint
from uptime.core.model import Incident
from uptime.core.text import rfc3339
from uptime.core.ticket import Clock, Ticket, clocks

_PAGE = 500


class Source(Protocol):
    """What is asked of the record."""

    def incidents(
        self,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
        check: str | None = None,
    ) -> Sequence[Incident]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket; `outage` is ms so far while the outage lasts (`incident.open`)."""

    incident: Incident
    ticket: Ticket
    contract: Contract | None
    response: Clock
    repair: Clock
    outage: int


@dataclass(frozen=True, slots=True)
class Total:
    """Of one kind of time: how many have an end, their mean (floored) and longest in ms; `met` and
    `missed` are counted where the contract has a target, a time that runs beyond it as missed.
    """

    count: int
    mean: int | None
    longest: int | None
    met: int
    missed: int


def line_of(incident: Incident, contract: Contract | None, now: int) -> Line | None:
    """None without a ticket."""
    ticket = incident.ticket
    if ticket is None:
        return None
    response, repair = clocks(
        ticket,
        _ms(contract.response if contract else None),
        _ms(contract.repair if contract else None),
        now,
    )
    ended = now if incident.ended is None else incident.ended
    return Line(incident, ticket, contract, response, repair, max(0, ended - incident.began))


def lines(
    config: Config, source: Source, contract: str | None, month: str | None, now: int
) -> list[Line]:
    """Tickets in the order of their reports, of one contract and one month where named.

    ValueError says what is wrong with the question and what to do.
    """
    if contract is not None and contract not in config.contracts:
        known = config.contracts
        raise ValueError(
            f'no contract named "{contract}"{hint(contract, known)}; '
            f"fix: correct it, or add [contracts.{contract}]"
        )
    window = None
    if month is not None:
        window = availability.month(month, ZoneInfo(config.siaga.timezone))
    found = []
    for incident in _incidents(config, source, contract):
        check = config.checks.get(incident.check or "")
        line = line_of(incident, contract_of(config, check), now)
        if line is None or (window and not window[0] <= line.ticket.reported < window[1]):
            continue
        found.append(line)
    return sorted(found, key=lambda line: (line.ticket.reported, line.incident.id))


def contract_of(config: Config, check: Check | None) -> Contract | None:
    return None if check is None or check.contract is None else config.contracts[check.contract]


def total(times: Iterable[Clock]) -> Total:
    all_ = list(times)
    known = [clock.ms for clock in all_ if clock.ms is not None and not clock.running]
    return Total(
        count=len(known),
        mean=sum(known) // len(known) if known else None,
        longest=max(known, default=None),
        met=sum(clock.met is True for clock in all_),
        missed=sum(clock.met is False for clock in all_),
    )


def document(line: Line) -> dict[str, object]:
    """As JSON values: times in UTC, durations in ms."""
    ticket, incident = line.ticket, line.incident
    return {
        "incident": incident.name,
        "check": incident.check,
        "contract": line.contract.id if line.contract else None,
        "number": ticket.number,
        "reported": rfc3339(ticket.reported),
        "acknowledged": rfc3339(ticket.acknowledged),
        "restored": rfc3339(ticket.restored),
        "response": _clock(line.response),
        "repair": _clock(line.repair),
        "outage_began": rfc3339(incident.began),
        "outage_ended": rfc3339(incident.ended),
        "outage_ms": line.outage,
        "by": ticket.by,
        "at": rfc3339(ticket.at),
    }


def totals(found: Sequence[Line]) -> dict[str, object]:
    """Response and repair of these tickets as JSON values."""
    out: dict[str, object] = {"tickets": len(found)}
    for name, times in (
        ("response", [line.response for line in found]),
        ("repair", [line.repair for line in found]),
    ):
        all_ = total(times)
        out[name] = {
            "count": all_.count,
            "mean_ms": all_.mean,
            "longest_ms": all_.longest,
            "met": all_.met,
            "missed": all_.missed,
        }
    return out


def _clock(clock: Clock) -> dict[str, object]:
    return {
        "ms": clock.ms,
        "running": clock.running,
        "target_ms": clock.target,
        "met": clock.met,
    }


def _incidents(config: Config, source: Source, contract: str | None) -> Iterator[Incident]:
    if contract is None:
        yield from _paged(source, None)
        return
    for check in config.checks.values():
        if check.contract == contract:
            yield from _paged(source, check.id)


def _paged(source: Source, check: str | None) -> Iterator[Incident]:
    last = None
    while page := source.incidents(check=check, after_id=last, limit=_PAGE):
        yield from page
        last = page[-1].id


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
