"""What `uptime.reliability` finds, in the form of `uptime.schema`, with the words for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from uptime.core.repairs import Repairs
from uptime.core.text import rfc3339
from uptime.notify.when import duration
from uptime.outlook import Window
from uptime.reliability import again, by_cause
from uptime.reliability_world import Subject
from uptime.schema import (
    BurnRow,
    CauseRow,
    Causes,
    ForecastRow,
    OffenderRow,
    Offenders,
    SlaDetail,
    SlaRow,
)

if TYPE_CHECKING:
    from uptime.config import Config


def with_detail(rows: Iterable[SlaRow], found: Iterable[Subject]) -> list[SlaRow]:
    """Rows of the same window, each with what else is known of it."""
    details = {(each.kind, each.id): detail(each) for each in found}
    return [row.model_copy(update={"detail": details.get((row.kind, row.id))}) for row in rows]


def detail(of: Subject) -> SlaDetail:
    figures, outlook = of.repairs, of.outlook
    told = None if outlook is None else outlook.forecast
    return SlaDetail(
        burn={name: BurnRow(**asdict(each)) for name, each in outlook.burn.items()}
        if outlook is not None
        else {},
        forecast=None if told is None else ForecastRow(**asdict(told)),
        outages=figures.count,
        behind=figures.behind,
        open=figures.open,
        acknowledged=figures.acknowledged,
        down_least_s=figures.down_least_ms / 1000,
        down_most_s=figures.down_most_ms / 1000,
        short=figures.short,
        short_s=figures.short_ms / 1000,
        blips=of.blips.number,
        blips_s=of.blips.ms / 1000,
        mttr_s=_seconds(figures.mttr_ms),
        mttr_least_s=_seconds(figures.mttr_least_ms),
        mttr_most_s=_seconds(figures.mttr_most_ms),
        mtbf_s=_seconds(figures.mtbf_ms),
        mtta_s=_seconds(figures.mtta_ms),
        longest_s=_seconds(figures.longest_ms),
        longest_least_s=_seconds(figures.longest_least_ms),
        longest_most_s=_seconds(figures.longest_most_ms),
    )


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def causes(found: Iterable[Subject], window: Window) -> Causes:
    rows = [CauseRow(**asdict(each)) for each in by_cause(found, window)]
    return Causes.model_validate(
        {"from": rfc3339(window[0]), "to": rfc3339(window[1]), "rows": rows}
    )


def offences(config: Config, found: Iterable[Subject], window: Window) -> Offenders:
    rows = [
        OffenderRow(
            rank=each.rank,
            id=each.id,
            name=config.checks[each.id].name,
            outages=each.repairs.own,
            down_ms=each.repairs.own_down_ms,
            behind=each.repairs.behind,
            mtbf_s=_seconds(each.repairs.mtbf_ms),
            longest_s=_seconds(each.repairs.longest_ms),
            why={language: why(each.repairs, language) for language in _WHY},
        )
        for each in again(found)
    ]
    return Offenders.model_validate(
        {"from": rfc3339(window[0]), "to": rfc3339(window[1]), "rows": rows}
    )


def why(repairs: Repairs, language: str) -> str:
    """What is held against an offender, in a sentence."""
    words = _WHY[language]
    parts = [
        words["own"].format(
            n=repairs.own,
            down=duration(repairs.own_down_ms, language),
            longest=duration(repairs.longest_ms or 0, language),
        )
    ]
    if repairs.mtbf_ms is not None:
        parts.append(words["between"].format(mtbf=duration(repairs.mtbf_ms, language)))
    if repairs.behind:
        parts.append(words["behind"].format(n=repairs.behind))
    return "; ".join(parts) + "."


_WHY = {
    "id": {
        "own": "{n} gangguan sendiri, seluruhnya {down}, terpanjang {longest}",
        "between": "rata-rata {mtbf} beroperasi di antara gangguan",
        "behind": "{n} gangguan lain terjadi saat induknya terputus",
    },
    "en": {
        "own": "{n} outages of its own, {down} in all, the longest {longest}",
        "between": "on average {mtbf} in operation between failures",
        "behind": "{n} more while what it depends on was down",
    },
}
