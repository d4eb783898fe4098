"""A claim as one page to be printed: A4, self-contained, no scripts."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from uptime.claims.gather import Paper
from uptime.claims.steps import steps
from uptime.claims.view import View

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def as_html(paper: Paper, language: str) -> str:
    view = View(paper, language)
    return _TEMPLATES.get_template("claim.html").render(
        view=view,
        w=view.words,
        language=language,
        paper=paper,
        steps=steps(paper.claim, paper.contract.denominator, language),
    )
