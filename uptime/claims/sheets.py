"""A claim for programs and spreadsheets: CSV, one line a fact; XLSX, one sheet a table.

The same claim gives the same bytes. In CSV times have their offset and durations are seconds with
milliseconds; a sum over `counted_s` of the outages is the D of the formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import StringIO

from uptime.claims.gather import Paper
from uptime.claims.steps import steps
from uptime.claims.view import View
from uptime.paper import figures
from uptime.paper.cells import guarded
from uptime.paper.workbook import Workbook

_COLUMNS = (
    "kind", "no", "check", "began", "began_earliest", "ended", "ended_earliest", "down_s",
    "counted_s", "incident", "ticket", "cause", "reason", "rupiah", "text",
)  # fmt: skip


def as_csv(paper: Paper, language: str) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([guarded(cell) for cell in row] for row in _facts(paper, language))
    return out.getvalue()


def as_xlsx(paper: Paper, language: str) -> bytes:
    view = View(paper, language)
    w = view.words
    book = Workbook(w["title"])
    sheet = book.sheet
    sheet(w["result"], ((w["title"], 44), (w["source"], 90)), _summary(view))
    earliest = w["earliest"].format(time="").strip()
    sheet(
        w["outages"],
        (
            (w["no"], 5), (w["check"], 18), (w["began"], 20), (earliest, 20), (w["ended"], 20),
            (earliest, 20), (w["minutes"], 12), (w["counted"], 12), (w["incident"], 12),
            (w["ticket"], 16), (w["cause"], 18), (w["judgement"], 60),
        ),
        _outages(view),
    )  # fmt: skip
    if view.told:
        unit = w["minutes.unit"]
        sheet(
            w["told"],
            (
                (w["ticket"], 18), (w["incident"], 12), (w["told.reported"], 20),
                (w["told.acknowledged"], 20), (f"{w['told.response']}, {unit}", 30),
                (w["told.restored"], 20), (f"{w['told.repair']}, {unit}", 30),
                (f"{w['told.outage']}, {unit}", 14), (w["told.text"], 50),
            ),
            _told(view),
        )  # fmt: skip
    if view.beside:
        sheet(
            w["beside"],
            (
                (w["beside"], 60), (w["minutes"], 12), (w["beside.outages"], 12),
                (w["beside.availability"], 16), (w["coverage"], 18),
            ),
            _beside(view),
        )  # fmt: skip
    sheet(
        w["gaps"],
        (
            (w["check"], 18), (w["kind"], 18), (w["from"], 20), (w["to"], 20), (w["minutes"], 12),
        ),
        _gaps(view),
    )  # fmt: skip
    return book.done()


def _facts(paper: Paper, language: str) -> Iterable[Sequence[object]]:
    view = View(paper, language)

    def time(ms: int | None) -> str:
        if ms is None:
            return ""
        return figures.local(ms, paper.zone).isoformat(timespec="milliseconds")

    for line, row in zip(view.lines, paper.claim.rows, strict=True):
        outage = row.outage
        yield (
            "outage", line.number, outage.check, time(outage.began), time(outage.bound),
            time(outage.ended), time(outage.ended_bound), _seconds(row.down),
            _seconds(row.counted), outage.incident or "", outage.ticket or "",
            outage.cause if row.cause is None else row.cause.value, row.reason.value, "",
            line.judgement,
        )  # fmt: skip
    for gap in paper.claim.gaps:
        yield (
            gap.kind, "", gap.check, time(gap.began), "", time(gap.ended), "",
            _seconds(gap.ended - gap.began), "", "", "", "", "", "", view.words[f"gap.{gap.kind}"],
        )  # fmt: skip
    for shown, each in zip(view.beside, paper.beside, strict=True):
        sla = each.row
        yield (
            "beside", "", sla.id, "", "", "", "", _seconds(sla.down_ms), "", "", "", "", sla.kind,
            "", f"{shown.name}: {shown.availability}; {shown.coverage}",
        )  # fmt: skip
    for name, text in view.terms:
        yield ("term", *[""] * 13, f"{name}: {text}")
    for name, ms in view.totals:
        yield ("total", *[""] * 6, _seconds(ms), *[""] * 6, name)
    for step in steps(paper.claim, paper.contract.denominator, language):
        yield ("sum", *[""] * 13, step)
    yield ("refund", *[""] * 12, paper.claim.refund.rupiah, view.answer)
    for text in (*view.warnings, view.bounds, f"{view.words['ledger']}: {view.ledger}"):
        yield ("result", *[""] * 13, text)


def _summary(view: View) -> Iterable[Sequence[object]]:
    w, paper = view.words, view.paper
    yield from (("", text) for text in view.warnings)
    yield from view.terms
    yield from ((f"{name}, {w['minutes.unit']}", ms / 60_000) for name, ms in view.totals)
    yield (w["totals"], view.bounds)
    for step in steps(paper.claim, paper.contract.denominator, view.language):
        yield (w["sums"], step)
    yield (w["result"], view.answer)
    yield ("Rp", paper.claim.refund.rupiah)
    yield (w["coverage"], view.coverage)
    yield (w["ledger"], view.ledger)


def _outages(view: View) -> Iterable[Sequence[object]]:
    for line, row in zip(view.lines, view.paper.claim.rows, strict=True):
        outage = row.outage
        yield (
            line.number, line.check, _time(view, outage.began), _time(view, outage.bound),
            line.ended if outage.ended is None else _time(view, outage.ended),
            _time(view, outage.ended_bound), row.down / 60_000, row.counted / 60_000,
            line.incident, line.ticket, line.cause, line.judgement,
        )  # fmt: skip


def _told(view: View) -> Iterable[Sequence[object]]:
    for shown, line in zip(view.told, view.paper.tickets, strict=True):
        ticket = line.ticket
        yield (
            shown.number, shown.incident, _time(view, ticket.reported),
            _time(view, ticket.acknowledged), shown.response, _time(view, ticket.restored),
            shown.repair, line.outage / 60_000, shown.small,
        )  # fmt: skip


def _beside(view: View) -> Iterable[Sequence[object]]:
    for shown, figure in zip(view.beside, view.paper.beside, strict=True):
        row = figure.row
        yield (
            shown.name, row.down_ms / 60_000, row.incidents, shown.availability, shown.coverage,
        )  # fmt: skip


def _gaps(view: View) -> Iterable[Sequence[object]]:
    for gap in view.paper.claim.gaps:
        yield (
            gap.check, view.words[f"gap.{gap.kind}"], _time(view, gap.began),
            _time(view, gap.ended), (gap.ended - gap.began) / 60_000,
        )  # fmt: skip


def _time(view: View, ms: int | None) -> datetime | str:
    """Local, as spreadsheets know times: without a zone."""
    return "" if ms is None else figures.local(ms, view.paper.zone).replace(tzinfo=None)


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d}"
