"""The pack of evidence for the evaluation: figures off a real record, blanks for people, a mapping
that is data, and what is not covered said plainly.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import string
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from tests.uptime.claims.world import CONFIG, Down, at, recorded
from uptime.cli import OK, USAGE, main
from uptime.config import load
from uptime.core.verdict import Verdict
from uptime.evaluation.files import files, zipped
from uptime.evaluation.gather import Pack, gather
from uptime.evaluation.indicators import SHIPPED, read
from uptime.evaluation.words import WORDS
from uptime.report.gather import gather as report
from uptime.store.history import History

MORE = """
[checks.web]
type = "tcp"
target = "192.0.2.3:443"
objective = 99.5
name = "=Portal"

[checks.luar]
type = "tcp"
target = "192.0.2.4:443"
scope = "external"

[checks.perizinan]
type = "all"
members = ["isp-a", "web"]
name = "Perizinan daring"
objective = 99.9
"""
DOWNS = [
    Down("2025-10-03 02:10", 560, "vendor"),
    Down("2025-10-05 02:10", 60, "listrik", "web"),
    Down("2025-11-05 02:10", 30, None, "web"),
]
NOW = at("2025-11-20 00:00")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return recorded(tmp_path, DOWNS, CONFIG + MORE, checks=("isp-a", "web", "luar"))


def pack(file: Path, period: str = "2025-10", now: int = NOW) -> Pack:
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        return gather(config, history, period, now)


def rows(made: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(made[name].decode())))


def test_each_service_has_target_achieved_and_coverage(file: Path) -> None:
    found = rows(files(pack(file), read(), "id"), "services.csv")
    assert [(r["id"], r["target_percent"], r["achieved_percent"], r["met"]) for r in found] == [
        ("perizinan", "99.9", "98.611", "no"),
        ("web", "99.5", "99.865", "yes"),
    ]
    assert {r["coverage_percent"] for r in found} == {"100.0"}
    assert found[0]["down_s"] == "37200.0", "620 minutes of two members, none of them counted twice"


def test_a_year_has_a_row_a_month_as_far_as_it_has_gone(file: Path) -> None:
    found = pack(file, "2025")
    months = [each.month for each in found.figures if each.row.id == "web"]
    assert months == [f"2025-{n:02d}" for n in range(1, 12)]
    by_month = {each.month: each for each in found.figures if each.row.id == "web"}
    assert by_month["2025-01"].verdict is Verdict.NO_DATA, "not watched yet"
    assert by_month["2025-10"].verdict is Verdict.MET
    assert by_month["2025-11"].row.down_ms == 30 * 60_000
    assert by_month["2025-11"].verdict is None, "nobody knows before the month is over"
    assert found.until == NOW
    page = files(found, read(), "id")["index.html"].decode()
    assert "SEMENTARA: periode ini belum berakhir; data sampai 20/11/2025 00.00.00 WIB." in page


def test_outages_come_with_what_was_done_and_reviews_are_left_to_people(file: Path) -> None:
    made = files(pack(file), read(), "id")
    outages = rows(made, "incidents.csv")
    assert [(r["check"], r["cause"], r["length_s"]) for r in outages] == [
        ("isp-a", "vendor", "33600.0"),
        ("web", "listrik", "3600.0"),
    ]
    assert outages[1]["name"] == "'=Portal", "a spreadsheet runs nothing of it"
    reviews = rows(made, "reviews.csv")
    people = ["reviewed_on", "reviewed_by", "review", "follow_up", "responsible", "due", "done_on"]
    assert all(row[column] == "[ISI]" for row in reviews for column in people)
    assert [row["met"] for row in reviews] == ["no", "yes"]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("id", ["Yang TIDAK tercakup", "aduan pengguna", "SLA per proses pengguna", "[ISI: judul"]),
        (
            "en",
            ["What is NOT covered", "complaints of users", "SLA per user process", "[FILL IN: t"],
        ),
    ],
)
def test_the_page_says_what_is_not_covered(file: Path, language: str, texts: list[str]) -> None:
    page = files(pack(file), read(), language)["index.html"].decode()
    assert [text for text in texts if text not in page] == []
    assert "I19" in page
    assert re.findall(r"<script|\son\w+=|<link|<img|url\(|https?:", page) == []


def test_the_manifest_has_the_hash_of_every_file_and_the_ledgers_head(file: Path) -> None:
    found = pack(file)
    made = files(found, read(), "id")
    manifest = json.loads(made["manifest.json"])
    assert manifest["ledger"] == {
        "ok": True, "entries": found.ledger.count, "head": found.ledger.head, "first_bad": None,
    }  # fmt: skip
    assert manifest["files"].keys() == made.keys() - {"manifest.json"}
    for name, said in manifest["files"].items():
        assert said["sha256"] == hashlib.sha256(made[name]).hexdigest()
    assert {i["number"] for i in manifest["indicators"]} == {
        "I2", "I12", "I14", "I19", "16", "17", "28",
    }  # fmt: skip
    assert zipped(made) == zipped(files(pack(file), read(), "id")), "the same pack, the same bytes"


def run(file: Path, *words: str) -> int:
    return main(["bukti-dukung", *words, "-c", str(file)])


def test_it_is_a_zip_or_a_new_folder(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, folder = tmp_path / "bukti.zip", tmp_path / "bukti"
    assert run(file, "--month", "2025-10", "-o", str(archive)) == OK
    assert run(file, "--year", "2025", "-o", str(folder), "--json") == OK
    names = {"index.html", "services.csv", "incidents.csv", "reviews.csv", "manifest.json"}
    assert set(zipfile.ZipFile(BytesIO(archive.read_bytes())).namelist()) == names
    assert {each.name for each in folder.iterdir()} == names
    assert run(file, "--year", "2025", "-o", str(folder)) == USAGE
    assert f"{folder}: File exists; fix: name a ZIP file or a new folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--month", "2025-13"], '"2025-13" is no month'),
        (["--year", "25"], '"25" is no year; write it as "2026"'),
        (["--year", "2999"], "2999 lies in the future"),
        (["--month", "2025-10", "--indicators", "/nowhere"], "/nowhere: No such file"),
    ],
)
def test_a_question_without_an_answer_says_why(
    file: Path,
    tmp_path: Path,
    words: list[str],
    problem: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(file, *words, "-o", str(tmp_path / "x.zip")) == USAGE
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "x.zip").exists()


GOOD = SHIPPED.read_text("utf-8").partition("[[indicator]]")[2].partition("[[indicator]]")[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("", "", None),
        ("number = ", "nummer = ", "indicator 1: nummer: is not known"),
        ('number = "I19"', "number = 19", "indicator 1: number: is missing"),
        ('"services.csv"', '"secrets.csv"', "indicator 1: files: fix: a list of index.html"),
        ("shows = { id", "shows = { de", 'indicator 1: shows: fix: write { id = "…", en = "…" }'),
        ("instrument = ", "instrument ", "Expected"),
    ],
)
def test_next_years_mapping_is_read_or_told_what_is_wrong(
    tmp_path: Path, old: str, new: str, problem: str | None
) -> None:
    path = tmp_path / "2027.toml"
    path.write_text("[[indicator]]" + GOOD.replace(old, new, 1), "utf-8")
    if problem is None:
        assert [each.number for each in read(path)] == ["I19"]
        return
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_both_languages_say_the_same_things() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, text in WORDS["id"].items():
        assert holes(text) == holes(WORDS["en"][key]), key


def test_report_and_pack_judge_a_month_alike(tmp_path: Path) -> None:
    """What nobody saw could decide: neither paper says that the target was met."""
    blind = Down("2025-10-03 02:10", 200, "vendor", "web", blind=(20, 200))
    more = """
[checks.web]
type = "tcp"
target = "192.0.2.3:443"
objective = 99.9
public = { name = "Portal" }
"""
    file = recorded(tmp_path, [blind], CONFIG + more, checks=("isp-a", "web"))
    (figure,) = [each for each in pack(file).figures if each.row.id == "web"]
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        (row,) = report(config, history, "2025-10", NOW).rows
    assert (row.ledger.availability, figure.row.availability) == (99.955, 99.955)
    assert figure.verdict is row.verdict is Verdict.UNSURE
    made = files(pack(file), read(), "id")
    assert [r["met"] for r in rows(made, "services.csv") if r["id"] == "web"] == ["unsure"]
    assert "belum pasti</td>" in made["index.html"].decode()
