"""A claim as somebody holds it: read back off its pages, and one form beside another."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from tests.pdf import pages, printed_over
from tests.uptime.claims.test_papers import MINUTE, TERMS, paper
from tests.uptime.claims.world import CONFIG, VECTOR, Down, recorded
from tests.xlsx import sheets
from uptime.claims.document import document
from uptime.claims.gather import Paper
from uptime.claims.html import as_html
from uptime.claims.pdf import as_pdf
from uptime.claims.sheets import as_csv, as_xlsx
from uptime.claims.words import WORDS
from uptime.store.values import Verified

LANGUAGES = pytest.mark.parametrize("language", ["id", "en"])
TABLE = (
    CONFIG.replace('"selisih"', '"tabel"')
    + "tiers = [{ below = 99.5, refund = 5 }, { below = 97.5, refund = 12.5 }]\n"
)


def wide(folder: Path) -> Paper:
    """An outage over the end of the month, a long cause, and the vendor's numbers of tickets."""
    over = Down("2025-10-31 23:10", 130, "galian pihak ketiga & <alat berat> di jalan raya")
    found = paper(recorded(folder, [*VECTOR, over]))
    numbers = ("TT-2025/10/88231", None, "INCIDENT-2025-10-000000000000088231-REGIONAL-TENGAH")
    rows = [
        replace(row, outage=replace(row.outage, ticket=numbers[n % 3]))
        for n, row in enumerate(found.claim.rows)
    ]
    ledger = Verified(count=54_321, head="c3" * 32, bad=None)
    return replace(found, claim=replace(found.claim, rows=tuple(rows)), ledger=ledger)


@LANGUAGES
def test_nothing_is_printed_over_anything_else(tmp_path: Path, language: str) -> None:
    pdf = as_pdf(wide(tmp_path), language)
    assert printed_over(pdf) == []
    text = " ".join(pages(pdf))
    assert "TT-2025/10/88231" in text
    assert ("54.321 entri" if language == "id" else "54,321 entries") in text


@LANGUAGES
def test_sums_and_arithmetic_are_each_on_one_page(tmp_path: Path, language: str) -> None:
    w = WORDS[language]
    for outages in range(8, 20, 2):
        folder = tmp_path / str(outages)
        folder.mkdir()
        downs = [Down(f"2025-10-{day:02d} 02:10", 240, "vendor") for day in range(1, outages + 1)]
        found = pages(as_pdf(paper(recorded(folder, downs)), language))
        bounds = w["total.bounds"].split("{")[0]
        for first, last in ((w["totals"], bounds), (f"{w['sums']} T =", w["step.refund"])):
            assert [first in page and last in page for page in found].count(True) == 1, outages


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            TERMS,
            {
                "id": ["4.320 mnt sebelum mulai", "30 mnt sebulan"],
                "en": ["4,320 min before its start", "30 min a month"],
            },
        ),
        (
            TABLE,
            {
                "id": ["A < 99,5 %: 5 % × B; A < 97,5 %: 12,5 % × B"],
                "en": ["A < 99.5 %: 5 % × B; A < 97.5 %: 12.5 % × B"],
            },
        ),
    ],
)
@LANGUAGES
def test_whatever_the_contract_says_of_money_is_printed(
    tmp_path: Path, config: str, said: dict[str, list[str]], language: str
) -> None:
    found = paper(recorded(tmp_path, config=config))
    pdf = " ".join(pages(as_pdf(found, language)))
    page = as_html(found, language).replace("&lt;", "<")
    summary = str(next(iter(sheets(as_xlsx(found, language)).values())))
    for text in said[language]:
        assert text in pdf
        assert text in page
        assert text in as_csv(found, language)
        assert text in summary


@LANGUAGES
def test_every_form_adds_up_to_the_same(tmp_path: Path, language: str) -> None:
    found = paper(recorded(tmp_path))
    w = WORDS[language]
    facts = list(csv.DictReader(StringIO(as_csv(found, language))))
    totals = {f["text"]: float(f["down_s"]) for f in facts if f["kind"] == "total"}
    outages = [f for f in facts if f["kind"] == "outage"]
    book = sheets(as_xlsx(found, language))
    first = {str(row[0]): row[1] for row in book[w["result"]]}
    head, *lines = book[w["outages"]]
    of: dict[str, object] = json.loads(json.dumps(document(found, language)))
    down, counted = 812 * MINUTE, 560 * MINUTE
    assert (of["down_ms"], of["counted_ms"], of["refund"]) == (down, counted, 139_578)
    for name, ms, column, sheet in (
        ("total.down", down, "down_s", "minutes"),
        ("total.counted", counted, "counted_s", "counted"),
    ):
        assert totals[w[name]] == ms / 1000 == sum(float(f[column]) for f in outages)
        place = head.index(w[sheet])
        assert first[f"{w[name]}, {w['minutes.unit']}"] == ms / MINUTE
        assert sum(float(line[place] or 0) for line in lines) == ms / MINUTE
    assert [f["rupiah"] for f in facts if f["kind"] == "refund"] == ["139578"]
    assert first["Rp"] == 139_578
    amount = "Rp139.578" if language == "id" else "Rp139,578"
    assert amount in pages(as_pdf(found, language))[0]
    assert amount in as_html(found, language)
