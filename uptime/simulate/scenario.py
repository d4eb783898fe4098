"""The scripted day: a quarter of an hour in which most of what can go wrong does, and recovers.

Times are seconds of the script. The first outage comes at once and is short, so that whoever
looks sees one found, told and recovered within the first minute.
"""

from __future__ import annotations

from uptime.simulate.fault import Fault, Kind, Outage

PERIOD = 900.0
"""After this it begins anew."""

_TOWER = ("kec-getasan", "kec-banyubiru", "kec-jambu", "kec-sumowono", "kec-bandungan")

SCRIPT = (
    Outage(
        5,
        25,
        ("web-perizinan",),
        Fault(Kind.ERROR),
        "Perizinan daring menjawab galat 500",
        "online permits answer with error 500",
    ),
    Outage(
        70,
        80,
        ("twr-utama", *_TOWER),
        Fault(Kind.SILENT),
        "Menara utama roboh, lima kecamatan terputus",
        "the main tower falls, five districts are cut off",
    ),
    Outage(
        175,
        80,
        ("isp-b",),
        Fault(Kind.LOSSY, 0.12),
        "ISP B kehilangan 12 % paket",
        "ISP B loses 12 % of all packets",
    ),
    Outage(
        265,
        70,
        ("web-ppid",),
        Fault(Kind.EXPIRED),
        "Sertifikat PPID kedaluwarsa",
        "the public records site's certificate has expired",
    ),
    Outage(
        350,
        60,
        ("dc-dns2",),
        Fault(Kind.CLOSED),
        "DNS 2 berhenti",
        "the second name server stops",
    ),
    Outage(
        425,
        70,
        ("dc-mail",),
        Fault(Kind.SLOW, 1.1),
        "Server surel lambat menyapa",
        "the mail server greets slowly",
    ),
    Outage(
        440,
        60,
        ("kec-bringin",),
        Fault(Kind.LATE, 0.22),
        "Tautan Bringin melambat 220 ms",
        "the link to Bringin is 220 ms slower",
    ),
    Outage(
        515,
        70,
        ("web-portal",),
        Fault(Kind.SLOW, 1.1),
        "Portal lambat",
        "the portal is slow",
    ),
    Outage(
        540,
        70,
        ("site-setda",),
        Fault(Kind.CLOSED),
        "SSH perute Setda ditutup",
        "the secretariat's router closes its SSH port",
    ),
    Outage(
        605,
        75,
        ("isp-a",),
        Fault(Kind.SILENT),
        "Serat ISP A putus; ISP B menanggung",
        "the fibre of ISP A is cut; ISP B carries on",
    ),
    Outage(
        640,
        60,
        ("site-rsud-a",),
        Fault(Kind.UNREACHABLE),
        "RSUD A tidak terjangkau",
        "hospital A is unreachable",
    ),
    Outage(
        700,
        60,
        ("app-spl",),
        Fault(Kind.WRONG),
        "Penghubung layanan melapor DOWN",
        "the service bus reports that it is DOWN",
    ),
    Outage(
        720,
        60,
        ("dc-hv2",),
        Fault(Kind.CLOSED),
        "Hypervisor 2 menutup porta",
        "hypervisor 2 closes its port",
    ),
    Outage(
        775,
        70,
        ("ext-srikandi",),
        Fault(Kind.HANGS),
        "SRIKANDI menggantung, bukan gangguan lokal",
        "the national document service hangs: not a local fault",
    ),
    Outage(
        790,
        60,
        ("cctv-simpang",),
        Fault(Kind.WRONG),
        "Enam kamera simpang mati",
        "six crossing cameras are off",
    ),
    Outage(
        800,
        60,
        ("dc-backup",),
        Fault(Kind.WRONG),
        "Cadangan terakhir terlalu tua",
        "the last backup is too old",
    ),
)
