"""The papers as somebody holds them: read back off their pages, and one form beside another."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from io import StringIO
from pathlib import Path

import pytest

import uptime.report
from tests.pdf import pages, printed_over
from tests.uptime.report.regency import regency
from tests.uptime.report.test_gather import report as gathered
from tests.xlsx import sheets
from uptime.claims.html import as_html as claim_html
from uptime.claims.pdf import as_pdf as claim_pdf
from uptime.claims.words import WORDS as CLAIM_WORDS
from uptime.core.booking import Booked
from uptime.report.forms import made
from uptime.report.html import as_html
from uptime.report.model import Alerts, Report
from uptime.report.words import WORDS

LANGUAGES = pytest.mark.parametrize("language", ["id", "en"])
LONG_CAUSE = "tikus menggigit kabel <di bawah lantai> & menara digulung"


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A full month of sixty checks and sixteen services, with a long cause in front and the
    heads of its days.
    """
    found = gathered(regency(tmp_path_factory.mktemp("month"), services=16, busy=2))
    first, *rest = found.causes
    causes = (Booked(LONG_CAUSE, "confirmed", first.outages, first.down_ms), *rest)
    book = replace(
        found.book, entries=12_345, day="2026-10-31", day_head="a1" * 32, results="b2" * 32
    )
    return replace(found, causes=causes, book=book, alerts=Alerts(1459, 297, 1, 0))


def _form(month: Report, language: str, form: str) -> bytes:
    return made(month, language, form)


def text_of(page: str) -> str:
    """What of a page is read: no markup, plain spaces."""
    body = re.sub(r"(?s)<(style|head)\b.*?</\1>", " ", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@LANGUAGES
def test_nothing_is_printed_over_anything_else(month: Report, language: str) -> None:
    assert printed_over(_form(month, language, "pdf")) == []


@LANGUAGES
def test_pdf_and_page_say_the_same(month: Report, language: str) -> None:
    pdf = " ".join(pages(_form(month, language, "pdf")))
    page = text_of(as_html(month, language))
    w = WORDS[language]
    for heading in ("calendar", "causes", "trend", "handling", "offenders", "works", "troubles",
                    "recommendations", "last-follow-up", "definitions"):  # fmt: skip
        assert w[heading] in pdf
        assert w[heading] in page
    for said in (month.book.head, "a1" * 32, "b2" * 32, *(p.name for p in month.parts),
                 *(row.name for row in month.rows if len(row.name) < 24)):  # fmt: skip
        assert said in pdf, said
        assert said in page, said
    both = [set(re.findall(r"\d+[.,]\d{3} %", text)) for text in (pdf, page)]
    assert both[0] == both[1], "percentages"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", ("1.459, 297 di antaranya terlambat", "12.345 entri", "31 Oktober 2026",
                "Data sampai 1 November 2026 00.00 WIB", "s.d. 31 Oktober 2026 WIB")),
        ("en", ("1,459, 297 of them late", "12,345 entries", "31 October 2026",
                "Data until 1 November 2026 00:00 WIB", "to 31 October 2026 WIB")),
    ],
)  # fmt: skip
def test_figures_and_dates_are_written_as_the_language_writes_them(
    month: Report, language: str, said: tuple[str, ...]
) -> None:
    pdf = " ".join(pages(_form(month, language, "pdf")))
    for text in said:
        assert text in pdf, text
    wrong = r"\d\.\d{3},\d|\d,\d+ %" if language == "en" else r"\d,\d{3}\.\d|\d\.\d+ %"
    assert re.findall(wrong, pdf) == []


@LANGUAGES
def test_no_page_mixes_the_languages(month: Report, language: str) -> None:
    other = "en" if language == "id" else "id"
    texts = [" ".join(pages(_form(month, language, "pdf"))), text_of(as_html(month, language))]
    for paper in month.annexes:
        texts.append(" ".join(pages(claim_pdf(paper, language))))
        texts.append(text_of(claim_html(paper, language)))
    for words in (WORDS, CLAIM_WORDS):
        own = "\n".join(words[language].values())
        foreign = {part for part in _parts(words[other]) if part not in own}
        for text in texts:
            assert [part for part in foreign if part in text] == []


def _parts(words: Mapping[str, str]) -> set[str]:
    """Stretches of a language's words that are long enough to be nobody's name."""
    found = {part.strip() for text in words.values() for part in re.split(r"\{\w+\}", text)}
    return {part for part in found if len(part) > 9}


def test_every_form_adds_up_to_the_same(month: Report) -> None:
    facts = list(csv.DictReader(StringIO(_form(month, "id", "csv").decode())))
    document = json.loads(_form(month, "id", "json"))
    book = sheets(_form(month, "id", "xlsx"))

    def seconds(kind: str) -> float:
        return sum(float(fact["down_s"]) for fact in facts if fact["kind"] == kind)

    def minutes(sheet: str, column: str) -> float:
        head, *rows = book[sheet]
        return round(sum(float(row[head.index(column)] or 0) for row in rows), 6)

    down = sum(row.ledger.down for row in month.rows) / 1000
    assert down == seconds("service") == seconds("total") == seconds("day") > 0
    assert down == sum(row["down_ms"] for row in document["rows"]) / 1000
    asked = ("Layanan", "Kalender gangguan")
    assert [minutes(sheet, "Gangguan, menit") for sheet in asked] == [round(down / 60, 6)] * 2
    causes = sum(cause.down_ms for cause in month.causes) / 1000
    assert causes == seconds("cause")
    assert minutes("Sebab", "Gangguan, menit") == round(causes / 60, 6)
    head, *rows = book["Layanan"]
    for line, row, fact in zip(
        rows, month.rows, (f for f in facts if f["kind"] == "service"), strict=True
    ):
        said = dict(zip(head, line, strict=True))
        assert (said["Layanan"], fact["name"]) == (row.name, row.name)
        assert said["Ketersediaan"] == row.ledger.availability
        assert fact["availability"] == (
            "" if row.ledger.availability is None else f"{row.ledger.availability:.3f}"
        )
        assert said["Gangguan"] == row.outages == int(fact["outages"])


def test_what_is_worked_on_says_where(month: Report) -> None:
    pdf = pages(_form(month, "id", "pdf"))[1]
    assert "11/10/2026, Hypervisor 1: Pemutakhiran hipervisor (2 j 0 m)" in pdf
    assert [work["where"] for work in json.loads(_form(month, "id", "json"))["maintenance"]] == [
        "Hypervisor 1", "Portal kabupaten",
    ]  # fmt: skip


@LANGUAGES
def test_heads_of_tables_are_repeated_and_no_heading_ends_a_page(
    month: Report, language: str
) -> None:
    many = replace(month, troubles=month.troubles * 12)
    found = pages(_form(many, language, "pdf"))
    w = WORDS[language]
    head = " ".join(w[key] for key in ("when", "where", "lasted", "cause", "follow-up"))
    annex = [page for page in found[2:] if "INC-" in page and w["when"] in page and head in page]
    assert len(annex) > 2
    headings = [w[key] for key in ("annex.troubles", "troubles", "definitions")]
    headings += [
        CLAIM_WORDS[language][key] for key in ("outages", "totals", "sums", "gaps", "reply")
    ]
    feet = [f"{paper.contract.number} · " for paper in month.annexes]
    for page in found:
        (above,) = {page.rsplit(foot, 1)[0].rstrip() for foot in (*feet, month.organisation + " · ")
                    if foot in page}  # fmt: skip
        assert [heading for heading in headings if above.endswith(heading)] == []


def test_the_tones_of_the_calendar_are_apart_in_grey_and_their_figures_can_be_read() -> None:
    folder = Path(uptime.report.__file__).parent / "templates"
    typst = re.search(r"#let tone = \((.*?)\) //", (folder / "report.typ").read_text("utf-8"))
    page = re.search(r"set tones = \[(.*?)\]", (folder / "report.html").read_text("utf-8"))
    assert typst is not None
    assert page is not None
    tones = re.findall(r"[0-9a-f]{6}", page[1])
    assert re.findall(r"[0-9a-f]{6}", typst[1]) == tones, "both forms have the same"
    bright = [1.0, *map(_luminance, tones)]
    greys = [round(255 * each ** (1 / 2.2)) for each in bright]
    steps = [one - other for one, other in zip(greys, greys[1:], strict=False)]
    assert min(steps[1:]) >= 18, greys
    assert min((each + 0.05) / 0.05 for each in bright[:4]) > 7, "black on it"
    assert 1.05 / (bright[4] + 0.05) > 4.5, "white on it"


def _luminance(tone: str) -> float:
    """As WCAG 2 has it."""
    parts = [int(tone[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_ledger_has_one_name_in_all_papers() -> None:
    """The manual calls it buku besar."""
    folder = Path(uptime.report.__file__).parents[1]
    names = {
        file.relative_to(folder).as_posix(): re.findall(r"(?i)buku (?!besar)\w+", text)
        for file in folder.glob("*/words.py")
        if "buku" in (text := file.read_text("utf-8")).lower()
    }
    assert len(names) >= 5
    assert {name for name, others in names.items() if others} == set()
