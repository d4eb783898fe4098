"""Figures of a report as they are shown.

Percentages are floored, lengths of time cut to minutes, bounds widened to them: never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from zoneinfo import ZoneInfo

from probes.base import safe_text
from uptime.claims.view import NOTHING
from uptime.core.causes import WORDS as CAUSES
from uptime.core.causes import Cause
from uptime.core.sla import TimeLedger
from uptime.paper import figures
from uptime.report.words import WORDS

MINUTE = 60_000
_CAUSES = frozenset(Cause)


class Figures:
    """In one language and the zone of the configuration."""

    def __init__(self, zone: ZoneInfo, language: str) -> None:
        self.zone, self.language = zone, language
        self.words: Mapping[str, str] = WORDS[language]

    def time(self, ms: int) -> str:
        """To the minute, with the zone."""
        local = figures.local(ms, self.zone)
        form = "%d/%m/%Y %H.%M" if self.language == "id" else "%Y-%m-%d %H:%M"
        return f"{local.strftime(form)} {figures.zone_name(ms, self.zone)}"

    def length(self, ms: int, *, up: bool = False) -> str:
        """`6 j 26 m`; seconds below a minute. Cut, or widened to what is written."""
        w = self.words
        if ms < MINUTE and not (up and ms % 1000):
            return f"{ms // 1000} {w['s']}" if ms else "0"
        minutes = -(-ms // MINUTE) if up else ms // MINUTE
        hours, rest = divmod(minutes, 60)
        if not hours:
            return f"{rest} {w['min']}"
        return f"{figures.number(hours, 0, self.language)} {w['h']} {rest} {w['min']}"

    def count(self, number: int) -> str:
        return figures.number(number, 0, self.language)

    def bound(self, least: int, most: int) -> str:
        if least == most:
            return ""
        return f"{self.length(least)}–{self.length(most, up=True)}"

    def percent(self, value: float | None) -> str:
        """Three decimals, floored already; a bar where nothing was measured."""
        if value is None:
            return NOTHING
        text = f"{value:.3f}"
        return f"{text.replace('.', ',') if self.language == 'id' else text} %"

    def change(self, ledger: TimeLedger, before: TimeLedger | None) -> str:
        """In percentage points, cut; a bar where there is nothing to compare."""
        if before is None or not before.measured or not ledger.measured:
            return NOTHING
        points = 100 * (
            Fraction(ledger.good, ledger.measured) - Fraction(before.good, before.measured)
        )
        thousandths = int(points * 1000)
        sign = "+" if thousandths > 0 else "−" if thousandths < 0 else "±"
        text = f"{abs(thousandths) // 1000}.{abs(thousandths) % 1000:03d}"
        return sign + (text.replace(".", ",") if self.language == "id" else text)

    def cause(self, name: str | None, *, proposed: bool = False) -> str:
        """A name of the set in words; other words as they are."""
        if name is None:
            return self.words["cause.none"]
        text = CAUSES[self.language][Cause(name)] if name in _CAUSES else safe_text(name, 60)
        return self.words["cause.proposed"].format(cause=text) if proposed else text

    def share_up(self, share: Fraction | None) -> str:
        """A share that is rather told too large."""
        if share is None:
            return NOTHING
        return self.percent(-(-share.numerator * 100_000 // share.denominator) / 1000)
