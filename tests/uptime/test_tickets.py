"""Tickets off a real record: the list by contract and month, the annex, the vendor's list, the
text for a chat.
"""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.uptime.claims.test_papers import paper
from tests.uptime.claims.world import CONFIG, MINUTE, at, recorded
from tests.uptime.store.helpers import opened
from uptime.claims.document import document
from uptime.claims.html import as_html
from uptime.claims.pdf import as_pdf
from uptime.claims.sheets import as_csv, as_xlsx
from uptime.claims.view import View
from uptime.cli import NO, OK, USAGE, main
from uptime.config import load
from uptime.core.model import Acknowledgement, Batch, Incident, Result, Status
from uptime.core.ticket import Ticket
from uptime.store.history import History
from uptime.tickets_text import WORDS, text

TARGETS = CONFIG + 'response = "30m"\nrepair = "4h"\n'
NOW = at("2025-11-20 00:00")


def told(file: Path, tickets: dict[int, Ticket]) -> Path:
    """The same record after somebody entered these tickets."""
    with History.open(f"sqlite:///{file.parent / 'siaga.db'}") as history:
        known = {number: history.incident(number) for number in tickets}
    changed = [replace(i, ticket=tickets[n]) for n, i in known.items() if i is not None]
    with opened(file.parent / "siaga.db") as store:
        store._writer.commit(Batch(incidents=tuple(changed))).result()
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Outages 1 (560 min) and 2 (140 min) of the vector have tickets."""
    first = Ticket(
        "TT-1", at("2025-10-03 02:15"), at("2025-10-03 02:35"), at("2025-10-03 11:20"), "budi", NOW
    )
    second = Ticket(
        "TT-2", at("2025-10-08 19:10"), at("2025-10-08 20:00"), at("2025-10-08 21:10"), "sari", NOW
    )
    return told(recorded(tmp_path, config=TARGETS), {1: first, 2: second})


def run(file: Path, *words: str) -> int:
    return main([*words, "-c", str(file)])


def test_response_and_repair_are_listed_with_the_measured_outage_beside_them(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(file, "ticket", "list", "--contract", "isp-a", "--month", "2025-10", "--json")
    assert code == OK
    found = json.loads(capsys.readouterr().out)
    first, second = found["items"]
    assert (first["number"], first["incident"], first["outage_ms"]) == (
        "TT-1", "INC-1", 560 * MINUTE,
    )  # fmt: skip
    assert first["response"] == {
        "ms": 20 * MINUTE, "running": False, "target_ms": 30 * MINUTE, "met": True,
    }  # fmt: skip
    assert (first["repair"]["ms"], first["repair"]["met"]) == (545 * MINUTE, False)
    assert (second["response"]["met"], second["repair"]["met"]) == (False, True)
    assert found["totals"]["response"] == {
        "count": 2, "mean_ms": 35 * MINUTE, "longest_ms": 50 * MINUTE, "met": 1, "missed": 1,
    }  # fmt: skip
    assert run(file, "ticket", "list", "--contract", "isp-a", "--month", "2025-10") == OK
    said = capsys.readouterr().out
    assert "20 min (met: 30 min)" in said
    assert "repair: 2, mean 5 h 32 min, longest 9 h 5 min; target met 1, missed 1" in said


def test_a_ticket_belongs_to_the_month_of_its_report(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "ticket", "list", "--month", "2025-11", "--json") == OK
    assert json.loads(capsys.readouterr().out)["items"] == []


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["list", "--contract", "isp-b"], USAGE, 'no contract named "isp-b" .did you mean'),
        (["list", "--month", "2025-13"], USAGE, '"2025-13" is no month'),
        (["show", "INC-99"], USAGE, 'no incident "INC-99"'),
        (["show", "x"], USAGE, 'no incident "x"'),
        (["show"], USAGE, "name the incident"),
        (["show", "INC-3"], NO, "INC-3 has no ticket; fix: siaga ticket open INC-3"),
        (["text", "INC-99"], USAGE, 'no incident "INC-99"'),
    ],
)
def test_a_question_without_an_answer_says_why(
    file: Path, words: list[str], code: int, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "ticket", *words) == code
    assert re.search(problem, capsys.readouterr().err)


def test_one_ticket_is_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "ticket", "show", "INC-1", "--json") == OK
    found = json.loads(capsys.readouterr().out)
    assert (found["reported"], found["by"]) == ("2025-10-02T19:15:00.000Z", "budi")


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_annex_of_a_claim_has_the_tickets_and_no_rupiah_more(file: Path, language: str) -> None:
    found = paper(file)
    said: Any = document(found, language)
    assert (said["refund"], said["counted_ms"]) == (139_578, 560 * MINUTE)
    assert [outage["ticket"] for outage in said["outages"][:3]] == ["TT-1", "TT-2", None]
    assert [each["number"] for each in said["tickets"]] == ["TT-1", "TT-2"]
    assert said["ticket_times"]["repair"]["missed"] == 1
    page = as_html(found, language)
    shown = {
        "id": ["Tiket penyedia", "545 (target 240: tidak tercapai)", "diisi budi,"],
        "en": ["The vendor&#39;s tickets", "545 (target 240: missed)", "entered by budi,"],
    }[language]
    assert [part for part in shown if part not in page] == []
    assert ",INC-1,TT-1," in as_csv(found, language)
    assert as_xlsx(found, language).startswith(b"PK")
    assert as_pdf(found, language).startswith(b"%PDF-")


def test_a_claim_without_tickets_has_no_column_for_them(tmp_path: Path) -> None:
    page = as_html(paper(recorded(tmp_path)), "id")
    assert "Tiket penyedia" not in page
    assert View(paper(tmp_path / "checks.toml"), "id").told == []


def test_the_vendors_list_is_matched_by_ticket_where_its_times_are_mistaken(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / "vendor.csv"
    # INC-1 written into the wrong day; INC-2 with times that agree, under another number.
    theirs.write_text(
        "No Tiket;Mulai;Selesai\n"
        "tt 1;13/10/2025 02.10;13/10/2025 11.30\n"
        "TT-9;08/10/2025 19.00;08/10/2025 21.20\n",
        "utf-8",
    )
    words = ("reconcile", "isp-a", str(theirs), "--month", "2025-10", "--json")
    assert run(file, *words) == NO
    rows = json.loads(capsys.readouterr().out)["rows"]
    first, second = (row for row in rows if row["theirs"])
    assert (first["status"], first["ours"][0]["ticket"]) == ("different", "TT-1")
    assert first["theirs"][0]["ticket"] == "tt 1"
    assert first["began_difference_ms"] == 10 * 1440 * MINUTE
    assert (second["status"], second["ours"][0]["incident"]) == ("agree", "INC-2")


class Runs:
    """Results of one check, whatever is asked for."""

    def __init__(self, *results: Result) -> None:
        self._results = results

    def runs(self, check: str, start: int, end: int) -> list[Result]:
        return [r for r in self._results if start <= r.at < end]


BEGAN = at("2025-10-03 02:10")
RUNS = Runs(
    Result("isp-a", 1, BEGAN - 30_000, 0.02, Status.UP, latency=0.0123, loss=0.0),
    Result("isp-a", 2, BEGAN, 5.0, Status.DOWN, reason="timeout", loss=1.0),
    Result("isp-a", 3, BEGAN + 30_000, 5.0, Status.UNKNOWN, blame="self"),
    Result("isp-a", 4, BEGAN + 60_000, 5.0, Status.DOWN, reason="timeout", loss=1.0),
)


def incident(file: Path, **changes: Any) -> Incident:
    with History.open(f"sqlite:///{file.parent / 'siaga.db'}") as history:
        found = history.incident(1)
    assert found is not None
    return replace(found, **changes)


def test_the_text_for_a_chat_has_all_the_vendor_asks_for(file: Path) -> None:
    config = load(file, {})
    secret = "connect to 10.9.8.7:161 via core-sw"
    ongoing = incident(file, ended=None, ended_bound=None, reason="timeout", detail=secret)
    now = BEGAN + 135 * MINUTE
    said = text(config, RUNS, ongoing, now=now, language="id")
    assert said == (
        "Yth. PT Serat Contoh,\n"
        "Laporan gangguan: sirkit berikut terputus.\n"
        "No. tiket: TT-1\n"
        "No. kontrak: 027/101/2025\n"
        "ID sirkit: FO-1G-0001\n"
        "Lokasi: ISP A, serat 1 Gbps\n"
        "Alamat sirkit: 192.0.2.1:443\n"
        "Terputus sejak: 03/10/2025 02.10.00 WIB (paling awal 02.09.30); "
        "masih berlangsung, sudah 2 jam 15 mnt\n"
        "Gejala: tidak menjawab sampai batas waktu\n"
        "Pengukuran kami: 2 dari 2 pemeriksaan tidak normal; 100 % paket hilang; "
        "terakhir normal 03/10/2025 02.09.30 WIB (12 ms)\n"
        "Dilaporkan: 03/10/2025 02.15.00 WIB\n"
        "Mohon hubungi: [ISI: nama petugas] [ISI: nomor telepon], Diskominfo Kabupaten Contoh\n"
        "Mohon perkiraan waktu pulih dan penyebabnya. "
        "Menurut kontrak perbaikan paling lama 4 jam."
    )


def test_the_text_never_gives_the_inside_away(file: Path) -> None:
    config = load(file, {})
    inside = incident(file, detail="10.9.8.7 refused", acked=Acknowledgement("budi", NOW))
    for language in ("id", "en"):
        said = text(config, RUNS, inside, now=NOW, language=language, call_back="Sari 0812")
        assert "10.9.8.7" not in said
        assert "Sari 0812, Diskominfo" in said
        assert "budi" not in said


def test_the_text_of_an_old_outage_says_that_its_results_are_gone(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "ticket", "text", "INC-1", "--language", "en") == OK
    said = capsys.readouterr().out
    assert "Our measurements: single results are no longer kept" in said
    assert "recovered 2025-10-03 11:30:00 WIB, after 9 h 20 min" in said


def test_a_degraded_circuit_is_not_said_to_be_down(file: Path) -> None:
    config = load(file, {})
    worse = Runs(Result("isp-a", 2, BEGAN, 0.1, Status.DEGRADED, latency=0.4, loss=0.25))
    said = text(config, worse, incident(file, kind="degraded"), now=NOW, language="id")
    assert "mutu sirkit berikut sempat menurun dan sudah pulih" in said
    assert "1 dari 1 pemeriksaan tidak normal; 25 % paket hilang" in said
    assert "terputus" not in said.casefold()


def test_both_languages_of_the_text_say_the_same_things() -> None:
    def holes(form: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(form) if name}

    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, form in WORDS["id"].items():
        assert holes(form) == holes(WORDS["en"][key]), key
