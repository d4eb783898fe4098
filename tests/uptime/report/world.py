"""A record of months on a real file, written as quickly as a daemon never could."""

from __future__ import annotations

import random
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

ROOT = Path(__file__).parents[3]
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
                    incidents=tuple(self._incidents()),
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

    def _incidents(self) -> Iterable[Incident]:
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
                affected=each.affected,
            )  # fmt: skip

    def _entered(self) -> Iterable[Entry]:
        return (of_maintenance(each) for each in self.maintenance)


def work(number: int, check: str, began: str, minutes: int, reason: str) -> Entered:
    plan = Plan(
        Match(checks=frozenset({check})), datetime.fromisoformat(began), minutes * MINUTE,
        "Asia/Jakarta", reason=reason, announced=at(began) - 3 * 86_400_000,
    )  # fmt: skip
    return Entered(number, plan, "budi", at("2026-09-01 00:00"))


def message(number: int, created: str, late: int = 0, state: Delivery = Delivery.DELIVERED) -> Notification:
    """One that was delivered `late` seconds after it was due."""
    due = at(created)
    return Notification(
        number, 1, "piket", "down", number, due, due, state=state,
        delivered=due + late * 1000 if state is Delivery.DELIVERED else None,
    )  # fmt: skip


# ---- a regency ----

_CAUSES = ("vendor", "vendor", "listrik", "listrik", "jaringan internal", "aplikasi", "tikus", None)
_NOTES = (
    "Penyedia memperbaiki serat yang putus di ruas Bawen; tiket 88231.",
    "UPS kecil dipesan untuk lokasi ini.",
    "Konfigurasi switch dipulihkan dari cadangan.",
    None,
    None,
)


def regency(folder: Path, *, services: bool, seed: int = 7, month: str = "2026-10") -> Path:
    """The sixty checks of the repository with outages of two months; with or without services,
    one of which has a long name and one no data.
    """
    chance = random.Random(seed)
    from uptime.config import load

    config = load(ROOT / "checks.toml", {})
    text = (ROOT / "checks.toml").read_text("utf-8")
    names = [check for check in config.checks if check != "web-opd-contoh"]
    if services:
        text += "\n".join(_service(i, chance, names) for i in range(16))
        text += (
            '\n[checks.layanan-kosong]\ntype = "all"\nmembers = ["web-opd-contoh"]\n'
            'objective = 99.5\nname = "Layanan yang tidak pernah terukur"\n'
        )
    first = at(f"{month}-01 00:00") - 30 * 86_400_000
    downs: list[Down] = []
    for check in names:
        busy = chance.choice((0, 0, 1, 1, 2, 3, 7))
        free = first
        for _ in range(busy):
            free += chance.randrange(6 * 60, 20 * 24 * 60) * MINUTE
            length = round(chance.lognormvariate(2.6, 1.2)) + 2
            if free + length * MINUTE > at(f"{month}-30 00:00"):
                break
            downs.append(
                Down(
                    check, free, length, chance.choice(_CAUSES), chance.choice(_NOTES),
                    acked=chance.choice((None, 3, 9)),
                )
            )  # fmt: skip
            free += (length + 60) * MINUTE
    tower = [n for n in names if n.removeprefix("kec-") in
             ("sumowono", "bandungan", "jambu", "banyubiru", "getasan")]  # fmt: skip
    fell = at(f"{month}-17 13:40")
    downs = [d for d in downs if d.check not in (*tower, "twr-utama") or d.start < fell - 86_400_000]
    downs.append(
        Down("twr-utama", fell, 385, "keadaan kahar", "Menara diganti sementara dengan tiang; "
             "pengadaan tetap diajukan dalam perubahan anggaran.", 6, tuple(tower))
    )  # fmt: skip
    downs += [Down(check, fell + 20_000, 386) for check in tower]
    downs = [d for d in downs if d.check != "site-setda"]
    downs.append(Down("site-setda", f"{month}-30 22:15", None, None, "Teknisi di jalan.", 12))
    messages = [
        message(n, f"{month}-{1 + n % 28:02d} 10:{n % 60:02d}", chance.choice((1, 2, 4, 4, 300)))
        for n in range(1, 160)
    ]
    messages.append(message(200, f"{month}-12 11:00", state=Delivery.DEAD))
    return World(
        downs=downs,
        checks=list(config.checks),
        silent=["web-opd-contoh"],
        blind=[(f"{month}-09 01:12", f"{month}-09 03:40")],
        maintenance=[
            work(1, "dc-hv1", f"{month}-11 22:00", 120, "Pemutakhiran hipervisor"),
            work(2, "web-portal", f"{month}-25 21:00", 45, "Pemasangan sertifikat baru"),
        ],
        messages=messages,
        config=text,
    ).record(folder)


def _service(number: int, chance: random.Random, names: list[str]) -> str:
    titles = (
        "Perizinan berusaha", "Antrean Mal Pelayanan Publik", "Administrasi kependudukan",
        "Surat elektronik", "Portal kabupaten", "Pengaduan masyarakat", "Presensi pegawai",
        "Kepegawaian",
        "Jaringan dokumentasi dan informasi hukum daerah beserta seluruh peraturan bupati", "Informasi publik (PPID)", "Tautan kecamatan "
        "utara", "Tautan kecamatan selatan", "RSUD A", "RSUD B", "Pusat data", "Sistem penghubung "
        "layanan",
    )  # fmt: skip
    members = chance.sample(names, chance.choice((1, 2, 2, 3)))
    kind = chance.choice(("all", "all", "any"))
    return (
        f'[checks.layanan-{number}]\ntype = "{kind}"\nmembers = {members!r}\n'
        f'objective = {chance.choice((99.0, 99.5, 99.9))}\nname = "{titles[number]}"\n'
    ).replace("'", '"')
