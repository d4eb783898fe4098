"""Everything the printed forms say, in one language, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping

from uptime.paper.spaces import kept_together
from uptime.report.model import Report
from uptime.report.view import MOST_FEW, MOST_PARTS, MOST_TROUBLES, View


def texts(report: Report, language: str) -> dict[str, object]:
    """For Typst and the page alike."""
    view = View(report, language)
    w, shown = view.words, view.shown
    troubles = [view.trouble(each) for each in report.troubles]
    parts = [view.part(each) for each in report.parts[:MOST_PARTS]]
    rest = len(report.rows) - len(shown)
    changes = [view.change_of(each) for each in report.closing.changes] if report.closing else []
    place = "district" if report.by_district else "group"
    found: dict[str, object] = {
        "organisation": report.organisation,
        "title": w["title"],
        "month": view.month,
        "reference": f"{report.organisation} · {view.title}"
        + (f" · r{report.revision}" if report.revision else ""),
        "standing": view.standing,
        "final": report.closing is not None,
        "warnings": view.warnings,
        "verdict": view.verdict,
        "tiles": view.tiles,
        "what": w[f"What.{report.kind}"],
        "rows": [view.row(row) for row in shown],
        "more_rows": w["more-rows"].format(n=rest, what=view.what) if rest else "",
        "all_rows": [view.row(row) for row in report.rows] if rest else [],
        "annex_rows": w["annex.rows"].format(what=view.what),
        "calendar": view.calendar,
        "calendar_text": w["calendar.text"].format(what=view.what),
        "weekdays": w["weekdays"].split(),
        "causes": view.causes,
        "trend": view.trend,
        "parts_title": w[f"parts.{place}"],
        "part_name": w[f"part.{place}"],
        "parts": parts,
        "more_parts": _more(w, "more", len(report.parts) - len(parts)),
        "troubles": troubles[:MOST_TROUBLES],
        "more_troubles": _more(w, "more-troubles", len(troubles) - MOST_TROUBLES),
        "all_troubles": troubles if len(troubles) > MOST_TROUBLES else [],
        "offenders": view.offenders[:MOST_FEW],
        "more_offenders": _more(w, "more", len(report.offenders) - MOST_FEW),
        "handling": view.handling,
        "works": view.works[:MOST_FEW],
        "more_works": _more(w, "more", len(report.works) - MOST_FEW),
        "proof": view.proof,
        "corrected": report.revision > 1,
        "annex_changes": w["annex.changes"].format(before=report.revision - 1),
        "changes": changes,
        "annexes": len(report.annexes),
    }
    said = {name: kept_together(each) for name, each in found.items()}
    return {"language": language, "words": dict(w), **said}


def _more(words: Mapping[str, str], key: str, count: int) -> str:
    return words[key].format(n=count) if count > 0 else ""
