"""A reconciliation as JSON values, as lines of CSV and as the rows of a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

from uptime.claims.gather import Paper
from uptime.claims.vendor import Unread
from uptime.claims.words import WORDS
from uptime.core.claim import Row
from uptime.core.claim_match import Match, Theirs, Verdict
from uptime.core.text import rfc3339
from uptime.paper import figures
from uptime.paper.cells import guarded

_COLUMNS = (
    "status", "no", "incident", "began", "ended", "down_s", "counted_s", "line", "ticket",
    "their_began", "their_ended", "their_s", "began_difference_s", "ended_difference_s",
    "length_difference_s", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Both lists of one contract and month; `unread` rows of theirs are in no match."""

    paper: Paper
    matches: Sequence[Match]
    unread: Sequence[Unread]

    @property
    def agrees(self) -> bool:
        fine = {Verdict.AGREE, Verdict.OUTSIDE}
        return not self.unread and all(match.verdict in fine for match in self.matches)

    def number(self, row: Row) -> int:
        """Of an outage of ours, as the claim numbers it."""
        return self.paper.claim.rows.index(row) + 1


def document(found: Reconciliation) -> dict[str, object]:
    start, end = found.paper.period.window
    counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    for match in found.matches:
        counts[match.verdict.value] += 1
    return {
        "contract": found.paper.contract.id,
        "month": found.paper.period.month,
        "from": rfc3339(start),
        "to": rfc3339(end),
        "agrees": found.agrees,
        "counts": {**counts, "unread": len(found.unread)},
        "rows": [_match(found, match) for match in found.matches],
        "unread": [{"line": u.line, "problem": u.problem, "text": u.text} for u in found.unread],
    }


def _match(found: Reconciliation, match: Match) -> dict[str, object]:
    return {
        "status": match.verdict.value,
        "ours": [
            {
                "no": found.number(row),
                "incident": row.outage.incident,
                "ticket": row.outage.ticket,
                "check": row.outage.check,
                "began": rfc3339(row.outage.began),
                "began_bound": rfc3339(row.outage.bound),
                "ended": rfc3339(row.outage.ended),
                "ended_bound": rfc3339(row.outage.ended_bound),
                "counted_ms": row.counted,
                "reason": row.reason.value,
            }
            for row in match.ours
        ],
        "theirs": [
            {
                "line": each.line,
                "ticket": each.ticket or None,
                "began": rfc3339(each.began),
                "ended": rfc3339(each.ended),
            }
            for each in match.theirs
        ],
        "ours_ms": match.ours_ms,
        "theirs_ms": match.theirs_ms,
        "began_difference_ms": match.began,
        "ended_difference_ms": match.ended,
        "length_difference_ms": match.length,
    }


def as_csv(found: Reconciliation) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([guarded(cell) for cell in line] for line in _lines(found))
    return out.getvalue()


def _lines(found: Reconciliation) -> Iterable[Sequence[object]]:
    def time(ms: int | None) -> str:
        if ms is None:
            return ""
        return figures.local(ms, found.paper.zone).isoformat(timespec="milliseconds")

    for match in found.matches:
        ours, theirs = match.ours, match.theirs
        yield (
            match.verdict.value,
            _each(found.number(row) for row in ours),
            _each(row.outage.incident for row in ours),
            _each(time(row.outage.began) for row in ours),
            _each(time(row.outage.ended) for row in ours),
            match.ours_ms / 1000 if ours else "",
            sum(row.counted for row in ours) / 1000 if ours else "",
            _each(each.line for each in theirs),
            _each(each.ticket for each in theirs),
            _each(time(each.began) for each in theirs),
            _each(time(each.ended) for each in theirs),
            match.theirs_ms / 1000 if theirs else "",
            *("" if ms is None else ms / 1000 for ms in (match.began, match.ended, match.length)),
            "",
        )
    for unread in found.unread:
        row: list[object] = [""] * len(_COLUMNS)
        row[0], row[7], row[-1] = "unread", unread.line, f"{unread.problem}: {unread.text}"
        yield row


def _each(values: Iterable[object]) -> str:
    return "; ".join("" if value is None else str(value) for value in values)


def as_table(
    found: Reconciliation, language: str
) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    """Names of columns, and a row a match."""
    w, zone = WORDS[language], found.paper.zone

    def began(items: Sequence[Row] | Sequence[Theirs]) -> str:
        times = (i.outage.began if isinstance(i, Row) else i.began for i in items)
        return _each(figures.moment(ms, zone, language) for ms in times) or "-"

    def ended(items: Sequence[Row] | Sequence[Theirs]) -> str:
        times = (i.outage.ended if isinstance(i, Row) else i.ended for i in items)
        shown = (w["ongoing"] if t is None else figures.moment(t, zone, language) for t in times)
        return _each(shown) or "-"

    def difference(match: Match) -> str:
        if match.length is None:
            return "-"
        sign = "+" if match.length > 0 else ""
        return sign + figures.minutes(match.length, language)

    columns = (
        w["status"], w["incident"], w["ours.began"], w["ours.ended"], w["ours.minutes"],
        w["line"], w["ticket"], w["theirs.began"], w["theirs.ended"], w["theirs.minutes"],
        w["difference"],
    )  # fmt: skip
    rows = [
        (
            w[f"status.{m.verdict.value}"],
            _each(row.outage.incident or "-" for row in m.ours) or "-",
            began(m.ours), ended(m.ours),
            figures.minutes(m.ours_ms, language) if m.ours else "-",
            _each(each.line for each in m.theirs) or "-",
            _each(each.ticket for each in m.theirs) or "-",
            began(m.theirs), ended(m.theirs),
            figures.minutes(m.theirs_ms, language) if m.theirs else "-",
            difference(m),
        )
        for m in found.matches
    ]  # fmt: skip
    return columns, rows
