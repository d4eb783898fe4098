"""From the configuration and the record to a claim, whether a daemon runs or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

from uptime import availability
from uptime.availability import DAY, Record
from uptime.claims.period import Period, period_of
from uptime.config.model import Check, Config, Contract, Service
from uptime.contracts import agreed, measured_by, named
from uptime.core.claim import Claim, claim
from uptime.core.claim_money import Terms
from uptime.core.claim_outages import behind, gaps_of, outages_of
from uptime.core.intervals import Closed, union
from uptime.core.maintenance import Entered
from uptime.core.model import Incident
from uptime.core.sla import TimeLedger, account
from uptime.overlays import Laid, Overlays
from uptime.schema import SlaRow
from uptime.store.values import Verified
from uptime.tickets import Line, line_of

Window = tuple[int, int]
_MARGIN = 31 * DAY  # an outage is judged whole; none is looked for further away
_PAGE = 500


class Source(Protocol):
    """What is asked of the record."""

    def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    def incidents(
        self,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
        check: str | None = None,
    ) -> Sequence[Incident]: ...
    def maintenance(self) -> Sequence[Entered]: ...
    def life(self) -> int | None: ...
    def ledger_verify(self) -> Verified: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """What a circuit, or a service that can do without it, was in the period, as `siaga sla` has
    it; `service` is None for a circuit.
    """

    name: str
    service: Service | None
    row: SlaRow


@dataclass(frozen=True, slots=True)
class Paper:
    """A claim with all that is printed around it.

    `circuits` are the checks by id with their names, `known` the time ledger over them;
    `until` is set while the month is not over: what came after it is not in the claim. `beside`
    are the circuits and the services that have them for main or backup: shown, never reckoned
    with, and empty where there is no such service. `tickets` are those of the outages. `planned` is
    all maintenance of the period by check, agreed or not.
    """

    organisation: str
    zone: ZoneInfo
    contract: Contract
    period: Period
    circuits: Mapping[str, str]
    claim: Claim
    known: TimeLedger
    until: int | None
    ledger: Verified
    beside: Sequence[Figure]
    tickets: Sequence[Line]
    planned: Mapping[str, list[Closed]]


def gather(
    config: Config,
    source: Source,
    contract_id: str,
    month: str,
    now: int,
) -> Paper:
    """The claim of a contract for a month such as "2026-11".

    ValueError says what is wrong with the question and what to do.
    """
    contract = named(config, contract_id)
    checks = measured_by(config, contract_id)
    zone = ZoneInfo(config.siaga.timezone)
    period = period_of(month, contract, zone)
    start, end = period.window
    # Without a daemon nothing is known past its last sign of life.
    life = source.life()
    seen = start if life is None else min(now, life)
    if start >= now:
        raise ValueError(f"{month} lies in the future; fix: choose a month that has begun")
    passed = (start, min(end, now))
    parents = {parent for check in checks for way in check.depends_on for parent in way}
    services = _spared(config, checks)
    asked = dict.fromkeys([*availability.watched(checks, services), *parents])
    records = source.records(list(asked), start - _MARGIN, end + _MARGIN)
    above = {
        parent: outages_of(parent, records[parent].spans, records[parent].monitored, (), until=seen)
        for parent in parents & records.keys()
    }
    outages, gaps, known = [], [], TimeLedger()
    said = dict[str, Line]()
    for check in checks:
        record = records.get(check.id, Record((), ()))
        found = _incidents(source, check)
        lines = [(each.name, line_of(each, contract, seen)) for each in found]
        said |= {name: line for name, line in lines if line is not None}
        own = outages_of(check.id, record.spans, record.monitored, found, until=seen)
        outages += [behind(outage, check.depends_on, above) for outage in own]
        gaps += gaps_of(check.id, record.spans, record.monitored, passed, until=seen)
        known += account(passed, record.spans, record.monitored, until=seen)
    lay = Overlays(config, source.maintenance()).of
    # An outage is judged whole: so are the months beside its own.
    first, following = availability.month(month, zone)
    around = (first - 1, following + 1)
    left_out = {check.id: agreed(contract, check.id, around, zone, lay) for check in checks}
    judged = claim(terms_of(contract), period.window, period.length, outages, gaps, left_out)
    return Paper(
        organisation=config.siaga.organisation,
        zone=zone,
        contract=contract,
        period=period,
        circuits={check.id: check.name for check in checks},
        claim=judged,
        known=known,
        until=min(now, seen) if now < end else None,
        ledger=source.ledger_verify(),
        beside=_beside(checks, services, records, passed, seen, lay),
        tickets=_told(judged, said),
        planned={
            check.id: _planned(lay(check.id, period.window), period.window) for check in checks
        },
    )


def _told(judged: Claim, said: Mapping[str, Line]) -> list[Line]:
    """The tickets of the outages of a claim, each once, in the order of the outages."""
    names = dict.fromkeys(row.outage.incident or "" for row in judged.rows)
    return [said[name] for name in names if name in said]


def _spared(config: Config, circuits: Sequence[Check]) -> list[Service]:
    """Services that go on while one of the circuits is down, as long as another member works."""
    mine = {check.id for check in circuits}
    return [
        service
        for service in config.services.values()
        if service.type != "all" and mine & set(service.members)
    ]


def _beside(
    circuits: Sequence[Check],
    services: Sequence[Service],
    records: Mapping[str, Record],
    window: Window,
    seen: int,
    lay: Callable[[str, Window], Laid],
) -> list[Figure]:
    if not services:
        return []
    end = window[1]
    own = availability.rows(circuits, records, window, end, known_until=seen, lay=lay)
    theirs = availability.service_rows(services, records, window, end, seen, lay=lay)
    return [
        *(Figure(check.name, None, row) for check, row in zip(circuits, own, strict=True)),
        *(Figure(each.name, each, row) for each, row in zip(services, theirs, strict=True)),
    ]


def terms_of(contract: Contract) -> Terms:
    """A contract's terms, exact: percentages as they are written, not as they are stored."""
    return Terms(
        sla=_share(contract.sla),
        fee=contract.fee,
        formula=contract.formula,
        tiers=tuple((_share(tier.below), _share(tier.refund)) for tier in contract.tiers),
        cap=None if contract.cap is None else _share(contract.cap),
        minimum=round(contract.minimum_outage * 1000),
        exclude=contract.exclude,
    )


def _share(percent: float) -> Fraction:
    return Fraction(str(percent)) / 100


def _planned(laid: Laid, window: Window) -> list[Closed]:
    return union([(each.start, each.end) for each in laid.maintenance], *window)


def _incidents(source: Source, check: Check) -> list[Incident]:
    found: list[Incident] = []
    while page := source.incidents(
        check=check.id, after_id=found[-1].id if found else None, limit=_PAGE
    ):
        found += page
    return found
