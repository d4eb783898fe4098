"""What the pack says, in Indonesian and English; both languages hold the same keys with the same
placeholders (a test compares them).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ID = {
    "title": "Bukti dukung ketersediaan layanan {period}",
    "made": "Disusun {time} dari catatan pemantau",
    "provisional": "SEMENTARA: periode ini belum berakhir; data sampai {time}.",
    "broken": "PERINGATAN: buku besar rusak pada entri {entry}; paket ini tidak dapat "
    "dipertanggungjawabkan.",
    "fill": "ISI",
    "blank": "[ISI]",
    "services": "Target dan capaian per layanan",
    "services.text": "Ketersediaan dan kelengkapan data selalu dibaca bersama: waktu yang tidak "
    "diketahui tidak dihitung sebagai normal maupun sebagai gangguan. Belum pasti = yang tidak "
    "diketahui dapat mengubah jawabannya.",
    "month": "Bulan",
    "service": "Layanan",
    "target": "Target",
    "achieved": "Tercapai",
    "coverage": "Kelengkapan data",
    "down": "Gangguan, mnt",
    "outages": "Banyaknya",
    "verdict": "Hasil",
    "met": "tercapai",
    "missed": "tidak tercapai",
    "unsure": "belum pasti",
    "no-data": "tanpa data",
    "no-target": "tanpa target",
    "open": "–",
    "indicators": "Indikator",
    "indicators.text": "Pemetaan ini data, bukan ketentuan: cocokkan dengan instrumen tahun "
    "berjalan.",
    "instrument": "Instrumen",
    "number": "Nomor",
    "indicator": "Indikator",
    "untitled": "[ISI: judul menurut instrumen yang berlaku]",
    "files": "Berkas",
    "shows": "Yang ditunjukkan",
    "gap": "Yang tidak ditunjukkan",
    "reviews": "Reviu dan tindak lanjut",
    "reviews.text": "Pemantau tidak tahu siapa mereviu dan apa keputusannya. reviews.csv memuat "
    "satu baris per layanan per bulan; kolom yang bertanda [ISI] diisi oleh pereviu. Gangguan, "
    "sebab, dan catatan petugas ada di incidents.csv.",
    "not": "Yang TIDAK tercakup",
    "not.process": "SLA per proses pengguna (lama proses izin, antrean, dan sebagainya)",
    "not.complaints": "aduan pengguna dan tindak lanjutnya",
    "not.satisfaction": "kepuasan pengguna dan mutu isi layanan",
    "not.policy": "kebijakan, SOP, keputusan, dan bukti rapat",
    "not.drills": "hasil simulasi",
    "not.unwatched": "layanan yang tidak dipantau, dan waktu sebelum dipantau",
    "not.level": "tingkat kematangan: itu penilaian evaluator",
    "ledger": "Buku besar",
    "ledger.value": "{count} entri; kepala {head}; diperiksa dengan siaga ledger verify",
    "manifest": "manifest.json memuat SHA-256 setiap berkas.",
}

_EN = {
    "title": "Evidence of service availability {period}",
    "made": "Drawn up {time} from the monitor's record",
    "provisional": "PROVISIONAL: the period is not over; data until {time}.",
    "broken": "WARNING: the ledger is broken at entry {entry}; this pack cannot be answered for.",
    "fill": "FILL IN",
    "blank": "[FILL IN]",
    "services": "Promised and achieved, by service",
    "services.text": "Availability and data completeness are read together: time that is not known "
    "counts neither as normal nor as an outage. Not sure = what is unknown may change the answer.",
    "month": "Month",
    "service": "Service",
    "target": "Target",
    "achieved": "Achieved",
    "coverage": "Data completeness",
    "down": "Down, min",
    "outages": "Outages",
    "verdict": "Result",
    "met": "met",
    "missed": "missed",
    "unsure": "not sure",
    "no-data": "no data",
    "no-target": "no target",
    "open": "–",
    "indicators": "Indicators",
    "indicators.text": "This mapping is data and no authority: compare it with the instrument in "
    "force.",
    "instrument": "Instrument",
    "number": "Number",
    "indicator": "Indicator",
    "untitled": "[FILL IN: title in the instrument in force]",
    "files": "Files",
    "shows": "What they show",
    "gap": "What they do not show",
    "reviews": "Reviews and what followed",
    "reviews.text": "The monitor does not know who reviewed what and what was decided. reviews.csv "
    "has a line a service and month; columns marked [FILL IN] are for the reviewer. Outages, "
    "causes and notes of those on duty are in incidents.csv.",
    "not": "What is NOT covered",
    "not.process": "SLA per user process (time for a permit, a queue, and so on)",
    "not.complaints": "complaints of users and what followed",
    "not.satisfaction": "satisfaction of users and quality of contents",
    "not.policy": "policies, procedures, decrees and minutes",
    "not.drills": "results of drills",
    "not.unwatched": "services that are not watched, and the time before they were",
    "not.level": "the level of maturity: that is for the evaluator to say",
    "ledger": "Ledger",
    "ledger.value": "{count} entries; head {head}; checked with siaga ledger verify",
    "manifest": "manifest.json has the SHA-256 of every file.",
}

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"id": MappingProxyType(_ID), "en": MappingProxyType(_EN)}
)
