"""The status page's words, Indonesian and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

_MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "id": {
            "title": "Status layanan",
            "up": "Normal",
            "degraded": "Terganggu sebagian",
            "down": "Gangguan",
            "unknown": "Belum diketahui",
            "paused": "Pemantauan dijeda",
            "maintenance": "Pemeliharaan terjadwal",
            "all_up": "Semua layanan berjalan normal",
            "some_down": "{n} layanan mengalami gangguan",
            "some_degraded": "{n} layanan terganggu sebagian",
            "some_unknown": "Keadaan {n} layanan belum diketahui",
            "all_unknown": "Keadaan layanan saat ini belum diketahui",
            "some_maintenance": "{n} layanan sedang dalam pemeliharaan terjadwal",
            "nothing": "Belum ada layanan yang ditampilkan",
            "since": "sejak {at}",
            "data": "Data per {at}",
            "no_data": "Belum ada data",
            "other": "English",
            "feed": "Umpan gangguan",
            "ended": "Pulih",
        },
        "en": {
            "title": "Service status",
            "up": "Operational",
            "degraded": "Degraded",
            "down": "Outage",
            "unknown": "Not known",
            "paused": "Monitoring paused",
            "maintenance": "Scheduled maintenance",
            "all_up": "All services are running normally",
            "some_down": "Services with an outage: {n}",
            "some_degraded": "Degraded services: {n}",
            "some_unknown": "Services whose state is not known: {n}",
            "all_unknown": "The state of the services is not known at the moment",
            "some_maintenance": "Services under scheduled maintenance: {n}",
            "nothing": "No services are shown yet",
            "since": "since {at}",
            "data": "Data as of {at}",
            "no_data": "No data yet",
            "other": "Bahasa Indonesia",
            "feed": "Outage feed",
            "ended": "Recovered",
        },
    }
)

SIGNS: Mapping[str, str] = MappingProxyType(
    {"up": "✓", "degraded": "!", "down": "✕", "unknown": "?", "paused": "=", "maintenance": "⚙"}
)


def day_and_time(moment: datetime, language: str) -> str:
    """In the form `24 Nov 2026 10:04 WIB`."""
    month = _MONTHS[language][moment.month - 1]
    return f"{moment.day} {month} {moment.year} {moment:%H:%M} {moment:%Z}".rstrip()
