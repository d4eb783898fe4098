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
from typing import Any

import pytest

from tests.uptime.evidence.world import HTML, siaga
from uptime.core.heads import parse_head
from uptime.core.text import from_rfc3339

pytestmark = pytest.mark.timeout(120)  # the first of them waits for the two lives


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
    run = subprocess.run(
        [sys.executable, "-I", script, path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "entries fit" in run.stdout
    head = parse_head((folder / "siaga.heads").read_text().strip())
    assert head.text in run.stdout.splitlines()
