"""The page of a bundle: for a person, self-contained, no scripts, nothing fetched."""

from __future__ import annotations

from pathlib import Path

from uptime.evidence.gather import Evidence
from uptime.evidence.view import View
from uptime.paper.page import templates

_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES = templates(_FOLDER)


def as_page(evidence: Evidence, language: str) -> bytes:
    view = View(evidence, language)
    page = _TEMPLATES.get_template("evidence.html")
    return page.render(view=view, w=view.words, language=language).encode("utf-8", "replace")


def script() -> bytes:
    """The program that checks a bundle without us."""
    return (_FOLDER / "check.py.txt").read_bytes()
