"""Main and backup circuit: the vendor's figure and the service's, side by side and never mixed."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.uptime.claims.test_papers import paper
from tests.uptime.claims.world import CONFIG, Down, recorded
from uptime.claims.document import document
from uptime.claims.html import as_html
from uptime.claims.pdf import as_pdf
from uptime.claims.sheets import as_csv, as_xlsx
from uptime.claims.view import View

MINUTE = 60_000
BACKUP = """
[checks.isp-b]
type = "tcp"
target = "192.0.2.2:443"
name = "ISP B, radio"

[checks.web]
type = "tcp"
target = "192.0.2.3:443"

[checks.kantor]
type = "any"
members = ["isp-a", "isp-b"]
name = "Kantor Bergas"

[checks.portal]
type = "all"
members = ["isp-a", "web"]
"""
DOWNS = [
    Down("2025-10-03 02:10", 560, "vendor"),
    Down("2025-10-03 03:00", 12, "vendor", "isp-b"),
    Down("2025-10-09 03:00", 30, "vendor", "isp-b"),
]
CHECKS = ("isp-a", "isp-b", "web")


def test_the_circuit_was_down_for_hours_and_the_office_for_minutes(tmp_path: Path) -> None:
    found: Any = document(paper(recorded(tmp_path, DOWNS, CONFIG + BACKUP, checks=CHECKS)), "id")
    circuit, service = found["beside"]
    assert (circuit["id"], circuit["kind"], circuit["down_ms"]) == ("isp-a", "check", 560 * MINUTE)
    assert (service["id"], service["type"], service["down_ms"]) == ("kantor", "any", 12 * MINUTE)
    assert (service["outages"], service["availability"], service["coverage"]) == (1, 99.973, 100.0)
    assert service["members"] == ["isp-a", "isp-b"]


def test_the_service_alters_nothing_of_the_refund(tmp_path: Path) -> None:
    plain, beside = tmp_path / "plain", tmp_path / "beside"
    for place in (plain, beside):
        place.mkdir()
    one = document(paper(recorded(plain, DOWNS[:1])), "id")
    two = document(paper(recorded(beside, DOWNS, CONFIG + BACKUP, checks=CHECKS)), "id")
    assert (one["beside"], one["refund"]) == ([], 139_578)
    said = {"beside", "ledger"}
    assert {k: v for k, v in one.items() if k not in said} == {
        k: v for k, v in two.items() if k not in said
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("id", ["Sirkit dan layanan", "layanan (cukup satu jalur): Kantor Bergas (kantor)"]),
        ("en", ["Circuit and service", "service (one link is enough): Kantor Bergas (kantor)"]),
    ],
)
def test_every_form_shows_both(tmp_path: Path, language: str, words: list[str]) -> None:
    found = paper(recorded(tmp_path, DOWNS, CONFIG + BACKUP, checks=CHECKS))
    page = as_html(found, language)
    assert [text for text in words if text not in page] == []
    circuit, service = View(found, language).beside
    assert (circuit.minutes, service.minutes) == ("560", "12")
    assert as_pdf(found, language).startswith(b"%PDF-")
    assert as_xlsx(found, language).startswith(b"PK")
    rows = [r for r in csv.DictReader(StringIO(as_csv(found, language))) if r["kind"] == "beside"]
    assert [(r["check"], r["down_s"]) for r in rows] == [
        ("isp-a", "33600.000"),
        ("kantor", "720.000"),
    ]


def test_a_claim_without_a_backup_says_nothing_of_one(tmp_path: Path) -> None:
    found = paper(recorded(tmp_path))
    assert "Sirkit dan layanan" not in as_html(found, "id")
    assert View(found, "id").beside == []
