"""The report of a month off a real record: the figures that are printed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.uptime.report.world import CONFIG, MINUTE, Down, World, at, message, work
from uptime.claims.gather import gather as claim_of
from uptime.config import load
from uptime.core.booking import Booked
from uptime.core.causes import Cause
from uptime.core.model import Batch, Delivery, Incident, Severity
from uptime.core.proposed import Proposal
from uptime.core.verdict import Verdict
from uptime.report.gather import gather
from uptime.report.kept import report_of, text_of
from uptime.report.model import Report
from uptime.report.view import View
from uptime.store import Store
from uptime.store.history import History

NOW = at("2026-11-04 12:00")
DAY = 86_400_000
OCTOBER = 31 * DAY
DOWNS = (
    Down("web", "2026-09-10 10:00", 300),
    Down("web", "2026-10-03 02:10", 260, "vendor", acked=10),
    Down("web", "2026-10-20 08:00", 20),
    Down("isp-a", "2026-10-12 09:00", 90, "Listrik (PLN)", "UPS dipesan.", 20, ("kec-bergas",)),
    Down("kec-bergas", "2026-10-12 09:01", 90),
    Down("izin", "2026-10-31 23:00", 120, "tikus"),
)


def report(file: Path, month: str = "2026-10", now: int = NOW) -> Report:
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        return gather(config, history, month, now)


@pytest.fixture
def october(tmp_path: Path) -> Report:
    return report(World(DOWNS).record(tmp_path))


def test_rows_are_what_citizens_see_the_ones_below_target_first(october: Report) -> None:
    assert october.kind == "check"
    assert [(row.name, row.verdict) for row in october.rows] == [
        ("Portal kabupaten", Verdict.MISSED), ("Perizinan daring", Verdict.MET),
    ]  # fmt: skip
    web, izin = october.rows
    assert (web.ledger.down, web.outages, web.longest) == (280 * MINUTE, 2, 260 * MINUTE)
    assert (web.least, web.most) == (279 * MINUTE, 281 * MINUTE)
    assert web.ledger.up + web.ledger.down == OCTOBER
    assert (izin.ledger.down, izin.down_now) == (60 * MINUTE, True)
    assert web.before is not None
    assert web.before.down == 300 * MINUTE


def test_rows_are_services_where_there_are_any(tmp_path: Path) -> None:
    service = (
        '\n[checks.daring]\ntype = "all"\nmembers = ["web", "izin"]\nname = "Layanan daring"\n'
        "objective = 99.0\n"
    )
    found = report(World(DOWNS, config=CONFIG + service).record(tmp_path))
    (row,) = found.rows
    assert (found.kind, row.name, row.verdict) == ("service", "Layanan daring", Verdict.MET)
    assert (row.ledger.down, row.outages) == (340 * MINUTE, 3)
    # The last one has not ended within the month: its end has no bound there.
    assert (row.least, row.most) == (339 * MINUTE, 341 * MINUTE + MINUTE // 2)


def test_rows_are_groups_where_nothing_is_public(tmp_path: Path) -> None:
    config = "\n".join(line for line in CONFIG.splitlines() if not line.startswith("public"))
    found = report(World(DOWNS, config=config).record(tmp_path))
    assert found.kind == "group"
    assert {row.name for row in found.rows} == {"Tautan kecamatan", "Diskominfo Kabupaten Contoh"}
    (links,) = [row for row in found.rows if row.id == "kecamatan"]
    assert (links.ledger.down, links.objective) == (90 * MINUTE, None)


def test_the_days_add_up_to_the_month(october: Report) -> None:
    assert [day.date for day in october.days] == list(range(1, 32))
    assert sum(day.ledger.down for day in october.days) == october.total.down == 340 * MINUTE
    assert {day.date: day.ledger.down // MINUTE for day in october.days if day.ledger.down} == {
        3: 260, 20: 20, 31: 60,
    }  # fmt: skip
    assert october.days[0].weekday == 3


def test_causes_are_booked_the_most_minutes_first(october: Report) -> None:
    assert list(october.causes) == [
        Booked("vendor", "confirmed", 1, 260 * MINUTE),
        Booked(None, "none", 2, 110 * MINUTE),
        Booked("power", "confirmed", 1, 90 * MINUTE),
        Booked("tikus", "confirmed", 1, 60 * MINUTE),
    ]
    assert sum(cause.down_ms for cause in october.causes) == october.known.down


def test_a_cause_that_nobody_confirmed_is_marked(tmp_path: Path) -> None:
    proposal = Proposal(Cause.POWER, "power", "strong", ("ups",))
    fell = Incident(1, "down", "web", Severity.HIGH, at("2026-10-20 08:00"),
                    ended=at("2026-10-20 09:00"), proposed=proposal)  # fmt: skip
    world = World((Down("web", "2026-10-20 08:00", 60),))
    file = replace(world, extra=lambda store: add(store, fell)).record(tmp_path)
    found = report(file)
    assert list(found.causes) == [Booked("power", "proposed", 1, 60 * MINUTE)]
    (trouble,) = found.troubles
    assert View(found, "id").trouble(trouble)["cause"] == "listrik (dugaan)"


def add(store: Store, incident: Incident) -> None:
    store._writer.commit(Batch(incidents=(incident,))).result()


def test_long_outages_are_listed_once_with_all_behind_them(october: Report) -> None:
    assert [(t.check, t.down // MINUTE, t.behind) for t in october.troubles] == [
        ("web", 260, 0), ("isp-a", 90, 1), ("izin", 60, 0),
    ]  # fmt: skip
    assert october.troubles[1].follow_up == "UPS dipesan."
    assert october.troubles[2].ended == at("2026-11-01 01:00")


def test_who_failed_by_itself_again_is_named(october: Report) -> None:
    assert [(each.name, each.outages) for each in october.offenders] == [("Portal", 2)]


def test_handling_is_of_the_outages_of_the_month(october: Report) -> None:
    found = october.handling
    assert (found.outages, found.acknowledged, found.restored) == (5, 2, 4)
    assert (found.mtta, found.mttr) == (15 * MINUTE, 115 * MINUTE)
    assert (found.least, found.most) == (114.5 * MINUTE, 115.5 * MINUTE)


def test_districts_are_parts(october: Report) -> None:
    (part,) = october.parts
    assert (october.by_district, part.name, part.outages) == (True, "Bergas", 1)
    assert part.ledger.down == 90 * MINUTE


def test_messages_are_counted_by_what_became_of_them(tmp_path: Path) -> None:
    messages = [
        message(1, "2026-10-01 00:00"),
        message(2, "2026-10-31 23:59", late=61),
        message(3, "2026-10-05 10:00", state=Delivery.DEAD),
        message(4, "2026-10-05 10:00", state=Delivery.PENDING),
        message(5, "2026-10-05 10:00", state=Delivery.MERGED),
        message(6, "2026-09-30 23:59"),
        message(7, "2026-11-01 00:00"),
    ]
    found = report(World(messages=messages).record(tmp_path)).alerts
    assert (found.delivered, found.late, found.undelivered, found.waiting) == (2, 1, 1, 1)


def test_maintenance_is_listed_and_no_downtime(tmp_path: Path) -> None:
    plan = work(1, "web", "2026-10-03 02:10", 60, "Pindah rak")
    found = report(World(DOWNS, maintenance=[plan]).record(tmp_path))
    (listed,) = found.works
    assert (listed.reason, listed.checks, listed.announced) == ("Pindah rak", 1, True)
    web = found.rows[0]
    assert (web.ledger.down, web.ledger.maintenance) == (220 * MINUTE, 60 * MINUTE)
    assert sum(cause.down_ms for cause in found.causes) == found.known.down


def test_what_was_not_seen_makes_a_verdict_unsure(tmp_path: Path) -> None:
    world = World(silent=["izin"], blind=[("2026-10-09 00:00", "2026-10-09 06:00")])
    web, izin = report(world.record(tmp_path)).rows
    assert (web.verdict, web.ledger.unknown, web.ledger.coverage) == (
        Verdict.UNSURE, 360 * MINUTE, 99.193,
    )  # fmt: skip
    assert (izin.verdict, izin.ledger.unknown) == (Verdict.NO_DATA, OCTOBER)


def test_a_month_that_is_going_on_ends_at_the_last_sign_of_life(tmp_path: Path) -> None:
    file = World((Down("web", "2026-10-20 08:00", None),), until="2026-10-20 10:00").record(
        tmp_path
    )
    found = report(file, now=at("2026-10-20 12:00"))
    web = found.rows[0]
    assert found.until == at("2026-10-20 10:00")
    assert (web.ledger.down, web.ledger.unknown) == (120 * MINUTE, 120 * MINUTE)
    assert (web.down_now, len(found.days)) == (True, 20)
    (trouble,) = found.troubles
    assert (trouble.ended, trouble.down) == (None, 120 * MINUTE)


def test_the_trend_begins_where_the_record_does(october: Report) -> None:
    assert [month.month for month in october.trend] == ["2026-08", "2026-09", "2026-10"]
    assert [(month.met, month.judged) for month in october.trend] == [(2, 2), (1, 2), (1, 2)]
    assert october.trend[-1].ledger == october.total


def test_the_annex_is_the_claim(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        claim = claim_of(config, history, "isp-a", "2026-10", NOW)
    assert report(file).annexes == (claim,)


def test_what_is_kept_of_a_report_is_all_of_it(october: Report) -> None:
    text = text_of(october)
    assert report_of(text) == october
    assert text_of(report_of(text)) == text
    assert text.startswith('{"alerts":{"delivered":')


def test_a_kept_text_that_is_no_report_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be read; fix: see what siaga ledger verify"):
        report_of('{"month":"2026-10"}')


def test_the_ledger_is_told_with_its_head(october: Report) -> None:
    assert (october.book.bad, october.book.day) == (None, None)
    assert len(october.book.head) == 64
    assert october.book.entries > 10


@pytest.mark.parametrize(
    ("month", "problem"), [("2026-12", "lies in the future"), ("2026-13", "is no month")]
)
def test_a_question_that_has_no_answer_says_why(tmp_path: Path, month: str, problem: str) -> None:
    file = World().record(tmp_path)
    with pytest.raises(ValueError, match=problem):
        report(file, month)
