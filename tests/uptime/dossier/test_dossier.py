"""The draft of a report to BSSN: prefilled from the record, blank where only people know."""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.uptime.claims.world import CONFIG, MINUTE, Down, at, recorded
from tests.uptime.store.helpers import opened
from uptime.cli import OK, USAGE, main
from uptime.config import load
from uptime.core import statements
from uptime.core.model import Batch, Condition, Delivery, Notification, Status, Transition
from uptime.core.own_state import OwnState
from uptime.core.ticket import Ticket
from uptime.dossier.gather import Dossier, gather
from uptime.dossier.papers import as_html, as_pdf, document
from uptime.dossier.view import View
from uptime.dossier.words import WORDS
from uptime.store.history import History

SERVICE = """
[checks.web]
type = "tcp"
target = "192.0.2.3:443"

[checks.perizinan]
type = "all"
members = ["isp-a", "web"]
name = "Perizinan daring"
"""
BEGAN = at("2025-10-03 02:10")
FOUND = BEGAN + MINUTE
EVIL = "<script>alert(1)</script> #panic() \x1b[31m"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One outage that people said much about, the last of it foreign text."""
    made = recorded(
        tmp_path,
        [Down("2025-10-03 02:10", 560, "vendor")],
        CONFIG + SERVICE,
        checks=("isp-a", "web"),
    )
    fell = Transition(
        "isp-a", FOUND, Condition.UP, Condition.DOWN, Status.UP, Status.DOWN, BEGAN, BEGAN - 30_000,
        reason="timeout", detail="no answer",
    )  # fmt: skip
    said = [
        statements.of_transition(fell, 1),
        statements.entry(
            "acknowledgement", FOUND + MINUTE, incident="INC-1", by="budi", note="ke lokasi"
        ),
        statements.entry("note", FOUND + 2 * MINUTE, incident="INC-1", by="sari", text=EVIL),
        statements.entry("note", FOUND + 2 * MINUTE, incident="INC-11", by="sari", text="lain"),
        statements.entry("cause", FOUND + 3 * MINUTE, incident="INC-1", by="budi", cause="vendor",
                         reason="serat putus"),
        statements.of_ticket("INC-1", Ticket("TT-1", FOUND, None, None, "budi", FOUND + MINUTE)),
        statements.entry("cause proposed", FOUND + 4 * MINUTE, incident="INC-1", rule="siblings"),
    ]  # fmt: skip
    told = Notification(
        1, 1, "piket", "down", 1, FOUND, FOUND, Delivery.DELIVERED, delivered=FOUND + 1500
    )
    with opened(tmp_path / "siaga.db") as store:
        store._writer.commit(Batch(entries=tuple(said), notifications=(told,))).result()
    return made


def dossier(file: Path, now: int = FOUND + 30 * 60 * MINUTE) -> Dossier:
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        incident = history.incident(1)
        assert incident is not None
        return gather(config, history, incident, now)


def test_the_clocks_run_from_when_the_monitor_had_confirmed_it(file: Path) -> None:
    found: Any = document(dossier(file), "id")
    assert found["found"] == "2025-10-02T19:11:00.000Z", "not from the first failing result"
    vital, personal = found["deadlines"]
    assert (vital["due"], vital["overdue"], vital["left_ms"]) == (
        "2025-10-03T19:11:00.000Z", True, -6 * 60 * MINUTE,
    )  # fmt: skip
    assert (personal["overdue"], personal["left_ms"]) == (False, 42 * 60 * MINUTE)


def test_what_the_record_knows_is_filled_in_and_the_rest_is_blank(file: Path) -> None:
    found: Any = document(dossier(file), "id")
    values = {
        f"{section}.{key}": field["value"]
        for section, content in found["sections"].items()
        for key, field in content["fields"].items()
    }
    assert values["description.system"] == "ISP A, serat 1 Gbps"
    assert values["impact.services"] == "Perizinan daring"
    assert values["impact.began"] == "03/10/2025 02.10.00 WIB (paling awal 02.09.30)"
    assert values["impact.lasted"] == "9 jam 20 mnt"
    assert values["handling.cause"] == "penyedia"
    blanks = {key for key, value in values.items() if value is None}
    assert blanks == {
        "contact.name", "contact.position", "contact.phone", "contact.mail",
        "description.kind", "description.vital", "description.risk",
        "impact.people", "impact.damage",
        "handling.acked", "handling.steps", "handling.recovery", "handling.evidence",
        "personal.data", "personal.how", "personal.measures", "personal.subjects",
        "personal.agency", "reported.sectoral", "reported.national", "reported.receipt",
    }  # fmt: skip
    hints = [f for s in found["sections"].values() for f in s["fields"].values()]
    assert all(f["hint"] for f in hints if f["value"] is None), "a blank says what belongs there"


def test_whether_the_monitor_itself_was_well_is_said_with_the_measurement(file: Path) -> None:
    def said() -> str:
        found: Any = document(dossier(file), "id")
        return str(found["sections"]["description"]["fields"]["monitor"]["value"])

    assert said().startswith("Tidak diketahui apakah pemantau sendiri sehat")
    minutes = [OwnState(BEGAN + n * MINUTE, BEGAN + (n + 1) * MINUTE, lag=7) for n in range(560)]
    minutes[0] = replace(minutes[0], began=BEGAN - MINUTE)
    away = statements.entry("absence", FOUND, began=FOUND, ended=FOUND + 5 * MINUTE)
    with opened(file.parent / "siaga.db") as store:
        store._writer.commit(Batch(own=tuple(minutes))).result()
    assert said().startswith("Pemantau sendiri sehat selama itu: paling lambat 7 ms;")
    with opened(file.parent / "siaga.db") as store:
        store._writer.commit(Batch(entries=(away,))).result()
    assert "tidak sehat selama 5 mnt dari 9 jam 20 mnt: tidak berjalan selama 5 mnt" in said()


def test_the_chronology_says_who_said_what_when_and_where_it_stands(file: Path) -> None:
    events: Any = document(dossier(file), "id")["chronology"]
    assert [(e["kind"], e["by"]) for e in events] == [
        ("transition", None), ("delivered", None), ("acknowledgement", "budi"),
        ("ticket", "budi"), ("note", "sari"), ("cause", "budi"), ("cause proposed", None),
    ]  # fmt: skip
    assert events[0]["text"] == (
        "terputus sejak 03/10/2025 02.10.00 WIB; tidak menjawab sampai batas waktu: no answer"
    )
    assert events[1]["text"] == "pesan GANGGUAN terkirim ke piket"
    assert events[5]["text"] == "sebab: penyedia (serat putus)"
    assert events[6]["text"] == "cause proposed: rule siblings", "what is not known yet is shown"
    with History.open(load(file, {}).siaga.database) as history:
        rows = {seq: text for seq, text, _, _ in history.ledger(0, 1000)}
    assert '"text":"<script>' in rows[events[4]["entry"]]
    assert events[1]["entry"] is None


@pytest.mark.parametrize("language", ["id", "en"])
def test_foreign_text_is_shown_and_never_run(file: Path, language: str) -> None:
    found = dossier(file)
    page = as_html(found, language)
    assert "&lt;script&gt;" in page
    assert re.findall(r"<script|\son\w+=|<link|<img|url\(|https?:|\x1b", page) == []
    pdf = as_pdf(found, language)
    assert pdf.startswith(b"%PDF-")
    assert pdf == as_pdf(found, language)


def test_blanks_stand_out_on_paper(file: Path) -> None:
    page = as_html(dossier(file), "id")
    assert page.count('<span class="blank"><b>ISI</b>') == 22
    assert "LEWAT 6 jam" in page
    assert "sisa 1 hari 18 jam" in page


def test_a_broken_ledger_is_said(file: Path) -> None:
    found = dossier(file)

    class Broken:
        count, head, bad = 7, "x", 5

    broken = replace(found, ledger=Broken())
    assert "PERINGATAN: buku besar rusak pada entri 5" in as_html(broken, "id")
    assert View(found, "id").warnings == []


def run(file: Path, *words: str) -> int:
    return main(["dossier", *words, "-c", str(file)])


def test_the_terminal_shows_deadlines_fields_and_blanks(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "INC-1") == OK
    said = capsys.readouterr().out
    for text in (
        "1 x 24 jam",
        "LEWAT",
        "Nama: [ISI: nama pelapor]",
        "serat putus",
        "Sebab menurut",
    ):
        assert text in said
    assert run(file, "INC-1", "--language", "en") == OK
    assert "Name: [FILL IN: who reports]" in capsys.readouterr().out
    assert run(file, "INC-1", "--json") == OK
    assert json.loads(capsys.readouterr().out)["incident"] == "INC-1"


@pytest.mark.parametrize(
    ("name", "start"), [("d.html", b"<!doctype"), ("d.pdf", b"%PDF-"), ("d.json", b"{")]
)
def test_the_end_of_the_files_name_says_in_which_form(file: Path, name: str, start: bytes) -> None:
    assert run(file, "INC-1", "-o", str(file.parent / name)) == OK
    assert (file.parent / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["INC-9"], 'no incident "INC-9"; fix: siaga incidents'),
        (["INC-1", "-o", "d.txt"], "d.txt: in which form; fix: end it in .html, .pdf or .json"),
    ],
)
def test_what_cannot_be_made_says_what_to_do(
    file: Path, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, *words) == USAGE
    assert problem in capsys.readouterr().err


def test_both_languages_say_the_same_things() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, text in WORDS["id"].items():
        assert holes(text) == holes(WORDS["en"][key]), key


def test_services_of_what_hangs_on_it_are_named_too(file: Path) -> None:
    text = file.read_text("utf-8").replace(
        'name = "ISP A, serat 1 Gbps"',
        'name = "ISP A, serat 1 Gbps"\npublic = { name = "Internet" }',
    )
    file.write_text(text, "utf-8")
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        incident = history.incident(1)
        assert incident is not None
        tower = replace(incident, check="menara", affected=("isp-a",))
        found = gather(config, history, tower, FOUND)
    assert list(found.services) == ["Perizinan daring", "Internet"]
    assert list(found.behind) == ["ISP A, serat 1 Gbps"]
