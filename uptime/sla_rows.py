"""The rows of `siaga sla` and `GET /sla`: of everything, of one check or service, group, contract.

Where nothing is laid over a check its sums are asked for, else its spans. With a daemon the record
is asked for in parts, so that its loop is never held; without one all at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from uptime.availability import (
    Record,
    Sums,
    Tally,
    chosen,
    groups_of,
    plain,
    rows,
    service_rows,
    watched,
)
from uptime.contracts import circuits
from uptime.overlays import Laid

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.schema import SlaRow

Window = tuple[int, int]
Plans = Callable[[str, Window], Laid]
_ASKED = 1000  # sums asked for at once
_READ = 200  # records read, and rows made, at once


class Reader(Protocol):
    """What is asked of the record without a daemon."""

    def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    def tallies(self, checks: Sequence[str], window: Window, until: int) -> Mapping[str, Tally]: ...
    def counted(
        self, laid: Mapping[str, Laid], window: Window, until: int
    ) -> Mapping[str, Tally]: ...


class Store(Protocol):
    """What is asked of it with one."""

    async def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    async def tallies(
        self, checks: Sequence[str], window: Window, until: int
    ) -> Mapping[str, Tally]: ...
    async def counted(
        self, laid: Mapping[str, Laid], window: Window, until: int
    ) -> Mapping[str, Tally]: ...


def read(
    config: Config,
    reader: Reader,
    window: Window,
    now: int,
    known_until: int,
    plans: Plans,
    *,
    check: str | None = None,
    group: str | None = None,
    contract: str | None = None,
) -> list[SlaRow]:
    """Checks, services, groups; or the one contract. The window ends at `now` at the latest, what
    is open is known until `known_until` (the daemon's last sign of life).

    KeyError for an id that does not exist, ValueError for a contract that no check measures.
    """
    if contract is not None:
        one = circuits(config, contract, plans)
        found = reader.records(one.members, *window)
        return service_rows([one], found, window, now, known_until, lay=one.lay, kind="contract")
    checks, services = chosen(config, check, group)
    past, seen = _past(window, now), min(now, known_until)
    tallies = {**reader.tallies(plain(checks, past, plans), past, seen)}
    rest = {each.id: plans(each.id, past) for each in checks if each.id not in tallies}
    tallies |= reader.counted(rest, past, seen)
    groups = groups_of(checks) if check is None else {}
    sums: Sums = {}
    out = rows(checks, tallies, past, now, sums=sums, lay=plans)
    records = reader.records(watched((), services), *past)
    out += service_rows(services, records, past, now, known_until, lay=plans)
    return out + rows((), tallies, past, now, groups, sums=sums, lay=plans)


async def ask(
    config: Config,
    store: Store,
    window: Window,
    now: int,
    plans: Plans,
    *,
    check: str | None = None,
    group: str | None = None,
    contract: str | None = None,
) -> list[SlaRow]:
    """The same while the daemon runs."""
    if contract is not None:
        one = circuits(config, contract, plans)
        found = await store.records(one.members, *window)
        return service_rows([one], found, window, now, lay=one.lay, kind="contract")
    checks, services = chosen(config, check, group)
    past = _past(window, now)
    looked = plain(checks, past, plans)
    tallies: dict[str, Tally] = {}
    for index in range(0, len(looked), _ASKED):
        tallies |= await store.tallies(looked[index : index + _ASKED], past, now)
    rest = [each.id for each in checks if each.id not in tallies]
    for index in range(0, len(rest), _READ):
        laid = {each: plans(each, past) for each in rest[index : index + _READ]}
        tallies |= await store.counted(laid, past, now)
    groups = groups_of(checks) if check is None else {}
    sums: Sums = {}
    out: list[SlaRow] = []
    for index in range(0, len(checks), _READ):
        out += rows(checks[index : index + _READ], tallies, past, now, sums=sums, lay=plans)
        await asyncio.sleep(0)
    records: dict[str, Record] = {}
    members = watched((), services)
    for index in range(0, len(members), _READ):
        records |= await store.records(members[index : index + _READ], *past)
    out += service_rows(services, records, past, now, lay=plans)
    return out + rows((), tallies, past, now, groups, sums=sums, lay=plans)


def _past(window: Window, now: int) -> Window:
    return window[0], max(window[0], min(window[1], now))
