"""A claim as one page to be printed: A4, self-contained, no scripts."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from uptime.claims.gather import Paper
from uptime.claims.steps import steps
from uptime.claims.view import View
from uptime.paper.page import templates

_TEMPLATES = templates(Path(__file__).parent / "templates")


def as_html(paper: Paper, language: str) -> str:
    return _TEMPLATES.get_template("claim.html").render(_values(paper, language))


def annex(paper: Paper, language: str) -> Markup:
    """The claim within another page; `annex_style` is how it looks."""
    template = _TEMPLATES.get_template("claim.html")
    context = template.new_context(_values(paper, language))
    return Markup("".join(template.blocks["body"](context)))  # noqa: S704 - escaped by Jinja


def annex_style() -> Markup:
    template = _TEMPLATES.get_template("claim.html")
    return Markup("".join(template.blocks["style"](template.new_context())))  # noqa: S704


def _values(paper: Paper, language: str) -> dict[str, object]:
    view = View(paper, language)
    return {
        "view": view,
        "w": view.words,
        "language": language,
        "paper": paper,
        "steps": steps(paper.claim, paper.contract.denominator, language),
    }
