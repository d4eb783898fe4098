"""A record of one contract on a real file, as the daemon would have written it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.uptime.store.helpers import opened
from uptime.core.maintenance import Entered, Plan
from uptime.core.match import Match
from uptime.core.model import Batch, Blip, Condition, Incident, Severity, Status, Transition
from uptime.core.proposed import Proposal
from uptime.store.accept import accept

ZONE = ZoneInfo("Asia/Jakarta")
MINUTE = 60_000

CONFIG = """
[siaga]
organisation = "Diskominfo Kabupaten Contoh"
database = "sqlite:///siaga.db"

[checks.isp-a]
type = "tcp"
target = "192.0.2.1:443"
name = "ISP A, serat 1 Gbps"
contract = "isp-a"

[contracts.isp-a]
provider = "PT Serat Contoh"
number = "027/101/2025"
circuit = "FO-1G-0001"
sla = 99.5
fee = 18500000
formula = "selisih"
"""


def at(text: str) -> int:
    """Milliseconds of local time such as "2025-10-03 02:10"."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Down:
    """An outage: `lead` ms before each edge the last result before it; from and until which of
    its minutes the monitor was blind.
    """

    began: str
    minutes: int
    cause: str | None = None
    check: str = "isp-a"
    lead: int = 30_000
    blind: tuple[int, int] | None = None
    proposed: Proposal | None = None


VECTOR = (
    Down("2025-10-03 02:10", 560, "vendor"),
    Down("2025-10-08 19:00", 140, "Listrik (PLN)"),
    Down("2025-10-12 22:00", 95, "pemeliharaan"),
    Down("2025-10-15 08:00", 5, "vendor"),
    Down("2025-10-15 09:00", 5),
    Down("2025-10-15 10:00", 5),
    Down("2025-10-15 11:00", 2),
)
"""domain.md 2.4: 812 minutes, less 95, 140 and 17, in a month of 31 days."""


def work(
    began: str, minutes: int, announced: str | None = None, entered: str | None = None
) -> Entered:
    """Maintenance of isp-a; entered when the record begins unless it says otherwise."""
    plan = Plan(
        Match(checks=frozenset({"isp-a"})), datetime.fromisoformat(began), minutes * MINUTE,
        "Asia/Jakarta", announced=None if announced is None else at(announced),
    )  # fmt: skip
    return Entered(1, plan, "budi", at(entered or "2025-09-01 00:00"))


def recorded(
    tmp_path: Path,
    downs: Sequence[Down] = VECTOR,
    config: str = CONFIG,
    since: str = "2025-09-01 00:00",
    until: str = "2025-11-20 00:00",
    checks: Sequence[str] = ("isp-a",),
    maintenance: Sequence[Entered] = (),
    blips: Sequence[Blip] = (),
) -> Path:
    """A configuration beside its database, in which the checks were up but for `downs`."""
    file = tmp_path / "checks.toml"
    file.write_text(config, "utf-8")
    start = at(since)
    with opened(tmp_path / "siaga.db") as store:
        names: dict[str, str | None] = dict.fromkeys(checks)
        store._writer.call(lambda book: accept(book, names, start)).result()
        for check in checks:
            first = Transition(
                check, start, Condition.NONE, Condition.UP, Status.UNKNOWN, Status.UP, start
            )
            store._writer.commit(Batch(transitions=(first,))).result()
        for number, down in enumerate(sorted(downs, key=lambda d: at(d.began)), 1):
            for batch in _batches(number, down):
                store._writer.commit(batch).result()
        last = Batch(overlays=tuple(maintenance), blips=tuple(blips), life=at(until))
        store._writer.commit(last).result()
    return file


def _batches(number: int, down: Down) -> Iterator[Batch]:
    began = at(down.began)
    ended = began + down.minutes * MINUTE
    fell = Transition(
        down.check, began, Condition.UP, Condition.DOWN, Status.UP, Status.DOWN, began,
        bound=began - down.lead,
    )  # fmt: skip
    rose = Transition(
        down.check, ended, Condition.DOWN, Condition.UP, Status.DOWN, Status.UP, ended,
        bound=ended - down.lead,
    )  # fmt: skip
    incident = Incident(
        number, "down", down.check, Severity.HIGH, began, began_bound=began - down.lead,
        ended=ended, ended_bound=ended - down.lead, cause=down.cause, closing="recovered",
        proposed=down.proposed,
    )  # fmt: skip
    yield Batch(transitions=(fell,))
    if down.blind is not None:
        first, last = (began + minute * MINUTE for minute in down.blind)
        seen = Transition(
            down.check, last, Condition.DOWN, Condition.DOWN, Status.UNKNOWN, Status.DOWN, last,
            unknown=(first, last),
        )  # fmt: skip
        yield Batch(transitions=(seen,))
    yield Batch(transitions=(rose,), incidents=(incident,))
