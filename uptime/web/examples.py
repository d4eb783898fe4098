"""One example of each wire model, for the API's own description. A test validates them."""

from __future__ import annotations

ROW = {
    "id": "kec-bergas",
    "name": "Kecamatan Bergas",
    "group": "kecamatan",
    "type": "icmp",
    "target": "192.0.2.17",
    "labels": {"kecamatan": "Bergas"},
    "severity": "medium",
    "state": "down",
    "condition": "down",
    "since": "2026-11-24T03:04:05.678Z",
    "overlays": ["acknowledged"],
    "fresh": True,
    "blame": "target",
    "reason": "timeout",
    "detail": "no reply to 3 packets",
    "latency_s": None,
    "loss": 1.0,
    "last_result": "2026-11-24T03:14:05.678Z",
    "next_run": "2026-11-24T03:14:35.678Z",
    "incident": "INC-482",
    "objective": 99.5,
    "depends_on": ["dc-sw-core"],
}
TOLD = {
    "id": 911,
    "channel": "piket-telegram",
    "kind": "down",
    "state": "delivered",
    "created": "2026-11-24T03:04:35.000Z",
    "delivered": "2026-11-24T03:04:35.400Z",
    "attempts": 1,
    "error": None,
}
NOTIFICATION = {**TOLD, "incident": "INC-482"}
INCIDENT = {
    "id": "INC-482",
    "kind": "down",
    "state": "open",
    "severity": "medium",
    "check": "kec-bergas",
    "name": "Kecamatan Bergas",
    "affected": [],
    "began": "2026-11-24T03:04:05.678Z",
    "began_bound": "2026-11-24T03:03:35.678Z",
    "ended": None,
    "ended_bound": None,
    "reason": "timeout",
    "detail": "no reply to 3 packets",
    "acked": {"by": "budi", "at": "2026-11-24T03:06:00.000Z", "until": None},
    "cause": None,
    "cause_reason": None,
    "notes": [{"by": "budi", "at": "2026-11-24T03:06:00.000Z", "text": "fibre cut, ISP told"}],
    "told": [TOLD],
    "ticket": {
        "number": "TT-2026-0451",
        "reported": "2026-11-24T03:08:00.000Z",
        "acknowledged": "2026-11-24T03:20:00.000Z",
        "restored": None,
        "by": "budi",
        "at": "2026-11-24T03:21:00.000Z",
    },
    "cause_by": None,
    "cause_at": None,
    "proposed": {
        "cause": "internal-network",
        "confidence": "likely",
        "rule": "parent",
        "evidence": ["dc-sw-core"],
        "why": {"id": "Switch inti terputus", "en": "Switch inti is down"},
    },
}
MONITOR = {
    "state": "ok",
    "reasons": [],
    "lag_ms": 1,
    "outbox_pending": 0,
    "outbox_oldest_s": None,
    "store": "ok",
    "config_errors": [],
    "on_call": None,
}
STATUS = {
    "version": "9f3c2a1b-1042",
    "full": False,
    "now": "2026-11-24T03:14:06.000Z",
    "checks": [ROW],
    "removed": [],
    "incidents": [INCIDENT],
    "monitor": MONITOR,
}
RESULT = {
    "id": 1099511627776,
    "type": "http",
    "target": "https://portal.example/",
    "at": "2026-11-24T03:14:05.678Z",
    "duration_s": 0.132,
    "status": "up",
    "blame": "target",
    "reason": None,
    "detail": None,
    "latency_s": 0.131,
    "loss": None,
    "phases": {"resolve": 0.001, "connect": 0.012, "tls": 0.03, "processing": 0.08},
    "facts": {"status_code": 200, "http_version": "1.1"},
}
CONFIG = {"type": "icmp", "target": "192.0.2.17", "interval_s": 60.0, "probe": {"count": 3}}
CHECK_ITEM = {"id": "kec-bergas", "row": ROW, "config": CONFIG, "last": RESULT}
SPAN = {
    "state": "up",
    "condition": "up",
    "began": "2026-11-01T00:00:00.000Z",
    "bound": None,
    "ended": "2026-11-24T03:04:05.678Z",
}
CHECK = {
    **CHECK_ITEM,
    "spans": [SPAN],
    "availability": {"24h": 99.305, "7d": 99.9, "30d": None},
}
POINT = {
    "at": "2026-11-24T03:00:00.000Z",
    "status": "up",
    "latency_s": 0.011,
    "latency_max_s": 0.052,
    "loss": 0.0,
    "count": 10,
    "failed": 0,
    "reason": None,
    "source": "raw",
    "latency_min_s": 0.008,
    "latency_p50_s": 0.011,
    "latency_p95_s": 0.048,
    "latency_p99_s": 0.052,
    "statuses": {"up": 10, "degraded": 0, "down": 0, "unknown": 0},
}
SERIES = {"items": [POINT], "next": None, "whole": POINT, "notice": None}
TIMELINE = {
    "at": "2026-11-24T03:06:00.000Z",
    "kind": "note",
    "by": "budi",
    "text": "fibre cut, ISP told",
}
SLA = {
    "from": "2026-10-31T17:00:00.000Z",
    "to": "2026-11-24T03:14:06.000Z",
    "rows": [
        {
            "id": "kec-bergas",
            "kind": "check",
            "up_ms": 2018000000,
            "degraded_ms": 0,
            "down_ms": 600000,
            "maintenance_ms": 0,
            "unknown_ms": 0,
            "unmonitored_ms": 0,
            "outside_ms": 0,
            "availability": 99.97,
            "coverage": 100.0,
            "best": 99.97,
            "worst": 99.97,
            "incidents": 1,
            "objective": 99.5,
            "budget_left_ms": 9493000,
            "detail": {
                "burn": {
                    "1h": {"rate": 0.0, "best": 0.0, "worst": 0.0, "coverage": 100.0},
                    "6h": {"rate": 0.0, "best": 0.0, "worst": 0.0, "coverage": 100.0},
                    "3d": {"rate": 0.463, "best": 0.463, "worst": 0.463, "coverage": 100.0},
                },
                "forecast": {
                    "availability": 99.922,
                    "best": 99.976,
                    "worst": 99.922,
                    "budget_ms": 12960000,
                    "budget_left_ms": 10937000,
                    "budget_left_worst_ms": 10937000,
                },
                "outages": 1,
                "behind": 0,
                "open": 0,
                "acknowledged": 1,
                "mttr_s": 600.0,
                "mttr_least_s": 540.0,
                "mttr_most_s": 660.0,
                "mtbf_s": 2018000.0,
                "down_least_s": 1470.0,
                "down_most_s": 1530.0,
                "short": 1,
                "short_s": 120.0,
                "blips": 3,
                "blips_s": 95.0,
                "mtta_s": 240.0,
                "longest_s": 600.0,
                "longest_least_s": 540.0,
                "longest_most_s": 660.0,
            },
        }
    ],
}
CAUSES = {
    "from": "2026-10-31T17:00:00.000Z",
    "to": "2026-11-24T03:14:06.000Z",
    "rows": [
        {"cause": "power", "standing": "confirmed", "outages": 2, "down_ms": 8400000},
        {"cause": "vendor", "standing": "proposed", "outages": 3, "down_ms": 1260000},
        {"cause": None, "standing": "none", "outages": 1, "down_ms": 300000},
    ],
}
OFFENDERS = {
    "from": "2026-10-31T17:00:00.000Z",
    "to": "2026-11-24T03:14:06.000Z",
    "rows": [
        {
            "rank": 1,
            "id": "kec-bergas",
            "name": "Kecamatan Bergas",
            "outages": 5,
            "down_ms": 3000000,
            "behind": 1,
            "mtbf_s": 402600.0,
            "longest_s": 1200.0,
            "why": {
                "id": "5 gangguan sendiri, seluruhnya 50 mnt, terpanjang 20 mnt; "
                "rata-rata 4 hari 15 jam beroperasi di antara gangguan; "
                "1 gangguan lain terjadi saat induknya terputus.",
                "en": "5 outages of its own, 50 min in all, the longest 20 min; "
                "on average 4 d 15 h in operation between failures; "
                "1 more while what it depends on was down.",
            },
        }
    ],
}
MAINTENANCE = {
    "id": "MNT-12",
    "state": "planned",
    "match": {"severity": None, "group": ["kecamatan"], "labels": None, "check": None},
    "from": "2026-12-01T22:00:00",
    "zone": "Asia/Jakarta",
    "duration_s": 7200.0,
    "rrule": "FREQ=MONTHLY;BYDAY=1SU",
    "reason": "Pemeliharaan jaringan",
    "announced": "2026-11-23T17:00:00.000Z",
    "source": "person",
    "by": "budi",
    "entered": "2026-11-24T03:14:06.000Z",
    "withdrawn": None,
    "withdrawn_by": None,
    "next": {"from": "2026-12-06T15:00:00.000Z", "to": "2026-12-06T17:00:00.000Z"},
    "checks": 19,
}
ME = {
    "name": "budi",
    "scopes": ["ack", "admin", "push", "read"],
    "organisation": "Diskominfo Kabupaten Contoh",
    "timezone": "Asia/Jakarta",
    "language": "id",
    "version": "0.1.0",
}
TOKEN = {
    "id": "7",
    "name": "grafana",
    "scopes": ["read"],
    "created": "2026-11-24T03:14:06.000Z",
    "expires": None,
    "revoked": None,
}
NEW_TOKEN = {**TOKEN, "token": "siaga_…"}
CONTRACT = {
    "id": "isp-c",
    "provider": "PT Contoh",
    "number": "027/103/2026",
    "circuit": None,
    "sla": 99.0,
    "fee": 2500000,
    "formula": "prorata",
    "tiers": [],
    "cap": None,
    "denominator": "calendar-month",
    "minimum_outage": 300.0,
    "maintenance_notice": 259200.0,
    "maintenance_quota": 28800.0,
    "exclude": ["planned-work", "power"],
    "start": "2026-03-01",
    "end": "2027-02-28",
    "response": 1800.0,
    "repair": 14400.0,
    "checks": ["kec-bergas"],
}
REPORT = {
    "month": "2026-10",
    "revision": 1,
    "closed": "2026-11-03T17:00:04.000Z",
    "entry": 90311,
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
JOB = {
    "id": "5f0c2b7a9d3e4c1f8a6b7c8d9e0f1a2b",
    "kind": "evidence",
    "state": "running",
    "progress": {"stage": "ledger", "done": 4000, "total": None},
    "by": "budi",
    "created": "2026-11-24T03:14:06.000Z",
    "finished": None,
    "expires": None,
    "error": None,
    "name": None,
    "size": None,
}
