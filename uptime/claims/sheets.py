"""A claim for programs and spreadsheets: CSV, one line a fact; XLSX, one sheet a table.

The same claim gives the same bytes. Times have their offset, durations are seconds with
milliseconds; a sum over `counted_s` of the outages is the D of the formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO, StringIO

from uptime.claims import figures
from uptime.claims.cells import guarded
from uptime.claims.gather import Paper
from uptime.claims.steps import steps
from uptime.claims.view import View

_COLUMNS = (
    "kind", "no", "check", "began", "began_earliest", "ended", "ended_earliest", "down_s",
    "counted_s", "incident", "cause", "reason", "text",
)  # fmt: skip
_WIDTHS = (5, 22, 20, 20, 20, 20, 12, 12, 12, 18, 60)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def as_csv(paper: Paper, language: str) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([guarded(cell) for cell in row] for row in _facts(paper, language))
    return out.getvalue()


def as_xlsx(paper: Paper, language: str) -> bytes:
    import xlsxwriter

    view, out = View(paper, language), BytesIO()
    w = view.words
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": w["title"], "created": _EPOCH})
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})

    def sheet(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        page = book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        for column, width in enumerate(_WIDTHS[: len(head)] if len(head) > 3 else (36, 24, 24)):
            page.set_column(column, column, width)
        lines = [head, *rows] if any(head) else list(rows)
        for y, line in enumerate(lines):
            for x, cell in enumerate(line):
                if isinstance(cell, int | float):
                    page.write_number(y, x, cell)
                else:
                    style = bold if y == 0 and any(head) else wrap if len(head) > 3 else None
                    page.write_string(y, x, str(guarded(cell)), style)
        if any(head):
            page.freeze_panes(1, 0)

    sheet(w["result"], ("", ""), _summary(view))
    sheet(
        w["outages"],
        (
            w["no"], w["check"], w["began"], w["earliest"].format(time="").strip(), w["ended"],
            w["earliest"].format(time="").strip(), w["minutes"], w["counted"], w["incident"],
            w["cause"], w["judgement"],
        ),
        _outages(view),
    )  # fmt: skip
    sheet(
        w["gaps"],
        ("", w["check"], w["from"], w["to"], w["kind"], w["minutes"]),
        (
            ("", gap.check, view.time(gap.began), view.time(gap.ended), w[f"gap.{gap.kind}"],
             (gap.ended - gap.began) / 60_000)
            for gap in paper.claim.gaps
        ),
    )  # fmt: skip
    book.close()
    return out.getvalue()


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
            _seconds(row.counted), outage.incident or "",
            outage.cause if row.cause is None else row.cause.value, row.reason.value,
            line.judgement,
        )  # fmt: skip
    for gap in paper.claim.gaps:
        yield (
            gap.kind, "", gap.check, time(gap.began), "", time(gap.ended), "",
            _seconds(gap.ended - gap.began), "", "", "", "", view.words[f"gap.{gap.kind}"],
        )  # fmt: skip
    for name, text in view.terms:
        yield ("term", *[""] * 11, f"{name}: {text}")
    for step in steps(paper.claim, paper.contract.denominator, language):
        yield ("sum", *[""] * 11, step)
    for text in (*view.warnings, view.answer, f"{view.words['ledger']}: {view.ledger}"):
        yield ("result", *[""] * 11, text)


def _summary(view: View) -> Iterable[Sequence[object]]:
    w, paper = view.words, view.paper
    yield (w["title"], w["source"])
    yield from ((text, "") for text in view.warnings)
    yield from view.terms
    for name, ms in view.totals:
        yield (f"{name}, {w['minutes.unit']}", ms / 60_000)
    yield (view.bounds, "")
    for step in steps(paper.claim, paper.contract.denominator, view.language):
        yield (step, "")
    yield (w["result"], view.answer)
    yield ("Rp", paper.claim.refund.rupiah)
    yield (w["coverage"], view.coverage)
    yield (w["ledger"], view.ledger)


def _outages(view: View) -> Iterable[Sequence[object]]:
    for line, row in zip(view.lines, view.paper.claim.rows, strict=True):
        outage = row.outage
        yield (
            line.number, line.check, line.began,
            "" if outage.bound is None else view.time(outage.bound), line.ended,
            "" if outage.ended_bound is None else view.time(outage.ended_bound),
            row.down / 60_000, row.counted / 60_000, line.incident, line.cause, line.judgement,
        )  # fmt: skip


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d}"
