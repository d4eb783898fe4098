"""A regency as the API would tell of it: about sixty checks, some of them in trouble."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

from uptime.schema import (
    Acked,
    BoardRow,
    IncidentRow,
    MonitorHealth,
    NoteRow,
    ResultPoint,
    SpanRow,
    Told,
)

_DISTRICTS = (
    "getasan tengaran susukan suruh pabelan tuntang banyubiru jambu sumowono ambarawa bawen "
    "bringin bancak kaliwungu bergas pringapus ungaran-barat ungaran-timur bandungan"
)
_GROUPS = {
    "pusat-data": "dc-gw dc-fw dc-sw-core dc-hv1 dc-hv2 dc-hv3 dc-dns1 dc-dns2 dc-mail dc-db "
    "dc-ups dc-backup",
    "uplink": "isp-a isp-b intra-provinsi internet-luar",
    "kecamatan": " ".join(f"kec-{each}" for each in _DISTRICTS.split()),
    "simpul": "twr-utama site-mpp site-rsud-a site-rsud-b site-disdukcapil site-setda",
    "layanan-publik": "web-portal web-ppid web-jdih web-mpp-antrean web-perizinan web-adminduk "
    "web-pengaduan web-opd-contoh",
    "aplikasi-internal": "app-sso app-simpeg app-eoffice app-presensi app-spl",
    "layanan-pusat": "ext-srikandi ext-sipd ext-tte ext-siak",
    "cctv": "cctv-nvr cctv-simpang",
}
BEHIND_TOWER = ["kec-sumowono", "kec-bandungan", "kec-jambu", "kec-banyubiru", "kec-getasan"]
_TYPES = {
    "kecamatan": "icmp",
    "uplink": "icmp",
    "simpul": "icmp",
    "layanan-publik": "http",
    "aplikasi-internal": "http",
    "layanan-pusat": "http",
}
_NAMES = {
    "dc-gw": "Gateway pusat data",
    "dc-sw-core": "Switch inti",
    "twr-utama": "Menara utama",
    "web-portal": "Portal kabupaten",
    "web-perizinan": "Perizinan daring",
    "web-adminduk": "Layanan adminduk",
    "site-rsud-a": "RSUD dr. Gunawan",
    "dc-mail": "Surel dinas",
    "app-presensi": "Presensi pegawai",
    "isp-b": "Uplink ISP B",
    "ext-srikandi": "SRIKANDI (pusat)",
    "dc-backup": "Cadangan harian",
    "web-jdih": "JDIH",
}


def text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def row(id: str = "web", **changes: Any) -> BoardRow:
    """One that is well, but for what is changed."""
    values: dict[str, Any] = {
        "id": id,
        "name": id,
        "group": "layanan",
        "type": "http",
        "target": f"https://{id}.example/",
        "labels": {},
        "severity": "medium",
        "state": "up",
        "condition": "up",
        "since": None,
        "overlays": [],
        "fresh": True,
        "blame": "target",
        "reason": None,
        "detail": None,
        "latency_s": 0.0123,
        "loss": None,
        "last_result": text(0.0),
        "next_run": None,
        "incident": None,
        "objective": 99.5,
        "depends_on": [],
    }
    return BoardRow(**{**values, **changes})


def incident(id: str = "INC-1", **changes: Any) -> IncidentRow:
    values: dict[str, Any] = {
        "id": id,
        "kind": "down",
        "state": "open",
        "severity": "medium",
        "check": "web",
        "name": None,
        "affected": [],
        "began": text(0.0),
        "began_bound": None,
        "ended": None,
        "ended_bound": None,
        "reason": "timeout",
        "detail": None,
        "acked": None,
        "cause": None,
        "cause_reason": None,
        "notes": [],
        "told": [],
    }
    return IncidentRow(**{**values, **changes})


def health(**changes: Any) -> MonitorHealth:
    values: dict[str, Any] = {
        "state": "ok",
        "reasons": [],
        "lag_ms": 1,
        "outbox_pending": 0,
        "outbox_oldest_s": None,
        "store": "ok",
        "config_errors": [],
        "on_call": None,
    }
    return MonitorHealth(**{**values, **changes})


def rows(now: float) -> list[BoardRow]:
    random = Random(7)
    found: list[BoardRow] = []
    for group, ids in _GROUPS.items():
        for number, check in enumerate(ids.split()):
            kind = _TYPES.get(group, "tcp")
            host = f"10.20.{len(found)}.{number + 1}"
            name = _NAMES.get(check, check.replace("kec-", "Kecamatan ").replace("-", " ").title())
            found.append(
                row(
                    check,
                    name=name if check in _NAMES or check.startswith("kec-") else check,
                    group=group,
                    type=kind,
                    target=f"https://{check}.example/" if kind == "http" else host,
                    severity="critical"
                    if check in {"dc-gw", "isp-a", "isp-b", "twr-utama"}
                    else "medium",
                    since=text(now - random.uniform(3, 40) * 86400),
                    latency_s=random.uniform(0.0004, 0.09),
                    loss=0.0 if kind == "icmp" else None,
                    last_result=text(now - random.uniform(1, 29)),
                    depends_on=["twr-utama"]
                    if check in BEHIND_TOWER
                    else ["dc-sw-core"]
                    if kind == "icmp" and check != "dc-gw"
                    else [],
                )
            )
    trouble = _trouble(now)
    return [each.model_copy(update=trouble.get(each.id, {})) for each in found]


def _trouble(now: float) -> dict[str, dict[str, Any]]:
    def down(
        ago: float, reason: str, detail: str, incident: str | None, *over: str
    ) -> dict[str, Any]:
        return {
            "state": "down",
            "condition": "down",
            "since": text(now - ago),
            "reason": reason,
            "detail": detail,
            "latency_s": None,
            "incident": incident,
            "overlays": list(over),
        }

    found = {
        "twr-utama": down(754, "timeout", "no reply to 3 packets in 5 s", "INC-482"),
        "web-perizinan": down(192, "status", "503 Service Unavailable, expected 2xx", "INC-483"),
        "dc-mail": down(
            8130, "refused", "connection to 10.20.8.9:25 refused", "INC-479", "acknowledged"
        ),
        "app-presensi": {
            "state": "degraded",
            "condition": "degraded",
            "since": text(now - 1500),
            "detail": "latency 2.41 s over 2 s",
            "latency_s": 2.41,
            "reason": "assertion",
        },
        "isp-b": {
            "state": "degraded",
            "condition": "degraded",
            "since": text(now - 5400),
            "detail": None,
            "latency_s": 0.183,
            "loss": 0.07,
            "overlays": ["flapping"],
        },
        "ext-srikandi": {
            "state": "unknown",
            "condition": "up",
            "fresh": False,
            "since": text(now - 660),
            "blame": "path",
            "reason": "dns",
            "detail": "no resolver answers",
        },
        "web-jdih": {"overlays": ["paused"], "state": "unknown", "fresh": False},
    }
    for check in BEHIND_TOWER:
        found[check] = down(740, "timeout", "no reply to 3 packets in 5 s", None, "unreachable")
        found[check]["loss"] = 1.0
    return found


def incidents(now: float) -> list[IncidentRow]:
    def told(id: int, channel: str, kind: str, ago: float, state: str = "delivered") -> Told:
        arrived = text(now - ago + 0.8) if state == "delivered" else None
        return Told(
            id=id,
            channel=channel,
            kind=kind,
            state=state,
            created=text(now - ago),
            delivered=arrived,
            attempts=1 if arrived else 3,
            error=None if arrived else "550 mailbox unavailable",
        )

    return [
        incident(
            "INC-482",
            severity="critical",
            check="twr-utama",
            name="Menara utama",
            affected=BEHIND_TOWER,
            began=text(now - 754),
            began_bound=text(now - 784),
            detail="no reply to 3 packets in 5 s",
            told=[
                told(911, "piket-telegram", "down", 720),
                told(912, "surel", "down", 720, "pending"),
            ],
        ),
        incident(
            "INC-483",
            severity="high",
            check="web-perizinan",
            name="Perizinan daring",
            began=text(now - 192),
            began_bound=text(now - 252),
            reason="status",
            detail="503 Service Unavailable, expected 2xx",
            told=[told(914, "piket-telegram", "down", 150)],
        ),
        incident(
            "INC-479",
            check="dc-mail",
            name="Surel dinas",
            began=text(now - 8130),
            began_bound=text(now - 8160),
            reason="refused",
            detail="connection to 10.20.8.9:25 refused",
            acked=Acked(by="budi", at=text(now - 7900), until=None),
            cause="aplikasi",
            cause_reason="antrean penuh setelah pembaruan",
            notes=[
                NoteRow(by="budi", at=text(now - 7700), text="Postfix macet, vendor dihubungi."),
                NoteRow(by="sari", at=text(now - 3600), text="Vendor datang pukul 14."),
            ],
            told=[
                told(901, "piket-telegram", "down", 8100),
                told(902, "surel", "down", 8100),
                told(905, "piket-telegram", "reminder", 900),
            ],
        ),
        incident(
            "INC-471",
            state="closed",
            check="kec-bergas",
            name="Kecamatan Bergas",
            began=text(now - 20 * 3600),
            began_bound=text(now - 20 * 3600 - 60),
            ended=text(now - 20 * 3600 + 1340),
            ended_bound=text(now - 20 * 3600 + 1280),
            cause="listrik (PLN)",
            told=[
                told(880, "piket-telegram", "down", 20 * 3600),
                told(881, "piket-telegram", "recovered", 20 * 3600 - 1350),
            ],
        ),
    ]


def points(found: BoardRow, start: float, end: float, step: float, now: float) -> list[ResultPoint]:
    """A working day's hum, and the outage of the row."""
    random = Random(found.id)
    base = random.uniform(0.004, 0.06)
    since = datetime.fromisoformat(found.since).timestamp() if found.since else end
    points: list[ResultPoint] = []
    at = start - start % step
    while at < min(end, now):
        down = found.state == "down" and at >= since
        value = None if down else base * (1 + 0.4 * random.random() + (random.random() > 0.96) * 2)
        points.append(
            ResultPoint(
                at=text(at),
                status="down" if down else "up",
                latency_s=value,
                latency_max_s=value,
                loss=None,
                count=1,
                failed=int(down),
                reason="timeout" if down else None,
            )
        )
        at += step
    return points


def spans(found: BoardRow, now: float) -> list[SpanRow]:
    since = datetime.fromisoformat(found.since).timestamp() if found.since else now - 86400
    edges = [
        (now - 90000, "up"),
        (now - 50000, "down"),
        (now - 48000, "up"),
        (now - 30000, "unknown"),
        (now - 29000, "up"),
        (max(since, now - 28000), found.state),
    ]
    return [
        SpanRow.model_validate(
            {
                "state": state,
                "condition": state,
                "began": text(at),
                "bound": text(at - 30),
                "ended": text(edges[n + 1][0]) if n + 1 < len(edges) else None,
            }
        )
        for n, (at, state) in enumerate(edges)
    ]
