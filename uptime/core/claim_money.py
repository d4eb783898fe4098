"""The arithmetic of a refund (domain.md 2.4): exact, in whole milliseconds and rupiah.

With T the period, D the downtime that counts, A = 1 - D/T, S the availability promised and B
the monthly fee before tax. Nothing is a float; only the rupiah are rounded, down, at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from uptime.core.causes import Cause

Formula = Literal["prorata", "selisih", "selisih-rasio", "bagi-sla", "tabel"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says of refunds. Shares are ratios; `minimum` are the ms that an outage
    must exceed to count.

    `tiers`, of formula `tabel`: below this availability, this share of the fee.
    """

    sla: Fraction
    fee: int
    formula: Formula
    tiers: tuple[tuple[Fraction, Fraction], ...] = ()
    cap: Fraction | None = None
    minimum: int = 300_000
    exclude: frozenset[Cause] = frozenset(Cause) - {Cause.VENDOR}


@dataclass(frozen=True, slots=True)
class Refund:
    """`due` says whether the promise was missed at all; where not, `exact` is 0.

    `allowance` are the ms that might have been lost, `tier` the one that applies, `exact` the
    rupiah before the cap and rounding, `ceiling` what the cap allows, `rupiah` the answer.
    """

    availability: Fraction
    allowance: Fraction
    due: bool
    exact: Fraction
    tier: tuple[Fraction, Fraction] | None
    ceiling: Fraction | None
    rupiah: int

    @property
    def capped(self) -> bool:
        return self.ceiling is not None and self.ceiling < self.exact


def refund(terms: Terms, period: int, down: int) -> Refund:
    """What the vendor owes for `down` ms lost of `period` ms."""
    availability = 1 - Fraction(down, period)
    due = availability < terms.sla
    tier = _tier(terms, availability) if due else None
    exact = _exact(terms, period, down, availability, tier) if due else Fraction(0)
    ceiling = None if terms.cap is None else terms.cap * terms.fee
    owed = exact if ceiling is None else min(exact, ceiling)
    return Refund(
        availability=availability,
        allowance=(1 - terms.sla) * period,
        due=due,
        exact=exact,
        tier=tier,
        ceiling=ceiling,
        rupiah=owed.numerator // owed.denominator,
    )


def _exact(
    terms: Terms,
    period: int,
    down: int,
    availability: Fraction,
    tier: tuple[Fraction, Fraction] | None,
) -> Fraction:
    match terms.formula:
        case "prorata":
            return terms.fee * Fraction(down, period)
        case "selisih":
            return terms.fee * (terms.sla - availability)
        case "selisih-rasio":
            return terms.fee * (terms.sla - availability) / terms.sla
        case "bagi-sla":
            return terms.fee * Fraction(down, period) / terms.sla
        case "tabel":
            return terms.fee * tier[1] if tier is not None else Fraction(0)


def _tier(terms: Terms, availability: Fraction) -> tuple[Fraction, Fraction] | None:
    """The lowest that the availability lies below."""
    return min((tier for tier in terms.tiers if availability < tier[0]), default=None)
