"""A report as PDF, the same bytes for the same report: the typesetter's own fonts, its date the
one on which it was made.
"""

from __future__ import annotations

import json
from pathlib import Path

from uptime.claims.pdf import files
from uptime.paper import typeset
from uptime.report.model import Report
from uptime.report.texts import texts

_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def as_pdf(report: Report, language: str) -> bytes:
    return typeset.pdf(sources(report, language), report.made)


def sources(report: Report, language: str) -> dict[str, bytes]:
    """All the typesetter is given: the report, and each contract's claim in a folder."""
    found = {
        "main": _TEMPLATE.read_bytes(),
        "report.json": json.dumps(texts(report, language)).encode(),
    }
    for number, paper in enumerate(report.annexes):
        found |= files(paper, language, f"annex-{number}/")
    return found
