"""A report in words: the texts and the lengths of bars that the printed forms show.

Pictures are drawn by each form from the same ratios; what is on one page is bounded here, the rest
goes into an annex.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from uptime.claims.view import NOTHING
from uptime.core.sla import TimeLedger
from uptime.core.verdict import Verdict
from uptime.paper import figures
from uptime.report.figures import MINUTE, Figures
from uptime.report.model import Change, Handling, Part, Report, Row, Trouble

MOST_ROWS, MOST_PARTS, MOST_TROUBLES, MOST_FEW, MOST_CAUSES = 32, 22, 8, 5, 5
_WIDE = 24  # letters of a name that fit on one line
_NAMED = 3


class View(Figures):
    """The words of one report in one language."""

    def __init__(self, report: Report, language: str) -> None:
        super().__init__(ZoneInfo(report.zone), language)
        self.report = report
        self.what = self.words[f"what.{report.kind}"]

    # ---- the head ----

    @property
    def month(self) -> str:
        return figures.month(self.report.month, self.language)

    @property
    def title(self) -> str:
        return f"{self.words['title']}, {self.month}"

    @property
    def standing(self) -> str:
        """Whether it is final."""
        report, w = self.report, self.words
        closing = report.closing
        if closing is None:
            until = report.made if report.until is None else report.until
            known = min(until, report.window[1])
            return w["provisional"].format(month=self.month, time=self._moment(known))
        text = w["final"].format(
            time=self._moment(report.made), by=closing.by, revision=closing.revision
        )
        if closing.revision > 1:
            text += " " + w["correction"].format(
                revision=closing.revision, before=closing.revision - 1,
                reason=closing.reason or NOTHING,
            )  # fmt: skip
        return text

    @property
    def verdict(self) -> str:
        """One sentence; a second one where something cannot be told."""
        w, rows = self.words, self.report.rows
        by = {kind: [row for row in rows if row.verdict is kind] for kind in Verdict}
        missed, unsure = by[Verdict.MISSED], by[Verdict.UNSURE]
        judged = len(missed) + len(unsure) + len(by[Verdict.MET])
        if not judged:
            return w["none-judged"].format(what=self.what)
        parts = []
        if missed:
            names = ", ".join(row.name for row in missed[:_NAMED])
            if len(missed) > _NAMED:
                names = w["and-more"].format(names=names, n=len(missed) - _NAMED)
            parts.append(
                w["missed"].format(missed=len(missed), judged=judged, what=self.what, names=names)
            )
        if unsure:
            parts.append(w["unsure"].format(unsure=len(unsure), judged=judged, what=self.what))
        return " ".join(parts) or w["all-met"].format(judged=judged, what=self.what)

    @property
    def warnings(self) -> list[str]:
        bad = self.report.book.bad
        return [] if bad is None else [self.words["broken"].format(entry=bad)]

    @property
    def tiles(self) -> list[tuple[str, str, str]]:
        """Title, figure, and what is to be said of it."""
        w, total = self.words, self.report.total
        month = self.report.trend[-1]
        before = self.report.trend[-2].ledger if len(self.report.trend) > 1 else None
        change = self.change(total, before)
        seen = total.measured + total.unknown
        blind = Fraction(total.unknown, seen) if seen else None
        return [
            (
                w["availability"],
                self.percent(total.availability),
                w["no-before"] if change == NOTHING else w["than-before"].format(change=change),
            ),
            (
                w["coverage"],
                self.percent(total.coverage),
                w["worst-best"].format(
                    worst=self.percent(total.worst), best=self.percent(total.best)
                ),
            ),
            (w["unknown-share"], self.share_up(blind), w["unknown-why"]),
            (w["met-count"], w["of"].format(n=month.met, total=month.judged), self.what),
        ]

    # ---- the table ----

    @property
    def shown(self) -> Sequence[Row]:
        """Rows for the first page: as many as fit, the worst first."""
        lines = 0
        for index, row in enumerate(self.report.rows):
            lines += 1 + len(row.name) // _WIDE + row.down_now
            if lines > MOST_ROWS:
                return self.report.rows[:index]
        return self.report.rows

    def row(self, row: Row) -> dict[str, str | bool]:
        target = None if row.objective is None else Fraction(str(row.objective)) / 100
        return {
            "name": row.name,
            "small": self.words["down-now"] if row.down_now else "",
            "target": NOTHING if target is None else figures.percent(target, self.language),
            "reached": self.percent(row.ledger.availability),
            "data": self.percent(row.ledger.coverage),
            "change": self.change(row.ledger, row.before),
            "outages": self.count(row.outages),
            "duration": self.length(row.ledger.down),
            "bound": self.bound(row.least, row.most),
            "longest": self.length(row.longest),
            "status": self.words[f"status.{row.verdict.value}"],
            "verdict": row.verdict.value,
        }

    # ---- pictures ----

    @property
    def calendar(self) -> list[dict[str, str | int | bool]]:
        """Cells; `week` and `weekday` are their places, counted from 0."""
        out: list[dict[str, str | int | bool]] = []
        week = 0
        for day in self.report.days:
            if out and day.weekday == 0:
                week += 1
            down = day.ledger.down
            minutes = figures.number(-(-down // MINUTE), 0, self.language)
            out.append(
                {
                    "date": str(day.date),
                    "week": week,
                    "weekday": day.weekday,
                    "level": _level(day.ledger),
                    "text": minutes if down else "",
                    "blind": day.ledger.unknown > 0,
                }
            )
        return out

    @property
    def causes(self) -> list[dict[str, str | float]]:
        found = self.report.causes[:MOST_CAUSES]
        most = max((each.down_ms for each in found), default=0)
        return [
            {
                "name": self.cause(each.cause, proposed=each.standing == "proposed"),
                "length": self.length(each.down_ms),
                "count": self.words["cause.count"].format(n=self.count(each.outages)),
                "part": round(each.down_ms / most, 4),
            }
            for each in found
        ]

    @property
    def trend(self) -> list[dict[str, str | float | bool]]:
        shares = [
            Fraction(m.ledger.down, m.ledger.measured) if m.ledger.measured else Fraction(0)
            for m in self.report.trend
        ]
        most = max(shares, default=Fraction(0))
        return [
            {
                "name": figures.month(month.month, self.language).split()[0][:3],
                "availability": self.percent(month.ledger.availability),
                "coverage": self.percent(month.ledger.coverage),
                "part": round(float(share / most), 4) if most else 0.0,
                "this": month.month == self.report.month,
            }
            for month, share in zip(self.report.trend, shares, strict=True)
        ]

    # ---- the second page ----

    def part(self, part: Part) -> dict[str, str]:
        return {
            "name": part.name,
            "small": self.words["part.open"].format(n=self.count(part.open)) if part.open else "",
            "reached": self.percent(part.ledger.availability),
            "data": self.percent(part.ledger.coverage),
            "outages": self.count(part.outages),
            "duration": self.length(part.ledger.down),
        }

    def trouble(self, each: Trouble) -> dict[str, str]:
        w = self.words
        where = each.name
        if each.behind:
            where += f" ({w['behind'].format(n=self.count(each.behind))})"
        if each.ended is None:
            lasted, bound = w["ongoing"], w["in-month"].format(length=self.length(each.down))
        else:
            whole = each.ended - each.began
            least = (each.ended_bound or each.ended) - each.began
            most = each.ended - (each.bound or each.began)
            lasted, bound = self.length(whole), self.bound(min(least, whole), max(most, whole))
            if abs(whole - each.down) >= MINUTE:
                bound += "; " + w["in-month"].format(length=self.length(each.down))
        return {
            "when": self.time(each.began),
            "where": where,
            "lasted": lasted,
            "bound": bound.removeprefix("; "),
            "cause": self.cause(each.cause, proposed=each.proposed),
            "follow_up": each.follow_up or "",
            "incident": each.incident or "",
        }

    @property
    def handling(self) -> list[tuple[str, str]]:
        w, found, alerts = self.words, self.report.handling, self.report.alerts
        sent = w["alerts.value"].format(
            delivered=self.count(alerts.delivered), late=self.count(alerts.late)
        )
        for name, count in (("failed", alerts.undelivered), ("waiting", alerts.waiting)):
            if count:
                sent += f", {self.count(count)} {w[f'alerts.{name}']}"
        return [
            (w["mtta"], self._over(found.mtta, found.acknowledged)),
            (w["mttr"], self._over(found.mttr, found.restored, self._bound_of(found))),
            (w["alerts"], sent),
            (w["integrity"], w["not-measured"]),
            (w["drill"], w["not-measured"]),
        ]

    @property
    def offenders(self) -> list[tuple[str, str]]:
        return [
            (
                each.name,
                self.words["times"].format(
                    n=self.count(each.outages), length=self.length(each.down)
                ),
            )
            for each in self.report.offenders
        ]

    @property
    def works(self) -> list[str]:
        w = self.words
        out = []
        for each in self.report.works:
            day = figures.day(each.start, self.zone, self.language)
            said = self.length(each.end - each.start)
            if not each.announced:
                said += f", {w['work.unannounced']}"
            where = each.where or w["work.checks"].format(n=self.count(each.checks))
            reason = each.reason or each.name
            out.append(w["work"].format(day=day, where=where, reason=reason, said=said))
        return out

    @property
    def proof(self) -> list[str]:
        """Data completeness and what of the ledger it was made of."""
        w, known, book = self.words, self.report.known, self.report.book
        texts = [
            w["known"].format(
                checks=self.count(self.report.checks),
                coverage=self.percent(known.coverage),
                unknown=self.length(known.unknown),
                unmonitored=self.length(known.unmonitored),
                maintenance=self.length(known.maintenance),
            ),
            w["book"].format(entries=self.count(book.entries), head=book.head),
        ]
        if book.day is None:
            texts.append(w["book.no-day"])
        else:
            day = figures.date_in_words(date.fromisoformat(book.day), self.language)
            texts.append(w["book.day"].format(day=day, head=book.day_head, results=book.results))
        return texts

    def change_of(self, change: Change) -> tuple[str, str, str]:
        subject, field = change.subject, change.field
        if field == "cause":
            subject = self.cause(subject or None)
        before, after = (self._amount(field, each) for each in (change.before, change.after))
        name = f"{subject}: {self.words[f'field.{field}']}"
        return name, before, after

    def _amount(self, field: str, amount: int) -> str:
        match field:
            case "outages":
                return self.count(amount)
            case "refund":
                return figures.rupiah(amount, self.language)
            case _:
                return self.length(amount)

    def _moment(self, ms: int) -> str:
        return figures.moment_in_words(ms, self.zone, self.language)

    def _bound_of(self, found: Handling) -> str:
        if found.least is None or found.most is None:
            return ""
        return self.bound(found.least, found.most)

    def _over(self, mean: int | None, count: int, bound: str = "") -> str:
        if mean is None:
            return NOTHING
        text = self.words["over"].format(
            n=self.count(count), total=self.count(self.report.handling.outages)
        )
        return f"{self.length(mean)}{bound and f' ({bound})'}; {text}"


def _level(ledger: TimeLedger) -> int:
    """0 without data, 1 without downtime, else the more the less was available."""
    if not ledger.measured:
        return 0
    if not ledger.down:
        return 1
    share = Fraction(ledger.good, ledger.measured)
    if share >= Fraction(999, 1000):
        return 2
    return 3 if share >= Fraction(99, 100) else 4
