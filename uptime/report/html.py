"""A report as one page to be read or printed: self-contained, no scripts, pictures as SVG."""

from __future__ import annotations

from pathlib import Path

from uptime.claims.html import annex, annex_style
from uptime.paper.page import templates
from uptime.report.model import Report
from uptime.report.texts import texts

_TEMPLATES = templates(Path(__file__).parent / "templates")


def as_html(report: Report, language: str) -> str:
    found = texts(report, language)
    return _TEMPLATES.get_template("report.html").render(
        it=found,
        w=found["words"],
        annex_style=annex_style(),
        annexes=[annex(paper, language) for paper in report.annexes],
    )
