"""The files of a pack, and the pack as one ZIP: the same pack gives the same bytes.

In the CSV files columns are named in English for programs, times have their offset, and what
only a person can write holds a mark.
"""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO, StringIO
from pathlib import Path

from probes.base import safe_text
from uptime.core.text import rfc3339
from uptime.core.verdict import Verdict
from uptime.evaluation.gather import Figure, Pack
from uptime.evaluation.indicators import Indicator
from uptime.evaluation.words import WORDS
from uptime.paper import figures
from uptime.paper.cells import guarded
from uptime.paper.page import templates

_SERVICES = (
    "month", "id", "kind", "name", "group", "target_percent", "achieved_percent",
    "coverage_percent", "best_percent", "worst_percent", "down_s", "unknown_s", "maintenance_s",
    "outages", "met",
)  # fmt: skip
_INCIDENTS = (
    "incident", "check", "name", "began", "ended", "length_s", "handled_by", "cause",
    "cause_reason", "ticket", "notes",
)  # fmt: skip
_REVIEWS = (
    "month", "id", "name", "target_percent", "achieved_percent", "met", "reviewed_on",
    "reviewed_by", "review", "follow_up", "responsible", "due", "done_on",
)  # fmt: skip
_MET = {Verdict.MET: "yes", Verdict.MISSED: "no", Verdict.UNSURE: "unsure"}
_TO_FILL = 7  # columns of a review that only people can write
_TEMPLATES = templates(Path(__file__).parent / "templates")


@dataclass(frozen=True, slots=True)
class Line:
    """One service in one month as it is read."""

    month: str
    name: str
    target: str
    achieved: str
    coverage: str
    down: str
    outages: str
    verdict: str


def files(pack: Pack, indicators: Sequence[Indicator], language: str) -> dict[str, bytes]:
    """By name, the manifest last."""
    w = WORDS[language]
    made = {
        "index.html": _page(pack, indicators, language).encode(),
        "services.csv": _csv(_SERVICES, map(_service, pack.figures)),
        "incidents.csv": _csv(_INCIDENTS, _incidents(pack)),
        "reviews.csv": _csv(_REVIEWS, (_review(each, w["blank"]) for each in pack.figures)),
    }
    return {**made, "manifest.json": _manifest(pack, indicators, made)}


def zipped(made: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in made.items():
            # Dated by nothing, so that the same pack is the same file.
            pack.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _manifest(pack: Pack, indicators: Sequence[Indicator], made: Mapping[str, bytes]) -> bytes:
    found = {
        "organisation": pack.organisation,
        "period": pack.period,
        "made": rfc3339(pack.now),
        "provisional": pack.until is not None,
        "known_until": rfc3339(pack.until),
        "ledger": {
            "ok": pack.ledger.bad is None,
            "entries": pack.ledger.count,
            "head": pack.ledger.head,
            "first_bad": pack.ledger.bad,
        },
        "indicators": [
            {"instrument": i.instrument, "number": i.number, "files": list(i.files)}
            for i in indicators
        ],
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in made.items()
        },
    }
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded("" if cell is None else cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _service(figure: Figure) -> Sequence[object]:
    row = figure.row
    return (
        figure.month, row.id, row.kind, figure.name, figure.group, row.objective,
        row.availability, row.coverage, row.best, row.worst, row.down_ms / 1000,
        row.unknown_ms / 1000, row.maintenance_ms / 1000, row.incidents, _met(figure),
    )  # fmt: skip


def _met(figure: Figure) -> str:
    return "" if figure.verdict is None else _MET.get(figure.verdict, "")


def _review(figure: Figure, blank: str) -> Sequence[object]:
    row = figure.row
    return (
        figure.month, row.id, figure.name, row.objective, row.availability, _met(figure),
        *[blank] * _TO_FILL,
    )  # fmt: skip


def _incidents(pack: Pack) -> Iterable[Sequence[object]]:
    def time(ms: int | None) -> str:
        if ms is None:
            return ""
        return figures.local(ms, pack.zone).isoformat(timespec="milliseconds")

    for each in pack.incidents:
        length = None if each.ended is None else (each.ended - each.began) / 1000
        notes = "; ".join(f"{note.by}: {note.text}" for note in each.notes)
        yield (
            each.name, each.check, pack.names.get(each.check or "", each.check), time(each.began),
            time(each.ended), length, each.acked.by if each.acked else None, each.cause,
            each.cause_reason, each.ticket.number if each.ticket else None, safe_text(notes, 2000),
        )  # fmt: skip


def _page(pack: Pack, indicators: Sequence[Indicator], language: str) -> str:
    w = WORDS[language]

    def moment(ms: int) -> str:
        zone = figures.zone_name(ms, pack.zone)
        return f"{figures.moment(ms, pack.zone, language)} {zone}"

    warnings = []
    if pack.ledger.bad is not None:
        warnings.append(w["broken"].format(entry=pack.ledger.bad))
    if pack.until is not None:
        warnings.append(w["provisional"].format(time=moment(pack.until)))
    period = pack.period if "-" not in pack.period else figures.month(pack.period, language)
    return _TEMPLATES.get_template("index.html").render(
        w=w,
        language=language,
        organisation=pack.organisation,
        title=w["title"].format(period=period),
        made=w["made"].format(time=moment(pack.now)),
        warnings=warnings,
        lines=[_line(figure, language) for figure in pack.figures],
        indicators=indicators,
        gaps=[w[key] for key in w if key.startswith("not.")],
        ledger=w["ledger.value"].format(
            count=figures.number(pack.ledger.count, 0, language), head=pack.ledger.head
        ),
    )


def _line(figure: Figure, language: str) -> Line:
    w, row = WORDS[language], figure.row

    def share(percent: float | None) -> str:
        if percent is None:
            return w["open"]
        return figures.percent(Fraction(str(percent)) / 100, language)

    return Line(
        month=figures.month(figure.month, language),
        name=figure.name if figure.name == row.id else f"{figure.name} ({row.id})",
        target=share(row.objective),
        achieved=share(row.availability),
        coverage=share(row.coverage),
        down=figures.minutes(row.down_ms, language),
        outages=figures.number(row.incidents, 0, language),
        verdict=w["open" if figure.verdict is None else figure.verdict.value],
    )
