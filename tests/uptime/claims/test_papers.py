"""One claim in all its forms: they say the same, and nobody's text runs."""

from __future__ import annotations

import csv
import re
import string
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uptime.claims.world import CONFIG, VECTOR, Down, at, recorded, work
from uptime.claims.document import document
from uptime.claims.gather import Paper, gather
from uptime.claims.html import as_html
from uptime.claims.pdf import as_pdf
from uptime.claims.sheets import as_csv, as_xlsx
from uptime.claims.steps import steps
from uptime.claims.view import View
from uptime.claims.words import WORDS
from uptime.config import load
from uptime.core.causes import Cause
from uptime.core.claim import claim
from uptime.core.claim_money import Terms
from uptime.core.claim_outages import Outage
from uptime.core.proposed import Proposal
from uptime.paper.cells import guarded
from uptime.store.history import History
from uptime.store.values import Verified

NOW = at("2025-11-20 00:00")
MINUTE = 60_000


def paper(file: Path, month: str = "2025-10", now: int = NOW) -> Paper:
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        return gather(config, history, "isp-a", month, now)


@pytest.fixture
def vector(tmp_path: Path) -> Paper:
    return paper(recorded(tmp_path))


def test_the_test_vector_comes_off_a_real_record(vector: Paper) -> None:
    found = document(vector, "id")
    assert (found["down_ms"], found["counted_ms"]) == (812 * MINUTE, 560 * MINUTE)
    assert (found["refund"], found["availability"], found["met"]) == (139_578, 98.7455, False)
    assert (found["allowance_ms"], found["coverage"]) == (13_392_000, 100.0)
    assert found["excluded_ms"] == {"planned-work": 95 * MINUTE, "power": 140 * MINUTE}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_same_claim_gives_the_same_bytes(vector: Paper, language: str) -> None:
    for form in (as_csv, as_html, as_pdf, as_xlsx):
        assert form(vector, language) == form(vector, language)


def test_a_program_that_is_not_ours_adds_the_csv_up(vector: Paper) -> None:
    lines = list(csv.DictReader(StringIO(as_csv(vector, "en"))))
    outages = [line for line in lines if line["kind"] == "outage"]
    assert sum(float(line["counted_s"]) for line in outages) == 33_600
    assert [line["reason"] for line in outages] == ["counted", "cause", "cause", *["short"] * 4]
    assert outages[0]["began"] == "2025-10-03T02:10:00.000+07:00"


def test_a_spreadsheet_has_numbers_and_times_to_reckon_with(vector: Paper) -> None:
    book = zipfile.ZipFile(BytesIO(as_xlsx(vector, "id")))
    sheet = book.read("xl/worksheets/sheet2.xml").decode()
    cells = dict(re.findall(r'<c r="([A-Z]+2)"(?: s="\d+")?><v>([\d.]+)</v>', sheet))
    assert (cells["G2"], cells["H2"]) == ("560", "560")
    began = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=float(cells["C2"]))
    assert f"{began + timedelta(milliseconds=1):%Y-%m-%d %H:%M}" == "2025-10-03 02:10"


def test_the_page_holds_what_an_auditor_asks_for(vector: Paper) -> None:
    page = as_html(vector, "id")
    for text in (
        "027/101/2025", "FO-1G-0001", "PT Serat Contoh", "Oktober 2025", "44.640 mnt",
        "03/10/2025 02.10.00", "paling awal 02.09.30", "INC-1", "tidak dihitung: sebab listrik",
        "18.500.000 × (33.600 − 13.392) / 2.678.400 = 139.578,85…", "Rp139.578",
        "menurut data pemantauan Pemkab", "Kelengkapan data: 100 %", vector.ledger.head,
        "Tanggapan penyedia",
    ):  # fmt: skip
        assert text in page
    assert "size: A4" in page


def test_the_page_loads_and_runs_nothing(vector: Paper) -> None:
    page = as_html(vector, "en")
    assert re.findall(r"<script|\son\w+=|<link|<img|url\(|https?:", page) == []
    assert "default-src 'none'" in page


def test_foreign_text_is_shown_and_never_run(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    config = CONFIG.replace("FO-1G-0001", "=HYPERLINK(1)")
    file = recorded(tmp_path, [Down("2025-10-03 02:10", 560, evil)], config)
    found = paper(file)
    assert "<script" not in as_html(found, "id")
    assert "&lt;script&gt;" in as_html(found, "id")
    cells = [cell for row in csv.reader(StringIO(as_csv(found, "id"))) for cell in row]
    assert evil in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    book = zipfile.ZipFile(BytesIO(as_xlsx(found, "id")))
    assert not any(b"<f>" in book.read(name) for name in book.namelist())
    assert b"'=HYPERLINK(1)" in book.read("xl/sharedStrings.xml")


def test_what_is_markup_elsewhere_is_text_on_the_printed_page(tmp_path: Path) -> None:
    evil = '#panic("x") $1/0$ *b* `r` ] } \\ @ref <a> //'
    plain = paper(recorded(tmp_path, [Down("2025-10-03 02:10", 560, evil)]))
    assert as_pdf(plain, "id").startswith(b"%PDF-")


@pytest.mark.parametrize("text", ["=1+1", "+62", "-1", "@x", " =1", "\t=1", "＝1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["a=1", "", "−5", -5, 1.5, None])
def test_what_a_spreadsheet_would_not_run_stays(cell: object) -> None:
    assert guarded(cell) == cell


def test_a_cause_that_is_only_proposed_excludes_nothing(tmp_path: Path) -> None:
    """Power would be excluded if a person had said it."""
    proposed = Proposal(Cause.POWER, "power", "strong", ("dc-ups",))
    found = paper(recorded(tmp_path, [Down("2025-10-03 02:10", 60, proposed=proposed)]))
    (row,) = found.claim.rows
    assert (row.counted, row.cause) == (60 * MINUTE, None)
    (line,) = View(found, "id").lines
    assert (line.cause, line.judgement) == ("–", "dihitung; sebab belum diisi")


def test_a_cause_nobody_entered_or_knows_is_remarked(tmp_path: Path) -> None:
    downs = [Down("2025-10-03 02:10", 60), Down("2025-10-04 02:10", 60, "tikus")]
    first, second = View(paper(recorded(tmp_path, downs)), "id").lines
    assert (first.cause, first.judgement) == ("–", "dihitung; sebab belum diisi")
    assert (second.cause, second.judgement) == ("tikus", "dihitung; sebab tidak dikenali")


def test_an_outage_behind_one_of_our_own_is_remarked(tmp_path: Path) -> None:
    gateway = '[checks.gw]\ntype = "tcp"\ntarget = "192.0.2.9:22"\n\n[checks.isp-a]\n'
    config = CONFIG.replace("[checks.isp-a]\n", gateway + 'depends_on = ["gw"]\n')
    downs = [
        Down("2025-10-03 02:00", 60, None, "gw"),
        Down("2025-10-03 02:10", 60),
        Down("2025-10-04 02:10", 60),
        Down("2025-10-05 02:00", 60, None, "gw"),
        Down("2025-10-05 02:10", 60, "jaringan internal"),
    ]
    file = recorded(tmp_path, downs, config, checks=("isp-a", "gw"))
    first, second, third = View(paper(file), "en").lines
    assert first.judgement.endswith(
        "cause not entered, although gw was down, too: look into it first"
    )
    assert second.judgement == "counted; cause not entered"
    assert third.judgement == "not counted: cause internal network"


TERMS = CONFIG + 'maintenance_notice = "3d"\nmaintenance_quota = "30m"\n'


@pytest.mark.parametrize(
    ("config", "announced", "entered", "minutes"),
    [
        (CONFIG, None, None, 60),
        (CONFIG, None, "2025-10-03 02:50", 20),  # entered late: from its entry on
        (TERMS, None, None, 0),  # not announced
        (TERMS, "2025-10-02", None, 0),  # a day ahead
        (TERMS, "2025-09-30", None, 30),  # in time, up to the quota
    ],
)
def test_agreed_maintenance_is_taken_out(
    tmp_path: Path, config: str, announced: str | None, entered: str | None, minutes: int
) -> None:
    downs = [Down("2025-10-03 02:10", 560, "vendor")]
    planned = work("2025-10-03 02:10", 60, announced and f"{announced} 00:00", entered)
    found = paper(recorded(tmp_path, downs, config, maintenance=[planned]))
    assert found.claim.maintenance == minutes * MINUTE
    assert found.claim.counted == (560 - minutes) * MINUTE
    (line,) = View(found, "en").lines
    said = ["counted"]
    if minutes:
        said = [f"counted {560 - minutes} of 560 minutes", f"maintenance {minutes}"]
    if config is TERMS:
        said.append(f"maintenance {60 - minutes} not announced in time or beyond the quota")
    assert line.judgement == "; ".join(said)


def test_a_month_that_is_not_over_is_provisional(tmp_path: Path) -> None:
    file = recorded(tmp_path, until="2025-10-20 12:00")
    found = paper(file, now=at("2025-10-20 15:00"))
    assert found.until == at("2025-10-20 12:00")
    said = "SEMENTARA: bulan ini belum berakhir; data sampai 20 Oktober 2025 12.00 WIB."
    assert said in as_html(found, "id")
    assert [(g.kind, g.ended - g.began) for g in found.claim.gaps] == [("unknown", 180 * MINUTE)]


def test_what_was_not_known_is_listed_and_not_counted(tmp_path: Path) -> None:
    found = paper(recorded(tmp_path, since="2025-10-05 00:00", downs=VECTOR[1:]))
    (gap,) = found.claim.gaps
    assert (gap.kind, gap.ended) == ("unmonitored", at("2025-10-05 00:00"))
    assert found.known.unmonitored == 4 * 1440 * MINUTE
    assert "tidak dipantau 5.760 menit" in View(found, "id").coverage


def test_what_was_not_known_within_an_outage_is_said_beside_it(tmp_path: Path) -> None:
    downs = [Down("2025-10-03 02:00", 60, "vendor", blind=(10, 30))]
    found = paper(recorded(tmp_path, downs))
    assert found.claim.counted == 40 * MINUTE
    assert [(g.kind, g.ended - g.began) for g in found.claim.gaps] == [("unknown", 20 * MINUTE)]
    (line,) = View(found, "en").lines
    assert (line.minutes, line.judgement) == ("40", "counted; without data 20")


def test_an_outage_at_the_edge_of_the_month_says_that_it_is_longer(tmp_path: Path) -> None:
    downs = [Down("2025-09-30 23:00", 120, "vendor"), Down("2025-10-31 23:00", 120, "vendor")]
    first, last = View(paper(recorded(tmp_path, downs)), "en").lines
    assert (first.minutes, last.minutes) == ("60", "60")
    assert first.began_small.endswith("since before the period")
    assert last.ended_small.endswith("until after the period")


def test_a_broken_ledger_is_said_on_every_form(vector: Paper) -> None:
    broken = replace(vector, ledger=Verified(7, "x", 5))
    for text in (as_csv(broken, "en"), as_html(broken, "en")):
        assert "WARNING: the ledger is broken at entry 5" in text
    assert document(broken, "en")["ledger"] == {
        "ok": False, "entries": 7, "head": "x", "first_bad": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("contract", "month", "problem"),
    [
        ("isp-b", "2025-10", 'no contract named "isp-b" .did you mean "isp-a"'),
        ("isp-a", "2025-13", '"2025-13" is no month'),
        ("isp-a", "2025-12", "lies in the future"),
        ("idle", "2025-10", 'no check measures contract "idle"; fix: write contract = "idle"'),
    ],
)
def test_a_question_that_has_no_answer_says_why(
    tmp_path: Path, contract: str, month: str, problem: str
) -> None:
    idle = '[contracts.idle]\nprovider = "x"\nsla = 99\nfee = 1\nformula = "prorata"\n'
    config = load(recorded(tmp_path, config=CONFIG + idle), {})
    with History.open(config.siaga.database) as history:
        with pytest.raises(ValueError, match=problem):
            gather(config, history, contract, month, NOW)


# ---- the arithmetic as it is printed ----

FEES, SHARES = st.integers(0, 10**10), st.integers(1, 100_000).map(lambda n: Fraction(n, 100_000))


@given(
    fee=FEES,
    sla=SHARES,
    lost=st.integers(1, 1000 * MINUTE),
    formula=st.sampled_from(["prorata", "selisih", "selisih-rasio", "bagi-sla"]),
)
def test_a_calculator_gets_what_is_printed(
    fee: int, sla: Fraction, lost: int, formula: Any
) -> None:
    outage = Outage("a", 0, 0, lost, lost, ((0, lost),))
    terms = Terms(sla, fee, formula, minimum=0)
    found = claim(terms, (0, 1000 * MINUTE), 1000 * MINUTE, [outage])
    checked = 0
    for line in steps(found, "calendar-month", "en"):
        *_, sums, printed = ("", *line.split(" = "))
        if not re.search(r"\d [×/−] ", sums):
            continue
        shown = re.match(r"[\d,.]+", printed)
        assert shown is not None
        factor = 100 if "%" in printed else 1
        left = worked_out(sums) * factor - Fraction(shown[0].replace(",", ""))
        assert 0 <= left < Fraction(1, 100)
        checked += 1
    assert checked == (3 if found.refund.due else 2)  # A, the allowance, the refund


def worked_out(sums: str) -> Fraction:
    """What a calculator makes of a printed sum."""
    text = re.sub(r"([\d.]+) %", r"(\1/100)", sums.replace(",", ""))
    text = re.sub(r"[\d.]+", lambda n: f"Fraction('{n[0]}')", text)
    text = text.replace("×", "*").replace("−", "-")
    return Fraction(eval(text, {"Fraction": Fraction}))


def test_both_languages_say_the_same_things() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, text in WORDS["id"].items():
        assert holes(text) == holes(WORDS["en"][key]), key
