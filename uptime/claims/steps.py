"""The arithmetic of a claim, line by line, with the numbers in it.

Whoever types the numbers into a calculator gets what stands behind the last sign of equality;
"…" marks what has more digits than are shown. Times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from uptime.claims.words import WORDS
from uptime.config.model import Denominator
from uptime.core.causes import WORDS as CAUSES
from uptime.core.claim import Claim
from uptime.paper.figures import minutes, number, percent, rupiah, seconds


def steps(claim: Claim, denominator: Denominator, language: str) -> list[str]:
    return list(_steps(claim, denominator, language))


def _steps(claim: Claim, denominator: Denominator, language: str) -> Iterator[str]:
    words, terms, refund = WORDS[language], claim.terms, claim.refund
    period, down = seconds(claim.period, language), seconds(claim.counted, language)
    promised = percent(terms.sla, language)
    fee = number(terms.fee, 0, language)

    def time(ms: Fraction | int) -> str:
        unit, small = words["minutes.unit"], words["seconds"]
        return f"{seconds(ms, language)} {small} ({minutes(ms, language)} {unit})"

    yield f"T = {time(claim.period)}, {words[f'denominator.{denominator}']}"
    taken = [(claim.maintenance, words["step.maintenance"])]
    taken += [(ms, CAUSES[language][cause]) for cause, ms in sorted(claim.excluded.items())]
    taken += [(claim.short, words["step.short"])]
    less = "".join(f" − {seconds(ms, language)} ({name})" for ms, name in taken if ms)
    whole = f"{seconds(claim.down, language)}{less} = " if less else ""
    yield f"D = {whole}{time(claim.counted)}"
    yield f"A = 1 − D / T = 1 − {down} / {period} = {percent(refund.availability, language)}"
    allowance = f"(1 − {promised}) × {period} = {time(refund.allowance)}"
    yield f"{words['allowance']} = (1 − S) × T = {allowance}"
    sign = "<" if refund.due else "≥"
    verdict = words["step.due" if refund.due else "step.met"]
    yield f"{percent(refund.availability, language)} {sign} {promised}: {verdict}"
    if not refund.due:
        return
    exact = number(refund.exact, 2, language)
    spare = seconds(refund.allowance, language)
    match terms.formula:
        case "prorata":
            yield f"prorata = B × D / T = {fee} × {down} / {period} = {exact}"
        case "selisih":
            form = "B × (S − A) = B × (D − (1 − S) × T) / T"
            yield f"selisih = {form} = {fee} × ({down} − {spare}) / {period} = {exact}"
        case "selisih-rasio":
            form = "B × (S − A) / S = B × (D − (1 − S) × T) / (T × S)"
            sums = f"{fee} × ({down} − {spare}) / ({period} × {promised})"
            yield f"selisih-rasio = {form} = {sums} = {exact}"
        case "bagi-sla":
            yield f"bagi-sla = B × D / (T × S) = {fee} × {down} / ({period} × {promised}) = {exact}"
        case "tabel" if refund.tier is None:
            yield words["step.no-tier"]
        case "tabel":
            assert refund.tier is not None
            below, part = (percent(share, language) for share in refund.tier)
            tier = words["step.tier"].format(below=below, refund=part)
            yield f"{tier} = {part} × {fee} = {exact}"
    if refund.ceiling is not None and terms.cap is not None:
        cap = words["step.cap"].format(cap=percent(terms.cap, language))
        yield f"{cap} = {number(refund.ceiling, 2, language)}"
    yield f"{words['step.refund']}: {rupiah(refund.rupiah, language)}"
