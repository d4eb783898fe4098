"""One report in all its forms: they say the same, and nobody's text runs."""

from __future__ import annotations

import csv
import json
import re
import string
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import pytest
import typst

from tests.uptime.report.regency import regency
from tests.uptime.report.test_gather import DOWNS
from tests.uptime.report.test_gather import report as gathered
from tests.uptime.report.world import CONFIG, MINUTE, Down, World
from uptime.report.document import document
from uptime.report.forms import FORMS, made
from uptime.report.html import as_html
from uptime.report.model import Change, Closing, Report
from uptime.report.pdf import sources
from uptime.report.sheets import as_csv, as_xlsx
from uptime.report.texts import texts
from uptime.report.view import View
from uptime.report.words import WORDS

LANGUAGES = pytest.mark.parametrize("language", ["id", "en"])
FIRST_PAGES = 2


@pytest.fixture
def october(tmp_path: Path) -> Report:
    return gathered(World(DOWNS).record(tmp_path))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return gathered(regency(tmp_path_factory.mktemp("busy"), services=60, busy=8))


def page_of(report: Report, language: str) -> str:
    """Its HTML, with plain spaces where lines are not broken."""
    return as_html(report, language).replace("\u00a0", " ")


def pages(report: Report, language: str) -> int:
    files = sources(report, language)
    return len(typst.compile(files, format="svg", ignore_system_fonts=True))  # type: ignore[call-overload]


@LANGUAGES
@pytest.mark.parametrize("form", FORMS)
def test_the_same_report_gives_the_same_bytes(october: Report, language: str, form: str) -> None:
    assert made(october, language, form) == made(october, language, form)


@LANGUAGES
def test_the_head_reads_two_pages(busy: Report, language: str) -> None:
    found = replace(busy, annexes=(), troubles=busy.troubles[:8], rows=busy.rows[:12])
    assert pages(found, language) == FIRST_PAGES


@LANGUAGES
def test_however_much_there_is_the_head_reads_two_pages(busy: Report, language: str) -> None:
    long = "Jaringan dokumentasi dan informasi hukum daerah beserta seluruh peraturan bupati"
    rows = tuple(replace(row, name=long, down_now=True) for row in busy.rows)
    troubles = tuple(replace(each, name=long, follow_up="kata " * 40) for each in busy.troubles)
    parts = tuple(replace(part, name=f"{long} {n}") for n, part in enumerate(busy.parts * 2))
    works = tuple(replace(busy.works[0], reason=long) for _ in range(9))
    found = replace(busy, rows=rows, troubles=troubles, parts=parts, works=works, annexes=())
    without = replace(found, rows=rows[:6], troubles=troubles[:8])
    assert pages(without, language) == FIRST_PAGES
    assert pages(found, language) > FIRST_PAGES  # rows and outages go on in an annex


def test_the_page_shows_what_the_head_asks_for(october: Report) -> None:
    page = page_of(october, "id")
    for text in (
        "Laporan ketersediaan layanan", "Oktober 2026",
        "1 dari 2 layanan publik tidak mencapai target: Portal kabupaten.",
        "SEMENTARA: Oktober 2026 belum ditutup", "99,372 %", "4 j 40 m", "4 j 39 m–4 j 41 m",
        "+0,067", "masih terputus pada akhir periode", "listrik", "tikus", "belum diisi",
        "UPS dipesan.", "INC-3", "15 m; 2 dari 5 gangguan", "belum diukur", "Bergas",
        "Kepala Dinas", "NIP", october.book.head, "027/101/2026", "Belum ada hari yang ditutup.",
    ):  # fmt: skip
        assert text in page, text


def test_the_page_loads_and_runs_nothing(october: Report) -> None:
    page = as_html(october, "en")
    assert re.findall(r"<script|\son\w+=|<link|<img|url\(|https?:", page) == []
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page


@LANGUAGES
def test_foreign_text_is_shown_and_never_run(tmp_path: Path, language: str) -> None:
    evil = "<script>alert(1)</script>"
    markup = '#panic("x") $1/0$ *b* `r` ] } \\ @ref'
    config = CONFIG.replace("Portal kabupaten", "=HYPERLINK(1)")
    downs = [Down("web", "2026-10-03 02:10", 60, evil, markup)]
    found = gathered(World(downs, config=config).record(tmp_path))
    assert "<script" not in as_html(found, language)
    assert "&lt;script&gt;" in as_html(found, language)
    assert made(found, language, "pdf").startswith(b"%PDF-")
    cells = [cell for row in csv.reader(StringIO(as_csv(found, language))) for cell in row]
    assert evil in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    book = zipfile.ZipFile(BytesIO(as_xlsx(found, language)))
    assert not any(b"<f>" in book.read(name) for name in book.namelist())
    assert b"'=HYPERLINK(1)" in book.read("xl/sharedStrings.xml")


def test_a_program_that_is_not_ours_adds_the_csv_up(october: Report) -> None:
    lines = list(csv.DictReader(StringIO(as_csv(october, "en"))))
    of = {
        kind: sum(float(line["down_s"]) for line in lines if line["kind"] == kind)
        for kind in ("check", "day", "cause", "total")
    }
    assert of == {"check": 20_400, "day": 20_400, "total": 20_400, "cause": 31_200}
    (web,) = [line for line in lines if line["id"] == "web" and line["kind"] == "check"]
    seconds = [float(web[f"{name}_s"]) for name in
               ("up", "degraded", "down", "maintenance", "unknown", "unmonitored")]  # fmt: skip
    assert sum(seconds) == 31 * 86_400
    assert (web["availability"], web["down_least_s"], web["down_most_s"]) == (
        "99.372", "16740.000", "16860.000",
    )  # fmt: skip


def test_the_document_has_exact_figures(october: Report) -> None:
    found = json.loads(made(october, "en", "json"))
    assert found == json.loads(json.dumps(document(october, "en")))
    assert (found["revision"], found["provisional"], found["known_until"]) == (0, True, None)
    assert found["rows"][0]["down_ms"] == 280 * MINUTE
    assert found["integrity_findings"] is None
    assert [claim["contract"]["id"] for claim in found["claims"]] == ["isp-a"]


@LANGUAGES
def test_a_correction_says_why_and_what_differs(october: Report, language: str) -> None:
    differs = (
        Change("Portal kabupaten", "down", 60 * MINUTE, 280 * MINUTE),
        Change("power", "cause", 0, 90 * MINUTE),
        Change("", "cause", 90 * MINUTE, 0),
        Change("isp-a", "refund", 0, 139_578),
        Change("Portal kabupaten", "outages", 1, 2),
    )
    closed = replace(october, closing=Closing(2, "budi", "sebab dibetulkan", differs))
    page = page_of(closed, language)
    assert "sebab dibetulkan" in page
    for amount in ("139.578" if language == "id" else "139,578", "1 j 30 m", "4 j 40 m"):
        assert (amount if language == "id" else amount.replace(" j ", " h ")) in page
    assert pages(closed, language) == pages(october, language) + 1


def test_a_final_report_is_not_provisional(october: Report) -> None:
    closed = replace(october, closing=Closing(1, "siaga", None, ()))
    assert View(closed, "id").standing == (
        "Ditutup 4 November 2026 12.00 WIB oleh siaga, revisi 1."
    )
    assert "SEMENTARA" not in as_html(closed, "id")


def test_a_broken_ledger_is_said(october: Report) -> None:
    broken = replace(october, book=replace(october.book, bad=5))
    for text in (as_csv(broken, "en"), as_html(broken, "en")):
        assert "WARNING: the ledger is broken at entry 5" in text


@pytest.mark.parametrize(
    ("ms", "cut", "up"),
    [
        (0, "0", "0"),
        (999, "0 s", "1 m"),
        (42_000, "42 s", "42 s"),
        (59_999, "59 s", "1 m"),
        (60_000, "1 m", "1 m"),
        (60_001, "1 m", "2 m"),
        (3_600_000, "1 h 0 m", "1 h 0 m"),
        (4_000 * 3_600_000, "4,000 h 0 m", "4,000 h 0 m"),
    ],
)
def test_lengths_are_cut_or_widened_to_minutes(october: Report, ms: int, cut: str, up: str) -> None:
    view = View(october, "en")
    assert (view.length(ms), view.length(ms, up=True)) == (cut, up)


def test_the_calendar_says_what_was_not_known(tmp_path: Path) -> None:
    world = World(blind=[("2026-10-09 00:00", "2026-10-10 12:00")], silent=["izin"])
    found = View(gathered(world.record(tmp_path)), "id")
    cells = {cell["date"]: cell for cell in found.calendar}
    assert [(cells[date]["level"], cells[date]["blind"]) for date in ("8", "9", "10", "11")] == [
        (1, False), (0, True), (1, True), (1, False),
    ]  # fmt: skip
    assert (cells["1"]["week"], cells["1"]["weekday"], cells["5"]["week"]) == (0, 3, 1)


def test_a_month_without_anything_is_a_report_too(tmp_path: Path) -> None:
    found = gathered(World(silent=["web", "izin", "isp-a", "kec-bergas"]).record(tmp_path))
    for language in WORDS:
        page = as_html(found, language)
        assert WORDS[language]["troubles.none"] in page
        assert WORDS[language]["nothing"] in page
        assert made(found, language, "pdf").startswith(b"%PDF-")
        assert made(found, language, "xlsx").startswith(b"PK")


def test_a_new_process_prints_the_same_bytes(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    code = (
        "import sys, hashlib\n"
        "from pathlib import Path\n"
        "from tests.uptime.report.test_gather import report\n"
        "from uptime.report.forms import FORMS, made\n"
        "from uptime.report.kept import text_of\n"
        f"found = report(Path({str(file)!r}))\n"
        "print(hashlib.sha256(text_of(found).encode()).hexdigest())\n"
        "for form in FORMS: print(hashlib.sha256(made(found, 'id', form)).hexdigest())\n"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3]),
                 "LC_ALL": locale, "TZ": zone},
        ).stdout
        for seed, locale, zone in (("1", "C.UTF-8", "UTC"), ("2", "C", "Asia/Tokyo"))
    }  # fmt: skip
    assert len(runs) == 1


def test_both_languages_say_the_same_things() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, text in WORDS["id"].items():
        assert holes(text) == holes(WORDS["en"][key]), key


def test_no_word_is_left_that_nothing_says(october: Report) -> None:
    """Words are looked up by name in the code and the templates."""
    folder = Path(__file__).parents[3] / "uptime" / "report"
    files = [
        *folder.glob("*.py"),
        *folder.glob("templates/*"),
        folder.parent / "commands/report.py",
    ]
    code = "".join(file.read_text("utf-8") for file in files if file.name != "words.py")
    made_up = ("status.", "level.", "field.", "what.", "What.", "parts.", "part.", "alerts.")
    unsaid = [
        key
        for key in WORDS["id"]
        if not re.search(rf"""["'.]{re.escape(key)}\b""", code) and not key.startswith(made_up)
    ]
    assert unsaid == []
    assert texts(october, "id")["words"] == WORDS["id"]
