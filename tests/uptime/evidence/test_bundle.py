"""The bundle of an outage that a real daemon recorded, opened as its reader would."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from tests.uptime.evidence.world import HTML, siaga
from tests.uptime.store.helpers import opened
from uptime.core.heads import parse_head
from uptime.core.model import Entry
from uptime.core.statements import entry
from uptime.core.text import from_rfc3339
from uptime.evidence import derived
from uptime.evidence.words import WORDS

pytestmark = pytest.mark.timeout(120)  # the first of them waits for the two lives

MANUAL = Path(__file__).parents[3] / "docs" / "evidence.md"


def made(folder: Path, *words: str, incident: str = "INC-1") -> Path:
    path = folder / "bundle.zip"
    code, out, err = siaga(folder, "evidence", incident, "-o", str(path), *words)
    assert (code, err) == (0, "")
    assert hashlib.sha256(path.read_bytes()).hexdigest() in out
    return path


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode(), newline="")))


def ask(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "siaga.db")) as db:
        return db.execute(statement).fetchall()


def test_the_same_record_makes_the_same_bytes_in_both_languages(folder: Path) -> None:
    first = made(folder).read_bytes()
    assert made(folder).read_bytes() == first
    indonesian = read(made(folder, "--language", "id"))
    english = read(made(folder, "--language", "en"))
    differ = {name for name, data in english.items() if indonesian[name] != data}
    assert differ == {"page.html", "manifest.json"}


def test_what_a_running_daemon_makes_is_the_same(folder: Path) -> None:
    assert (folder / "job.zip").read_bytes() == made(folder).read_bytes()


def test_names_are_sorted_and_times_are_those_of_the_incident(folder: Path) -> None:
    with zipfile.ZipFile(made(folder)) as archive:
        infos = archive.infolist()
    assert [i.filename for i in infos] == sorted(i.filename for i in infos)
    assert {i.compress_type for i in infos} == {zipfile.ZIP_STORED}
    assert {i.date_time[:3] for i in infos} == {(2026, 11, 22)}


def test_both_edges_have_their_results_and_results_on_both_sides(folder: Path) -> None:
    files = read(made(folder))
    incident = json.loads(files["incident.json"])
    rows = {row["at"]: row for row in table(files, "results.csv")}
    states = {edge: rows[at]["status"] for edge, at in incident["edges"].items()}
    assert states == {
        "last_good": "up", "first_bad": "down", "last_bad": "down", "first_good": "up",
    }  # fmt: skip
    stored = ask(folder, "SELECT began, began_bound, ended, ended_bound FROM incident")
    named = ("began", "began_bound", "ended", "ended_bound")
    assert stored == [tuple(from_rfc3339(incident[name]) for name in named)]
    assert any(at < incident["began_bound"] for at in rows)
    assert any(at > incident["ended"] for at in rows)
    assert list(rows) == sorted(rows)


def test_the_results_of_the_closed_day_are_proven_and_the_later_ones_are_not(
    folder: Path,
) -> None:
    path = made(folder)
    rows = table(read(path), "results.csv")
    midnight = "2026-11-22T17:00:00.000Z"
    assert [bool(row["proof"]) for row in rows] == [row["at"] < midnight for row in rows]
    assert {bool(row["proof"]) for row in rows} == {True, False}
    found = json.loads(siaga_verify(path, "--json")[1])
    assert found["results"] == len(rows)
    assert found["proven"] == sum(bool(row["proof"]) for row in rows)


def test_results_that_are_not_those_that_were_signed_are_said_to_be(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "siaga.db")) as db, db:
        db.execute("UPDATE chunk SET data = (SELECT data FROM chunk WHERE check_key = 2) "
                   "WHERE check_key = 3 AND hour = (SELECT min(hour) FROM chunk)")  # fmt: skip
    files = read(made(folder, "--language", "en"))
    assert "WARNING: the results of 2026-11-22" in files["page.html"].decode()
    assert not any(row["proof"] for row in table(files, "results.csv"))
    assert json.loads(files["incident.json"])["ledger"]["days_that_differ"] == ["2026-11-22"]


def test_the_neighbours_were_up_at_every_edge(folder: Path) -> None:
    files = read(made(folder))
    rows = {row["check"]: row for row in table(files, "siblings.csv")}
    assert {name: row["relation"] for name, row in rows.items()} == {
        "gerbang": "parent", "jendela": "sibling",
    }  # fmt: skip
    edges = ("last_good", "first_bad", "last_bad", "first_good")
    assert {row[edge] for row in rows.values() for edge in edges} == {"up"}
    tallies = json.loads(files["incident.json"])["states_of_all_others"]
    assert tallies == {edge: {"up": 2} for edge in edges}


def test_what_the_monitor_knew_of_itself_is_there(folder: Path) -> None:
    rows = table(read(made(folder)), "monitor.csv")
    assert [row["type"] for row in rows] == ["start", "absence", "blind"]
    assert rows[0]["at"] < json.loads(read(made(folder))["incident.json"])["began"]


def test_the_first_question_is_answered_at_the_top_was_the_monitor_itself_well(
    folder: Path,
) -> None:
    files = read(made(folder, "--language", "en"))
    rows = table(files, "monitor-minutes.csv")
    stored = ask(folder, "SELECT began, ended, lag, runs, up FROM own_state ORDER BY began")
    first, second = rows[:2]
    assert first["to"] == second["from"] >= "2026-11-22T17:00:00", "a minute of the clock ends"
    for row, (began, ended, lag, runs, up) in zip(rows, stored, strict=False):
        assert (from_rfc3339(row["from"]), from_rfc3339(row["to"])) == (began, ended)
        assert (int(row["lag_ms"]), int(row["runs"]), int(row["up"])) == (lag, runs, up)
    assert (int(second["up"]), int(second["unknown"])) == (3, 0)
    assert sum(int(row["runs"]) for row in rows) > 20
    found = json.loads(files["incident.json"])
    assert found["monitor"]["from"] == found["began_bound"]
    assert found["monitor"]["to"] == found["ended"]
    assert found["monitor"]["not_recorded_ms"] == 0
    page = files["page.html"].decode()
    said = "was well all the while" if found["monitor"]["well"] else "was not well for"
    assert page.index(f"The monitor itself {said}") < page.index('<table class="head">')


def test_the_minutes_of_the_closed_day_are_proven(folder: Path) -> None:
    files = read(made(folder, "--language", "en"))
    data = files["monitor-2026-11-22.jsonl"]
    heads = [json.loads(json.loads(line)["entry"]) for line in files["ledger.jsonl"].splitlines()]
    (head,) = [each for each in heads if each["type"] == "head"]
    assert hashlib.sha256(data).hexdigest() == head["minutes"]
    rows = table(files, "monitor-minutes.csv")
    proven = [row for row in rows if row["from"] < "2026-11-22T17:00:00.000Z"]
    assert len(proven) == len(data.splitlines()) < len(rows)
    assert f"{len(proven)} records are proven" in files["page.html"].decode()


def test_minutes_that_are_not_those_that_were_signed_are_said_to_be(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "siaga.db")) as db, db:
        db.execute("UPDATE own_state SET lag = 7")
    path = made(folder, "--language", "en")
    files = read(path)
    assert "WARNING: what the monitor recorded of itself on 2026-11-22" in (
        files["page.html"].decode()
    )
    assert "monitor-2026-11-22.jsonl" not in files
    assert json.loads(files["incident.json"])["ledger"]["monitor_days_that_differ"] == [
        "2026-11-22"
    ]
    assert siaga_verify(path)[0] == 0


@pytest.mark.parametrize(
    ("change", "well", "said"),
    [
        ("DELETE FROM own_state", None, "Tidak diketahui apakah pemantau sendiri sehat"),
        (
            "UPDATE own_state SET lag = 4200, step = -3600000, unjudged = 2, unstored = 0",
            False,
            "terhenti sampai 4,2 dtk, jamnya diubah -1 jam, 2 hasil tidak dapat dinilai",
        ),
        (
            "UPDATE own_state SET lag = 3, late = 17, synchronised = 1, clock_error = 2400",
            True,
            "paling lambat 17 ms; menurut kernel jamnya disinkronkan (selisih paling besar 2,4 ms)",
        ),
    ],
)
def test_a_monitor_that_was_not_well_or_has_no_record_of_it_says_so(
    folder: Path, change: str, well: bool | None, said: str
) -> None:
    with closing(sqlite3.connect(folder / "siaga.db")) as db, db:
        db.execute(change)
    path = made(folder, "--language", "id")
    files = read(path)
    assert json.loads(files["incident.json"])["monitor"]["well"] is well
    assert said in files["page.html"].decode()
    assert json.loads(siaga_verify(path, "--json")[1])["monitor_well"] is well


def test_the_terms_in_force_are_those_of_the_configuration_with_the_entry(folder: Path) -> None:
    files = read(made(folder))
    found = json.loads(files["configuration.json"])
    assert found["terms"]["check pintu"]["failure_threshold"]["value"] == 2
    assert found["terms"]["contract isp"]["fee"]["value"] == 2_500_000
    (entry,) = ask(folder, 'SELECT seq, entry FROM ledger WHERE entry LIKE \'%"type":"terms"%\'')
    assert found["terms"]["check pintu"]["interval"]["seq"] == entry[0]
    assert found["changed"] == []


def test_people_messages_and_maintenance_are_there_without_addresses(folder: Path) -> None:
    files = read(made(folder))
    said = [(row["type"], row["text"]) for row in table(files, "statements.csv")]
    assert said == [
        ("acknowledgement", f"ke lokasi {HTML}"),
        ("note", "'=1+1 serat putus"),
        ("cause", f"cause: vendor; reason: {HTML}"),
    ]
    told = [(row["channel"], row["kind"], row["state"]) for row in table(files, "messages.csv")]
    assert told == [("bel", "down", "delivered"), ("bel", "recovered", "delivered")]
    assert [row["id"] for row in table(files, "maintenance.csv")] == ["MNT-1"]
    secret = re.search(r'url = "(.+)"', (folder / "checks.toml").read_text())
    assert secret is not None
    assert not any(secret[1].encode() in data for data in files.values())
    assert not any(str(folder).encode() in data for data in files.values())


def test_the_ledger_goes_without_a_gap_up_to_a_signed_head(folder: Path) -> None:
    files = read(made(folder))
    rows = [json.loads(line) for line in files["ledger.jsonl"].decode().splitlines()]
    assert [row["seq"] for row in rows] == list(range(rows[0]["seq"], rows[-1]["seq"] + 1))
    (line,) = files["signatures.jsonl"].decode().splitlines()
    assert line == (folder / "siaga.heads").read_text().strip()
    assert (parse_head(line).seq, parse_head(line).hash) == (rows[-1]["seq"], rows[-1]["hash"])
    own = [row for row in rows if '"incident":"INC-1"' in row["entry"]]
    stored = ask(folder, "SELECT count(*) FROM ledger WHERE entry LIKE '%\"INC-1\"%'")
    assert stored == [(len(own),)]


def test_hostile_text_is_inert_on_the_page_and_in_a_spreadsheet(folder: Path) -> None:
    files = read(made(folder))
    page = files["page.html"].decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;img src=x onerror=alert(2)&gt;" in page
    for forbidden in ("<script", "<img", "\x1b", "href=", "src="):
        assert forbidden not in page.replace("&lt;img src=", "")
    assert "default-src 'none'" in page
    for name in (n for n in files if n.endswith(".csv")):
        cells = [cell for row in csv.reader(io.StringIO(files[name].decode())) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_the_page_says_in_words_what_people_stated(folder: Path) -> None:
    stated = entry(
        "ticket", from_rfc3339("2026-11-22T17:30:00Z"), incident="INC-1", by="budi", number="TT-1",
        reported=1_700_000_000_000, acknowledged=None, restored=1_700_000_060_000,
    )  # fmt: skip
    with opened(folder / "siaga.db") as store:
        store._writer.call(lambda book: book.enter((stated,))).result()
    page = read(made(folder, "--language", "id"))["page.html"].decode()
    assert "penyedia (&lt;script&gt;" in page
    assert "vendor" not in page[: page.index("Konfigurasi")]
    assert "<td>tiket penyedia</td>" in page
    assert "isi jawaban tidak sesuai harapan: expected" in page
    assert "assertion" not in page
    assert "TT-1; dilaporkan 15/11/2023 05.13.20,000; dinyatakan pulih 15/11/2023 05.14" in page


def test_the_page_says_what_is_not_recorded(folder: Path) -> None:
    page = read(made(folder, "--language", "id"))["page.html"].decode()
    assert "traceroute" in page
    assert "anchor" in page
    assert "Semua waktu di halaman ini WIB" in page


def test_raw_results_that_were_dropped_are_said_to_be(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "siaga.db")) as db, db:
        db.execute("DELETE FROM chunk")
        db.execute("DELETE FROM ingest")
    files = read(made(folder, "--language", "en"))
    assert table(files, "results.csv") == []
    page = files["page.html"].decode()
    assert "No raw results around the edges are kept any more." in page
    assert "observed; its raw result is not kept any more" in page


def test_without_signed_heads_the_bundle_is_made_and_says_so(folder: Path) -> None:
    (folder / "siaga.heads").unlink()
    (folder / "siaga.tip").unlink()
    path = folder / "bundle.zip"
    code, _, err = siaga(folder, "evidence", "INC-1", "-o", str(path))
    assert code == 0
    assert "are not signed yet" in err
    assert siaga_verify(path)[0] == 1


def test_before_the_day_is_closed_the_tip_closes_the_run(folder: Path) -> None:
    (folder / "siaga.heads").unlink()
    path = made(folder)
    (line,) = read(path)["signatures.jsonl"].decode().splitlines()
    assert line == (folder / "siaga.tip").read_text().strip()
    assert siaga_verify(path)[0] == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["INC-99", "-o", "x.zip"], "there is no incident INC-99"),
        (["99", "-o", "x.zip"], "names no incident"),
        (["INC-1"], "which incident, and where to"),
        (["-o", "x.zip"], "which incident, and where to"),
        (["INC-1", "--verify", "x.zip"], "not both"),
        (["--verify", "/nowhere/x.zip"], "No such file"),
        (["INC-1", "-o", "/nowhere/x.zip"], "No such file"),
    ],
)
def test_a_wrong_question_names_the_remedy(folder: Path, words: list[str], problem: str) -> None:
    code, out, err = siaga(folder, "evidence", *words)
    assert (code, out) == (2, "")
    assert problem in err
    assert "fix:" in err


def enter(folder: Path, *entries: Entry) -> None:
    """Into the ledger, as a daemon of a later day would have."""
    with opened(folder / "siaga.db") as store:
        store._writer.call(lambda book: book.enter(entries)).result()


def test_what_was_said_long_after_is_a_run_of_its_own(folder: Path) -> None:
    before = read(made(folder))["ledger.jsonl"]
    later = from_rfc3339("2026-12-20T00:00:00Z")
    noise = [entry("note", later + n, incident="INC-9", by="x", text="-") for n in range(5)]
    said = entry("note", later + 9, incident="INC-1", by="budi", text="vendor agrees")
    enter(folder, *noise, said)
    path = made(folder)
    files = read(path)
    lines = files["ledger.jsonl"].decode()
    assert lines.startswith(before.decode())
    assert "INC-9" not in lines
    runs = json.loads(files["incident.json"])["ledger"]["runs"]
    assert [run["signed"] for run in runs] == [True, True]
    assert runs[1]["first"] == runs[1]["last"]
    assert table(files, "statements.csv")[-1]["text"] == "vendor agrees"
    assert siaga_verify(path)[0] == 0


def test_results_that_retention_dropped_are_named_with_the_entry(folder: Path) -> None:
    at = from_rfc3339("2026-12-28T00:00:00Z")
    enter(folder, entry("retention", at, until=from_rfc3339("2026-11-23T00:00:00Z")))
    path = made(folder, "--language", "en")
    files = read(path)
    found = json.loads(files["incident.json"])
    assert found["results_dropped_before"] == "2026-11-23T00:00:00.000Z"
    (seq,) = ask(folder, "SELECT max(seq) FROM ledger")[0]
    assert f"(entry {seq} of the ledger)" in files["page.html"].decode()
    assert siaga_verify(path)[0] == 0


def test_a_change_of_terms_while_it_lasted_is_told_apart(folder: Path) -> None:
    """Rebuilt from entries, so that the page cannot show the file of today."""
    text = 'check pintu {"failure_threshold":5}'
    entries = [
        (1, entry("terms", 10, changed=['check pintu {"failure_threshold":2,"calendar":"jam"}'])),
        (2, entry("terms", 11, changed=['calendar jam {"hours":"x"}', 'check lain {"a":1}'])),
        (3, entry("transition", 12, check="pintu", incident="INC-1")),
        (4, entry("terms", 13, changed=[text, "check lain null"])),
        (5, entry("transition", 14, check="pintu", incident="INC-1")),
        (6, entry("terms", 15, changed=[text.replace("5", "6")])),
    ]
    found = derived.terms(entries, derived.transitions(entries, "INC-1"))
    assert [(t.subject, t.name, t.value, t.seq) for t in found.terms] == [
        ("calendar jam", "hours", "x", 2),
        ("check pintu", "calendar", "jam", 1),
        ("check pintu", "failure_threshold", 2, 1),
    ]
    assert [(t.name, t.value, t.seq) for t in found.changed] == [("failure_threshold", 5, 4)]


def test_a_check_is_kept_under_one_number_whatever_it_was_called() -> None:
    entries = [
        (1, entry("watched", 10, added=["lama", "lain"], keys=["7", "8"])),
        (2, entry("watched", 11, renamed=["lama", "baru"])),
    ]
    assert derived.numbers(entries, "baru") == {7}
    assert derived.numbers(entries, "lain") == {8}
    assert derived.numbers(entries, "tidak ada") == set()


def test_an_incident_that_lasts_has_its_newest_results(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "siaga.db")) as db, db:
        db.execute("UPDATE incident SET ended = NULL, ended_bound = NULL, closing = NULL")
    files = read(made(folder, "--language", "en"))
    assert "not recovered yet; data until" in files["page.html"].decode()
    found = json.loads(files["incident.json"])
    assert found["edges"].keys() == {"last_good", "first_bad"}
    assert "newest" in table(files, "results.csv")[-1]["edges"]


def test_a_check_that_is_gone_from_the_configuration_has_its_evidence_all_the_same(
    folder: Path,
) -> None:
    config = folder / "checks.toml"
    text = config.read_text()
    pintu = re.compile(r"\[checks\.pintu\].*?(?=\[checks\.gerbang\])", re.DOTALL)
    config.write_text(pintu.sub("", text))
    path = made(folder)
    files = read(path)
    assert json.loads(files["incident.json"])["name"] is None
    assert len(table(files, "results.csv")) > 5
    assert "127.0.0.1" in files["page.html"].decode()
    assert siaga_verify(path)[0] == 0


def test_a_ledger_that_does_not_fit_is_said_to_and_never_verifies(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "siaga.db")) as db, db:
        db.execute("UPDATE ledger SET entry = replace(entry, 'assertion', 'refused') "
                   "WHERE entry LIKE '%\"new\":\"down\"%'")  # fmt: skip
    path = folder / "bundle.zip"
    code, _, err = siaga(folder, "evidence", "INC-1", "-o", str(path))
    assert code == 0
    assert "the ledger does not fit at entry" in err
    assert "WARNING" in siaga_page(folder)
    assert siaga_verify(path)[0] == 1


def siaga_page(folder: Path) -> str:
    path = folder / "english.zip"
    siaga(folder, "evidence", "INC-1", "-o", str(path), "--language", "en")
    return read(path)["page.html"].decode()


def test_both_languages_say_the_same_things() -> None:
    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, text in WORDS["id"].items():
        assert places(text) == places(WORDS["en"][key]), key


def siaga_verify(path: Path, *words: str) -> tuple[int, str, str]:
    return siaga(path.parent, "evidence", "--verify", str(path), *words)


def test_a_bundle_verifies_and_shows_what_to_compare(folder: Path) -> None:
    path = made(folder)
    code, out, err = siaga_verify(path)
    assert (code, err) == (0, "")
    head = parse_head((folder / "siaga.heads").read_text().strip())
    assert head.hash in out
    assert head.key in out
    found = json.loads(siaga_verify(path, "--json")[1])
    assert (found["ok"], found["incident"], found["signatures"][0]["day"]) == (
        True, "INC-1", "2026-11-22",
    )  # fmt: skip


def test_a_stranger_verifies_it_with_python_alone(folder: Path) -> None:
    path = made(folder)
    script = folder / "check.py"
    script.write_bytes(read(path)["check.py"])
    assert len(script.read_text().splitlines()) <= 40
    assert f"```python\n{script.read_text()}```" in MANUAL.read_text()
    run = subprocess.run(
        [sys.executable, "-I", script, path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "entries fit" in run.stdout
    head = parse_head((folder / "siaga.heads").read_text().strip())
    assert head.text in run.stdout.splitlines()
