"""What the page of a bundle says, in Indonesian and English (domain.md 2.5).

Sentences are `str.format` templates; both languages hold the same keys with the same
placeholders (a test compares them).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ID = {
    "title": "Berkas bukti {incident}",
    "source": "menurut data pemantauan {organisation}",
    # the answer
    "down": "{name} terputus",
    "degraded": "{name} terganggu",
    "other": "{name}: {kind}",
    "nobody": "Pemantau",
    "closed": "dari {began} sampai {ended}, selama {length}.",
    "open": "sejak {began}, belum pulih; data sampai {until}.",
    "removed": "dari {began}; pemeriksaan dihapus dari konfigurasi pada {ended}, pemulihan tidak "
    "teramati.",
    "bounds": "Teramati paling sedikit {least}, paling banyak {most}: setiap tepi adalah selang "
    "antara dua hasil pengukuran.",
    "zone": "Semua waktu di halaman ini {zone}; di berkas CSV dan JSON waktu UTC.",
    "check": "Pemeriksaan",
    "kind": "Jenis",
    "severity": "Keparahan",
    "severity.critical": "kritis",
    "severity.high": "tinggi",
    "severity.medium": "sedang",
    "severity.low": "rendah",
    "reason": "Gejala",
    "cause": "Sebab",
    "cause.none": "belum diisi",
    "runbook": "Panduan penanganan",
    "affected": "Ikut terdampak",
    "warning.bad": "PERINGATAN: buku besar tidak cocok pada entri {entry}. Bukti ini tidak dapat "
    "dipertanggungjawabkan sebelum itu dijelaskan.",
    "warning.unsigned": "Entri {first} s.d. {last} belum ditandatangani: tidak ada kepala buku "
    "bertanda tangan yang menutupnya.",
    "warning.dropped": "Hasil mentah sebelum {until} sudah dihapus sesuai masa simpan (entri "
    "{entry} buku besar); rentang status dan buku besar tetap ada.",
    "warning.results": "Tidak ada hasil mentah di sekitar tepi yang masih tersimpan.",
    "warning.differ": "PERINGATAN: hasil tanggal {day} yang tersimpan bukan yang ditandatangani "
    "ketika hari itu ditutup.",
    "warning.minutes": "PERINGATAN: catatan pemantau tentang dirinya tanggal {day} yang tersimpan "
    "bukan yang ditandatangani ketika hari itu ditutup.",
    # edges
    "edges": "Kedua tepi",
    "edge.last_good": "terakhir baik",
    "edge.first_bad": "pertama gagal",
    "edge.last_bad": "terakhir gagal",
    "edge.first_good": "pertama baik kembali",
    "edge.newest": "hasil terbaru",
    "edge.missing": "tidak teramati",
    "edge.gone": "teramati; hasil mentahnya tidak tersimpan lagi",
    "edge": "Tepi",
    "time": "Waktu",
    "result": "Hasil",
    "results.first": "Hasil di sekitar permulaan",
    "results.last": "Hasil di sekitar pemulihan",
    "results.newest": "Hasil terbaru",
    "results.both": "Hasil di sekitar kedua tepi",
    "results.text": "Sampai {around} hasil di tiap sisi tepi; lengkap dengan fase di results.csv.",
    "results.proven": "{proven} dari {count} hasil terbukti oleh kepala harinya yang "
    "ditandatangani; hasil dari hari yang belum ditutup belum.",
    "state": "Status",
    "detail": "Rincian",
    "blame": "Pihak",
    "blame.target": "sasaran",
    "blame.path": "jalur",
    "blame.self": "pemantau",
    "latency": "Latensi",
    "loss": "Paket hilang",
    # facts
    "facts": "Fakta di tepi",
    "facts.text": "Alamat, jawaban DNS, sertifikat dan lain-lain sejauh direkam pemeriksaan ini. "
    "Fakta disimpan ketika berubah: nilai berlaku sejak waktu di facts.csv. Yang berubah terhadap "
    "tepi sebelumnya dicetak tebal.",
    "facts.none": "Pemeriksaan ini tidak merekam fakta.",
    "fact": "Fakta",
    # the monitor
    "monitor": "Pemantau sendiri",
    "monitor.text": "Mulai, absen dan buta yang dicatat buku besar antara {start} dan {end}, "
    "didahului mulai terakhir sebelumnya.",
    "monitor.whole": "Dalam waktu itu pemantau tidak dimulai ulang, tidak absen dan tidak buta.",
    "monitor.self": "Di antara {count} hasil yang ditunjukkan, {self} tidak dapat dinilai karena "
    "pemantau sendiri dan {path} karena jalurnya.",
    "minutes": "Menit demi menit",
    "minutes.text": "{shown} dari {count} catatan: yang memuat tepi dan yang tidak sehat; semuanya "
    "di monitor-minutes.csv. Satu catatan mencakup satu menit, sampai lima bila tidak ada yang "
    "berubah. Hasil yang diukur ketika pemantau terhenti lebih dari 250 ms atau jamnya diubah "
    "disimpan sebagai tidak diketahui, pihak pemantau. {proven} catatan terbukti oleh kepala "
    "harinya yang ditandatangani.",
    "minutes.none": "Dari waktu itu tidak ada catatan pemantau tentang dirinya sendiri.",
    "lag": "Terhenti",
    "late": "Terlambat",
    "clock": "Jam",
    "clock.set": "diubah {step}",
    "clock.free": "tidak disinkronkan",
    "clock.unknown": "tidak diketahui",
    "runs": "Hasil",
    "unjudged": "tidak ternilai",
    "entry": "Entri",
    "event": "Kejadian",
    "event.start": "mulai",
    "event.absence": "absen",
    "event.blind": "buta",
    "event.gap": "entri bertanda tangan hilang",
    "event.unsigned": "entri tanpa tanda tangan",
    "event.restore": "cadangan dipulihkan",
    "from": "Dari",
    "to": "Sampai",
    # others
    "others": "Pemeriksaan lain pada saat yang sama",
    "others.text": "Berapa pemeriksaan lain berada dalam status apa pada tiap tepi. Bila hanya "
    "sasaran ini yang terputus, pemantau dan jalurnya sendiri bekerja.",
    "others.none": "Tidak ada pemeriksaan dengan induk, kontrak atau kelompok yang sama.",
    "others.more": "Ditunjukkan {shown}; selebihnya {rest}, lihat siblings.csv.",
    "relation": "Hubungan",
    "relation.parent": "induk",
    "relation.sibling": "induk sama",
    "relation.child": "di bawahnya",
    "relation.contract": "kontrak sama",
    "relation.group": "kelompok sama",
    "down.during": "Terputus selama insiden",
    "state.up": "aktif",
    "state.degraded": "terganggu",
    "state.down": "terputus",
    "state.unknown": "tidak diketahui",
    "state.maintenance": "pemeliharaan",
    "state.unmonitored": "tidak dipantau",
    "state.none": "belum ada",
    # terms
    "terms": "Konfigurasi yang menilainya",
    "terms.text": "Ketentuan yang berlaku ketika insiden dimulai, menurut buku besar; rahasia "
    "disamarkan. Sidik konfigurasi: {digest} (entri {entry}).",
    "terms.none": "Buku besar tidak memuat ketentuan untuk pemeriksaan ini.",
    "terms.unset": "Tidak diatur: {names}.",
    "terms.changed": "Berubah selama insiden",
    "terms.unchanged": "Tidak ada yang berubah selama insiden.",
    "field": "Ketentuan",
    "value": "Nilai",
    # people
    "statements": "Pernyataan",
    "statements.none": "Tidak ada pernyataan.",
    "by": "Oleh",
    "text": "Isi",
    "said.acknowledgement": "diterima",
    "said.acknowledgement withdrawn": "penerimaan ditarik",
    "said.note": "catatan",
    "said.cause": "sebab",
    "said.cause withdrawn": "sebab ditarik",
    "said.ticket": "tiket penyedia",
    "said.ticket withdrawn": "tiket penyedia ditarik",
    "ticket.reported": "dilaporkan",
    "ticket.acknowledged": "diterima penyedia",
    "ticket.restored": "dinyatakan pulih",
    "messages": "Pesan",
    "message.down": "terputus",
    "message.degraded": "terganggu",
    "message.recovered": "pulih",
    "message.improved": "membaik",
    "message.reminder": "pengingat",
    "message.pending": "menunggu",
    "message.claimed": "sedang dikirim",
    "message.delivered": "terkirim",
    "message.merged": "digabung",
    "message.dead": "gagal",
    "messages.none": "Tidak ada pesan.",
    "channel": "Saluran",
    "created": "Dibuat",
    "delivered": "Terkirim",
    "maintenance": "Pemeliharaan yang menyentuhnya",
    "maintenance.none": "Tidak ada pemeliharaan yang menyentuh insiden ini.",
    "number": "Nomor",
    "announced": "Diumumkan",
    "entered": "Dicatat",
    # proof
    "proof": "Buku besar dan pembuktian",
    "proof.text": "ledger.jsonl memuat entri berikut. Setiap entri mengikat sidik (SHA-256) entri "
    "sebelumnya; sidik entri terakhir tiap rangkaian ditandatangani (Ed25519).",
    "proof.run": "Entri {first} s.d. {last}",
    "proof.head": "kepala hari {day}: {hash}",
    "proof.tip": "entri terbaru saat itu: {hash}",
    "proof.unsigned": "tidak ditandatangani",
    "proof.key": "Kunci publik: {key}",
    "proof.how": "Periksa dengan siaga evidence --verify FILE.zip atau, tanpa perangkat lunak "
    "kami, dengan python3 check.py FILE.zip. Bandingkan kepala hari dan kunci dengan yang telah "
    "diumumkan: /status.json dan laporan. Halaman ini hanya bacaan; buktinya ada di berkas lain.",
    "proof.private": "ledger.jsonl memuat juga entri pemeriksaan lain, karena rantai tidak dapat "
    "dipotong di tengah. Baca dulu sebelum menyerahkannya ke pihak luar.",
    # what is not there
    "missing": "Yang tidak direkam",
    "missing.path": "Jalur jaringan ke sasaran (traceroute) tidak direkam oleh versi ini.",
    "missing.clock_offset": "Selisih jam terhadap peladen waktu tidak diukur sendiri; yang direkam "
    "adalah apa yang dikatakan kernel: disinkronkan atau tidak, dan batas kesalahannya.",
    "missing.anchors": "Sasaran acuan di luar (anchor) tidak ada dalam versi ini; berapa "
    "pemeriksaan lain yang aktif pada menit itu menjadi saksinya.",
}

_EN = {
    "title": "Evidence of {incident}",
    "source": "by the monitoring of {organisation}",
    "down": "{name} was down",
    "degraded": "{name} was degraded",
    "other": "{name}: {kind}",
    "nobody": "The monitor",
    "closed": "from {began} to {ended}, for {length}.",
    "open": "since {began}, not recovered yet; data until {until}.",
    "removed": "from {began}; the check was removed from the configuration at {ended}, no recovery "
    "was observed.",
    "bounds": "Observed for {least} at least, {most} at most: each edge is an interval between two "
    "results.",
    "zone": "All times on this page are {zone}; those in the CSV and JSON files are UTC.",
    "check": "Check",
    "kind": "Type",
    "severity": "Severity",
    "severity.critical": "critical",
    "severity.high": "high",
    "severity.medium": "medium",
    "severity.low": "low",
    "reason": "Symptom",
    "cause": "Cause",
    "cause.none": "not entered yet",
    "runbook": "Runbook",
    "affected": "Affected, too",
    "warning.bad": "WARNING: the ledger does not fit at entry {entry}. This evidence cannot be "
    "relied upon before that is explained.",
    "warning.unsigned": "Entries {first} to {last} are not signed: no signed head closes them.",
    "warning.dropped": "Raw results before {until} were dropped, as their time was over (entry "
    "{entry} of the ledger); spans and ledger are kept.",
    "warning.results": "No raw results around the edges are kept any more.",
    "warning.differ": "WARNING: the results of {day} that are stored are not those that were "
    "signed when the day was closed.",
    "warning.minutes": "WARNING: what the monitor recorded of itself on {day} is not what was "
    "signed when the day was closed.",
    "edges": "Both edges",
    "edge.last_good": "last good",
    "edge.first_bad": "first bad",
    "edge.last_bad": "last bad",
    "edge.first_good": "first good again",
    "edge.newest": "newest",
    "edge.missing": "not observed",
    "edge.gone": "observed; its raw result is not kept any more",
    "edge": "Edge",
    "time": "Time",
    "result": "Result",
    "results.first": "Results around the beginning",
    "results.last": "Results around the recovery",
    "results.newest": "Newest results",
    "results.both": "Results around the edges",
    "results.text": "Up to {around} results on each side of an edge; whole, with phases, in "
    "results.csv.",
    "results.proven": "{proven} of {count} results are proven by the signed heads of their days; "
    "those of a day that is not closed yet are not.",
    "state": "State",
    "detail": "Detail",
    "blame": "Blame",
    "blame.target": "target",
    "blame.path": "path",
    "blame.self": "monitor",
    "latency": "Latency",
    "loss": "Loss",
    "facts": "Facts at the edges",
    "facts.text": "Addresses, DNS answers, certificates and others, as far as this check records "
    "them. A fact is stored when it changes: a value holds since the time in facts.csv. What "
    "differs from the edge before is bold.",
    "facts.none": "This check records no facts.",
    "fact": "Fact",
    "monitor": "The monitor itself",
    "monitor.text": "Starts, absences and blindness that the ledger has between {start} and {end}, "
    "after the last start before that.",
    "monitor.whole": "In that time the monitor was not restarted, not absent and not blind.",
    "monitor.self": "Of the {count} results shown, {self} could not be judged because of the "
    "monitor itself and {path} because of its path.",
    "minutes": "Minute by minute",
    "minutes.text": "{shown} of {count} records: those of the edges and those that were not well; "
    "all are in monitor-minutes.csv. A record covers a minute, or up to five when nothing changed. "
    "A result that was measured while the monitor stood still for over 250 ms, or its clock was "
    "set, is stored as unknown, blame monitor. {proven} records are proven by the signed heads of "
    "their days.",
    "minutes.none": "From that time the monitor has no record of itself.",
    "lag": "Stood still",
    "late": "Late",
    "clock": "Clock",
    "clock.set": "set by {step}",
    "clock.free": "not synchronised",
    "clock.unknown": "not known",
    "runs": "Results",
    "unjudged": "not judged",
    "entry": "Entry",
    "event": "Event",
    "event.start": "start",
    "event.absence": "absence",
    "event.blind": "blind",
    "event.gap": "signed entries gone",
    "event.unsigned": "entries without a signature",
    "event.restore": "backup restored",
    "from": "From",
    "to": "To",
    "others": "Other checks at the same time",
    "others.text": "How many other checks were in which state at each edge. If this target alone "
    "was down, the monitor and its own path were working.",
    "others.none": "No check shares a parent, a contract or a group with this one.",
    "others.more": "{shown} are shown; for the other {rest} see siblings.csv.",
    "relation": "Relation",
    "relation.parent": "parent",
    "relation.sibling": "same parent",
    "relation.child": "behind it",
    "relation.contract": "same contract",
    "relation.group": "same group",
    "down.during": "Down during the incident",
    "state.up": "up",
    "state.degraded": "degraded",
    "state.down": "down",
    "state.unknown": "unknown",
    "state.maintenance": "maintenance",
    "state.unmonitored": "not watched",
    "state.none": "none",
    "terms": "The configuration that judged it",
    "terms.text": "What was in force when the incident began, by the ledger; secrets are masked. "
    "Digest of the configuration: {digest} (entry {entry}).",
    "terms.none": "The ledger has no terms of this check.",
    "terms.unset": "Not set: {names}.",
    "terms.changed": "Changed during the incident",
    "terms.unchanged": "Nothing was changed during the incident.",
    "field": "Term",
    "value": "Value",
    "statements": "Statements",
    "statements.none": "Nobody said anything.",
    "by": "By",
    "text": "Text",
    "said.acknowledgement": "acknowledged",
    "said.acknowledgement withdrawn": "acknowledgement withdrawn",
    "said.note": "note",
    "said.cause": "cause",
    "said.cause withdrawn": "cause withdrawn",
    "said.ticket": "vendor's ticket",
    "said.ticket withdrawn": "vendor's ticket withdrawn",
    "ticket.reported": "reported",
    "ticket.acknowledged": "acknowledged",
    "ticket.restored": "said to be restored",
    "messages": "Messages",
    "message.down": "down",
    "message.degraded": "degraded",
    "message.recovered": "recovered",
    "message.improved": "improved",
    "message.reminder": "reminder",
    "message.pending": "pending",
    "message.claimed": "being sent",
    "message.delivered": "delivered",
    "message.merged": "merged",
    "message.dead": "failed",
    "messages.none": "No messages.",
    "channel": "Channel",
    "created": "Created",
    "delivered": "Delivered",
    "maintenance": "Maintenance that touches it",
    "maintenance.none": "No maintenance touches this incident.",
    "number": "Number",
    "announced": "Announced",
    "entered": "Entered",
    "proof": "Ledger and proof",
    "proof.text": "ledger.jsonl has the entries below. Each binds the hash (SHA-256) of the one "
    "before; the hash of the last of each run is signed (Ed25519).",
    "proof.run": "Entries {first} to {last}",
    "proof.head": "head of {day}: {hash}",
    "proof.tip": "the newest entry of that time: {hash}",
    "proof.unsigned": "not signed",
    "proof.key": "Public key: {key}",
    "proof.how": "Check with siaga evidence --verify FILE.zip or, without software of ours, with "
    "python3 check.py FILE.zip. Compare the head of the day and the key with those that were "
    "published: /status.json and the reports. This page is for reading; the proof is in the other "
    "files.",
    "proof.private": "ledger.jsonl has entries of other checks, too, since a chain cannot be cut "
    "in the middle. Read it before you hand it to outsiders.",
    "missing": "What is not recorded",
    "missing.path": "The network path to the target (traceroute) is not recorded by this version.",
    "missing.clock_offset": "The clock's offset to a time server is not measured by the monitor; "
    "recorded is what the kernel says: synchronised or not, and its bound of the error.",
    "missing.anchors": "Reference targets outside (anchors) are not in this version; how many "
    "other checks were up in that minute is the witness instead.",
}

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"id": MappingProxyType(_ID), "en": MappingProxyType(_EN)}
)
