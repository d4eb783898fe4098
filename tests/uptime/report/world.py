"""A record of months on a real file, written as quickly as a daemon never could."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.uptime.store.helpers import url
from uptime.core.maintenance import Entered, Plan
from uptime.core.match import Match
from uptime.core.model import (
    Acknowledgement,
    Batch,
    Condition,
    Delivery,
    Entry,
    Incident,
    Note,
    Notification,
    Severity,
    Status,
    Transition,
)
from uptime.core.statements import entry, of_maintenance, of_transition
from uptime.store import Store
from uptime.store.accept import accept

ZONE = ZoneInfo("Asia/Jakarta")
MINUTE = 60_000

CONFIG = """
[siaga]
organisation = "Diskominfo Kabupaten Contoh"
database = "sqlite:///siaga.db"

[groups.kecamatan]
name = "Tautan kecamatan"

[checks.web]
type = "tcp"
target = "192.0.2.1:443"
name = "Portal"
objective = 99.5
public = { name = "Portal kabupaten" }

[checks.izin]
type = "tcp"
target = "192.0.2.2:443"
name = "Perizinan"
objective = 99.5
public = { name = "Perizinan daring" }

[checks.isp-a]
type = "tcp"
target = "192.0.2.3:443"
name = "ISP A"
contract = "isp-a"

[checks.kec-bergas]
type = "tcp"
target = "192.0.2.4:443"
name = "Kecamatan Bergas"
group = "kecamatan"
depends_on = ["isp-a"]
labels = { kecamatan = "Bergas" }

[contracts.isp-a]
provider = "PT Serat Contoh"
number = "027/101/2026"
circuit = "FO-1G-0001"
sla = 99.5
fee = 18500000
formula = "selisih"
"""
CHECKS = ("web", "izin", "isp-a", "kec-bergas")


def at(text: str) -> int:
    """Milliseconds of local time such as "2026-10-03 02:10"."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Down:
    """An outage, `minutes` None while it lasts; `lead` ms before each edge the last result."""

    check: str
    began: str | int
    minutes: int | None
    cause: str | None = None
    note: str | None = None
    acked: int | None = None
    affected: tuple[str, ...] = ()
    lead: int = 30_000

    @property
    def start(self) -> int:
        return self.began if isinstance(self.began, int) else at(self.began)

    @property
    def end(self) -> int | None:
        return None if self.minutes is None else self.start + self.minutes * MINUTE


@dataclass(frozen=True, slots=True)
class World:
    """What is on record: `checks` were up from `since` on but for `downs`; of the `silent` ones
    there was never a result; nothing is known of `blind` stretches.
    """

    downs: Sequence[Down] = ()
    checks: Sequence[str] = CHECKS
    silent: Sequence[str] = ()
    blind: Sequence[tuple[str, str]] = ()
    since: str = "2026-08-15 00:00"
    until: str = "2026-11-04 12:00"
    maintenance: Sequence[Entered] = ()
    messages: Sequence[Notification] = ()
    config: str = CONFIG
    extra: Callable[[Store], None] = field(default=lambda _: None)

    def record(self, folder: Path) -> Path:
        """Into a folder; the path of the configuration, beside its database."""
        file = folder / "checks.toml"
        file.write_text(self.config, "utf-8")
        start, until = at(self.since), at(self.until)
        store = Store.open(url(folder / "siaga.db"), clock=lambda: until)
        try:
            key = store.signer.public
            store._writer.commit(
                Batch(entries=(entry("start", start, version="1", key=key),))
            ).result()
            names: dict[str, str | None] = dict.fromkeys(self.checks)
            store._writer.call(lambda book: accept(book, names, start)).result()
            changes = sorted(self._changes(start), key=lambda each: each[0].at)
            store._writer.commit(
                Batch(
                    transitions=tuple(change for change, _ in changes),
                    incidents=tuple(self.incidents()),
                    notifications=tuple(self.messages),
                    overlays=tuple(self.maintenance),
                    entries=(*(of_transition(c, n) for c, n in changes), *self._entered()),
                    life=until,
                )
            ).result()
            self.extra(store)
        finally:
            store.close()
        return file

    def _numbered(self) -> Iterable[tuple[int, Down]]:
        return enumerate(sorted(self.downs, key=lambda down: down.start), 1)

    def _changes(self, start: int) -> Iterable[tuple[Transition, int | None]]:
        up, down, none = Condition.UP, Condition.DOWN, Condition.NONE
        for check in self.checks:
            if check in self.silent:
                continue
            yield Transition(check, start, none, up, Status.UNKNOWN, Status.UP, start), None
            for first, last in self.blind:
                a, b = at(first), at(last)
                yield Transition(
                    check, b, up, up, Status.UNKNOWN, Status.UP, b, unknown=(a, b)
                ), None  # fmt: skip
        for number, each in self._numbered():
            began, ended = each.start, each.end
            yield Transition(
                each.check, began, up, down, Status.UP, Status.DOWN, began,
                bound=began - each.lead, reason="timeout",
            ), number  # fmt: skip
            if ended is not None:
                yield Transition(
                    each.check, ended, down, up, Status.DOWN, Status.UP, ended,
                    bound=ended - each.lead,
                ), number  # fmt: skip

    def incidents(self) -> Iterable[Incident]:
        for number, each in self._numbered():
            began, ended = each.start, each.end
            acked = None
            if each.acked is not None:
                acked = Acknowledgement("budi", began + each.acked * MINUTE)
            yield Incident(
                number, "down", each.check, Severity.HIGH, began, began_bound=began - each.lead,
                ended=ended, ended_bound=None if ended is None else ended - each.lead,
                cause=each.cause, closing=None if ended is None else "recovered",
                notes=(Note("budi", began, each.note),) if each.note else (), acked=acked,
                affected=each.affected, cause_by=None if each.cause is None else "budi",
                cause_at=None if each.cause is None else began,
            )  # fmt: skip

    def _entered(self) -> Iterable[Entry]:
        yield from (of_maintenance(each) for each in self.maintenance)
        for each in self.incidents():
            if each.acked is not None:
                said = each.acked
                yield entry("acknowledgement", said.at, incident=each.name, by=said.by)
            if each.cause is not None and each.cause_at is not None:
                yield entry(
                    "cause", each.cause_at, incident=each.name, by=each.cause_by, cause=each.cause
                )
            for note in each.notes:
                yield entry("note", note.at, incident=each.name, by=note.by, text=note.text)


def work(number: int, check: str, began: str, minutes: int, reason: str) -> Entered:
    plan = Plan(
        Match(checks=frozenset({check})), datetime.fromisoformat(began), minutes * MINUTE,
        "Asia/Jakarta", reason=reason, announced=at(began) - 3 * 86_400_000,
    )  # fmt: skip
    return Entered(number, plan, "budi", at("2026-09-01 00:00"))


def message(
    number: int, created: str, late: int = 0, state: Delivery = Delivery.DELIVERED
) -> Notification:
    """One that was delivered `late` seconds after it was due."""
    due = at(created)
    return Notification(
        number, 1, "piket", "down", number, due, due, state=state,
        delivered=due + late * 1000 if state is Delivery.DELIVERED else None,
    )  # fmt: skip
