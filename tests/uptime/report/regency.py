"""A month of the sixty checks of the repository: what the papers were looked at with."""

from __future__ import annotations

import random
from pathlib import Path

from tests.uptime.report.world import MINUTE, Down, World, at, message, work
from uptime.config import load
from uptime.core.model import Delivery

ROOT = Path(__file__).parents[3]
_TITLES = (
    "Perizinan berusaha",
    "Antrean Mal Pelayanan Publik",
    "Administrasi kependudukan",
    "Surat elektronik",
    "Portal kabupaten",
    "Pengaduan masyarakat",
    "Presensi pegawai",
    "Kepegawaian",
    "Jaringan dokumentasi dan informasi hukum daerah beserta seluruh peraturan bupati",
    "Informasi publik (PPID)",
    "Tautan kecamatan utara",
    "Tautan kecamatan selatan",
    "RSUD A",
    "RSUD B",
    "Pusat data",
    "Sistem penghubung layanan",
)
_CAUSES = ("vendor", "vendor", "listrik", "listrik", "jaringan internal", "aplikasi", "tikus", None)
_NOTES = (
    "Penyedia memperbaiki serat yang putus di ruas Bawen; tiket 88231.",
    "UPS kecil dipesan untuk lokasi ini.",
    "Konfigurasi switch dipulihkan dari cadangan.",
    None,
    None,
)


def regency(
    folder: Path, *, services: int, seed: int = 7, month: str = "2026-10", busy: int = 1
) -> Path:
    """The sixty checks of the repository with outages of two months; so many services, one
    of which has a long name and one no data; `busy` times as many outages.
    """
    chance = random.Random(seed)
    config = load(ROOT / "checks.toml", {})
    text = (ROOT / "checks.toml").read_text("utf-8")
    names = [check for check in config.checks if check != "web-opd-contoh"]
    if services:
        text += "\n".join(_service(i, chance, names) for i in range(services))
        text += (
            '\n[checks.layanan-kosong]\ntype = "all"\nmembers = ["web-opd-contoh"]\n'
            'objective = 99.5\nname = "Layanan yang tidak pernah terukur"\n'
        )
    first = at(f"{month}-01 00:00") - 30 * 86_400_000
    downs: list[Down] = []
    for check in names:
        free = first
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 7)) * busy):
            free += chance.randrange(6 * 60, 20 * 24 * 60 // busy) * MINUTE
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
    downs = [
        d for d in downs if d.check not in (*tower, "twr-utama") or d.start < fell - 86_400_000
    ]
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
    members = chance.sample(names, chance.choice((1, 2, 2, 3)))
    kind = chance.choice(("all", "all", "any"))
    title = _TITLES[number % len(_TITLES)]
    return (
        f'[checks.layanan-{number}]\ntype = "{kind}"\nmembers = {members!r}\n'
        f'objective = {chance.choice((99.0, 99.5, 99.9))}\nname = "{title}"\n'
    ).replace("'", '"')
