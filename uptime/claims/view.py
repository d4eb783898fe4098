"""A claim in words: what the page, the table and the sheets show, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from probes.base import safe_text
from uptime.claims.gather import Figure, Paper
from uptime.claims.words import WORDS
from uptime.config.model import Tier
from uptime.core.causes import WORDS as CAUSES
from uptime.core.claim import Reason, Row
from uptime.core.intervals import intersect, measure
from uptime.core.ticket import Clock
from uptime.paper import figures
from uptime.tickets import Line as TicketLine
from uptime.tickets import total

NOTHING = "–"  # a hyphen would be a formula's beginning to a spreadsheet


@dataclass(frozen=True, slots=True)
class Line:
    """One outage as it is read; `small` texts stand below the one they belong to."""

    number: int
    check: str
    began: str
    began_small: str
    ended: str
    ended_small: str
    minutes: str
    counted: str
    incident: str
    ticket: str
    cause: str
    cause_small: str
    judgement: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Hole:
    """One stretch without data as it is read."""

    check: str
    kind: str
    began: str
    ended: str
    minutes: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a circuit or a service was, as it is read."""

    name: str
    minutes: str
    outages: str
    availability: str
    coverage: str


@dataclass(frozen=True, slots=True)
class Told:
    """One ticket as it is read; `small` says who entered it."""

    number: str
    small: str
    incident: str
    reported: str
    response: str
    restored: str
    repair: str
    outage: str


class View:
    """The words of one claim in one language."""

    def __init__(self, paper: Paper, language: str) -> None:
        self.paper, self.language = paper, language
        self.words: Mapping[str, str] = WORDS[language]

    @property
    def terms(self) -> list[tuple[str, str]]:
        """What the contract says, and what is claimed for."""
        w, contract, claim = self.words, self.paper.contract, self.paper.claim
        checks = [
            name if name == check else f"{name} ({check})"
            for check, name in self.paper.circuits.items()
        ]
        excluded = [CAUSES[self.language][cause] for cause in sorted(contract.exclude)]
        start, end = self.paper.period.window
        zone = self.paper.zone
        pairs = [
            (w["number"], contract.number or NOTHING),
            (w["provider"], contract.provider),
            (w["circuit"], contract.circuit or NOTHING),
            (w["circuits"], ", ".join(checks)),
            (
                w["period"],
                w["period.value"].format(
                    month=figures.month(self.paper.period.month, self.language),
                    start=figures.day_in_words(start, zone, self.language),
                    end=figures.day_in_words(end - 1, zone, self.language),
                    zone=figures.zone_name(start, zone),
                ),
            ),
            ("T", f"{self._minutes(claim.period)} ({w[f'denominator.{contract.denominator}']})"),
            (w["sla"], figures.percent(claim.terms.sla, self.language)),
            (w["fee"], w["fee.value"].format(fee=figures.rupiah(contract.fee, self.language))),
            (w["formula"], contract.formula),
        ]
        if contract.formula == "tabel":
            pairs.append((w["tiers"], "; ".join(map(self._tier, contract.tiers))))
        pairs.append((w["minimum"], self._minutes(claim.terms.minimum)))
        if contract.maintenance_notice:
            notice = self._minutes(round(contract.maintenance_notice * 1000))
            pairs.append((w["notice"], w["notice.value"].format(minutes=notice)))
        if contract.maintenance_quota is not None:
            quota = self._minutes(round(contract.maintenance_quota * 1000))
            pairs.append((w["quota"], w["quota.value"].format(minutes=quota)))
        if claim.terms.cap is not None:
            pairs.append((w["cap"], f"{figures.percent(claim.terms.cap, self.language)} × B"))
        pairs.append((w["exclude"], ", ".join(excluded) or w["none"]))
        return pairs

    @property
    def answer(self) -> str:
        refund = self.paper.claim.refund
        if not refund.due:
            return self.words["unclaimed"]
        amount = figures.rupiah(refund.rupiah, self.language)
        return self.words["claimed"].format(amount=amount)

    @property
    def warnings(self) -> list[str]:
        paper, found = self.paper, []
        if paper.ledger.bad is not None:
            found.append(self.words["broken"].format(entry=paper.ledger.bad))
        if paper.until is not None:
            until = figures.moment_in_words(paper.until, paper.zone, self.language)
            found.append(self.words["provisional"].format(time=until))
        if len(paper.circuits) > 1:
            found.append(self.words["several"])
        return found

    @property
    def lines(self) -> list[Line]:
        return [self._line(number, row) for number, row in enumerate(self.paper.claim.rows, 1)]

    @property
    def holes(self) -> list[Hole]:
        return [
            Hole(
                gap.check,
                self.words[f"gap.{gap.kind}"],
                self.time(gap.began),
                self.time(gap.ended),
                self.minutes(gap.ended - gap.began),
            )
            for gap in self.paper.claim.gaps
        ]

    @property
    def beside(self) -> list[Beside]:
        """The vendor's circuits, then the services over them."""
        return [self._beside(figure) for figure in self.paper.beside]

    @property
    def told(self) -> list[Told]:
        """The vendor's tickets of these outages: what people said of them."""
        return [self._told(line) for line in self.paper.tickets]

    @property
    def told_totals(self) -> list[str]:
        """Response and repair of all of them, each a sentence."""
        out = []
        for kind, times in (
            ("response", [line.response for line in self.paper.tickets]),
            ("repair", [line.repair for line in self.paper.tickets]),
        ):
            all_ = total(times)
            if all_.mean is None or all_.longest is None:
                continue
            text = self.words["told.total"].format(
                kind=self.words[f"told.{kind}"],
                count=all_.count,
                mean=self.minutes(all_.mean),
                longest=self.minutes(all_.longest),
            )
            if all_.met or all_.missed:
                text += self.words["told.kept"].format(met=all_.met, missed=all_.missed)
            out.append(text)
        return out

    @property
    def totals(self) -> list[tuple[str, int]]:
        """Milliseconds by what became of them; the last is what is left."""
        w, claim = self.words, self.paper.claim
        causes = [
            (w["total.cause"].format(cause=CAUSES[self.language][cause]), ms)
            for cause, ms in sorted(claim.excluded.items())
        ]
        return [
            (w["total.down"], claim.down),
            (w["total.maintenance"], claim.maintenance),
            *causes,
            (w["total.short"], claim.short),
            (w["total.counted"], claim.counted),
        ]

    @property
    def edges(self) -> str:
        zone = figures.zone_name(self.paper.period.window[0], self.paper.zone)
        return self.words["edges"].format(zone=zone)

    @property
    def bounds(self) -> str:
        claim = self.paper.claim
        return self.words["total.bounds"].format(
            least=self.minutes(claim.least), most=self.minutes(claim.most)
        )

    @property
    def coverage(self) -> str:
        known = self.paper.known
        whole = known.measured + known.unknown
        share = NOTHING
        if whole:
            share = figures.percent(Fraction(known.measured, whole), self.language)
        return self.words["coverage.value"].format(
            percent=share,
            unknown=self.minutes(known.unknown),
            unmonitored=self.minutes(known.unmonitored),
        )

    @property
    def ledger(self) -> str:
        ledger = self.paper.ledger
        if ledger.bad is not None:
            return self.words["broken"].format(entry=ledger.bad)
        count = figures.number(ledger.count, 0, self.language)
        return self.words["ledger.value"].format(count=count, head=ledger.head)

    def time(self, ms: int) -> str:
        return figures.moment(ms, self.paper.zone, self.language)

    def minutes(self, ms: int) -> str:
        return figures.minutes(ms, self.language)

    def _minutes(self, ms: int) -> str:
        return f"{self.minutes(ms)} {self.words['minutes.unit']}"

    def _tier(self, tier: Tier) -> str:
        below, refund = (
            figures.percent(Fraction(str(share)) / 100, self.language)
            for share in (tier.below, tier.refund)
        )
        return self.words["tier"].format(below=below, refund=refund)

    def _earliest(self, ms: int, beside: int) -> str:
        time = figures.clock(ms, beside, self.paper.zone, self.language)
        return self.words["earliest"].format(time=time)

    def _told(self, line: TicketLine) -> Told:
        ticket = line.ticket
        small = self.words["told.by"].format(who=ticket.by, time=self.time(ticket.at))
        restored = NOTHING if ticket.restored is None else self.time(ticket.restored)
        return Told(
            number=ticket.number,
            small=small,
            incident=line.incident.name,
            reported=self.time(ticket.reported),
            response=self._clock(line.response),
            restored=restored,
            repair=self._clock(line.repair),
            outage=self.minutes(line.outage),
        )

    def _clock(self, clock: Clock) -> str:
        """`12`, with the contract's target and whether it was kept where it has one."""
        w = self.words
        if clock.ms is None:
            return NOTHING
        text = self.minutes(clock.ms)
        if clock.running:
            text = w["told.running"].format(minutes=text)
        if clock.target is None:
            return text
        verdict = {True: "told.met", False: "told.missed", None: "told.open"}[clock.met]
        return f"{text} ({w[verdict].format(target=self.minutes(clock.target))})"

    def _beside(self, figure: Figure) -> Beside:
        row, kind = figure.row, "circuit" if figure.service is None else figure.service.type
        name = figure.name if figure.name == row.id else f"{figure.name} ({row.id})"

        def share(percent: float | None) -> str:
            if percent is None:
                return NOTHING
            return figures.percent(Fraction(str(percent)) / 100, self.language)

        return Beside(
            name=self.words[f"beside.{kind}"].format(name=name),
            minutes=self.minutes(row.down_ms),
            outages=figures.number(row.incidents, 0, self.language),
            availability=share(row.availability),
            coverage=share(row.coverage),
        )

    def _line(self, number: int, row: Row) -> Line:
        outage, w = row.outage, self.words
        start, end = self.paper.period.window
        small, after = [], []
        if outage.bound is not None:
            small.append(self._earliest(outage.bound, outage.began))
        if outage.began < start:
            small.append(w["before"])
        if outage.ended is not None and outage.ended_bound is not None:
            after.append(self._earliest(outage.ended_bound, outage.ended))
        if outage.ended is not None and outage.ended > end:
            after.append(w["beyond"])
        return Line(
            number=number,
            check=outage.check,
            began=self.time(outage.began),
            began_small="; ".join(small),
            ended=w["ongoing"] if outage.ended is None else self.time(outage.ended),
            ended_small="; ".join(after),
            minutes=self.minutes(row.down),
            counted=self.minutes(row.counted),
            incident=outage.incident or NOTHING,
            ticket=outage.ticket or "",
            cause=self._cause(row),
            cause_small=safe_text(outage.cause_reason or "", 200),
            judgement=self._judgement(row),
            counts=row.reason is Reason.COUNTED,
        )

    def _cause(self, row: Row) -> str:
        if row.cause is None:
            return row.outage.cause or NOTHING
        return CAUSES[self.language][row.cause]

    def _judgement(self, row: Row) -> str:
        w, claim = self.words, self.paper.claim
        match row.reason:
            case Reason.COUNTED if row.counted < row.down:
                text = w["reason.partly"].format(
                    counted=self.minutes(row.counted), down=self.minutes(row.down)
                )
            case Reason.CAUSE if row.cause is not None:
                text = w["reason.cause"].format(cause=CAUSES[self.language][row.cause])
            case Reason.SHORT:
                text = w["reason.short"].format(minimum=self.minutes(claim.terms.minimum))
            case reason:
                text = w[f"reason.{reason.value}"]
        parts = [text]
        if row.reason is not Reason.MAINTENANCE and row.maintenance:
            parts.append(w["part.maintenance"].format(minutes=self.minutes(row.maintenance)))
        if row.reason is not Reason.OVERLAP and row.overlap:
            parts.append(w["part.overlap"].format(minutes=self.minutes(row.overlap)))
        refused = self._refused(row)
        if refused > 0:
            parts.append(w["part.refused"].format(minutes=self.minutes(refused)))
        blind = self._hull(row) - row.down
        if blind > 0:
            parts.append(w["part.blind"].format(minutes=self.minutes(blind)))
        if row.remark is not None:
            checks = ", ".join(row.outage.behind)
            parts.append(w[f"remark.{row.remark.value}"].format(checks=checks))
        return "; ".join(parts)

    def _refused(self, row: Row) -> int:
        """What of an outage that counts was maintenance which the contract does not agree to."""
        if row.reason is not Reason.COUNTED:
            return 0
        down = intersect(row.outage.down, [self.paper.period.window])
        planned = self.paper.planned.get(row.outage.check, [])
        return measure(intersect(down, planned)) - row.maintenance

    def _hull(self, row: Row) -> int:
        """From the beginning to the end of an outage within the period."""
        start, end = self.paper.period.window
        last = self.paper.until if row.outage.ended is None else row.outage.ended
        return min(end, end if last is None else last) - max(start, row.outage.began)
