"""A claim as PDF, the same bytes for the same claim: fonts of the typesetter's own, its date the
end of the period.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from uptime.claims.gather import Paper
from uptime.claims.steps import steps
from uptime.claims.view import View
from uptime.paper import figures, typeset
from uptime.paper.spaces import kept_together

_TEMPLATE = Path(__file__).parent / "templates" / "claim.typ"
_MAIN = b"""
#set document(title: json("claim.json").title, date: auto)
#include "claim.typ"
"""


def as_pdf(paper: Paper, language: str) -> bytes:
    return typeset.pdf({"main": _MAIN, **files(paper, language)}, paper.period.window[1])


def files(paper: Paper, language: str, folder: str = "") -> dict[str, bytes]:
    """What the typesetter needs for a claim, in a folder of its own."""
    return {
        f"{folder}claim.typ": _TEMPLATE.read_bytes(),
        f"{folder}claim.json": json.dumps(_texts(paper, language)).encode(),
    }


def _texts(paper: Paper, language: str) -> dict[str, object]:
    view, contract = View(paper, language), paper.contract
    w = view.words
    name = contract.number or contract.id
    found: dict[str, object] = {
        "language": language,
        "words": dict(w),
        "organisation": paper.organisation,
        "title": w["title"],
        "subtitle": f"{w['contract']} {name}, {w['source']}",
        "reference": f"{name} · {w['title']}, {figures.month(paper.period.month, language)}",
        "warnings": view.warnings,
        "answer": view.answer,
        "terms": view.terms,
        "several": len(paper.circuits) > 1,
        "lines": [{**asdict(line), "number": str(line.number)} for line in view.lines],
        "edges": view.edges,
        "totals": [(text, f"{view.minutes(ms)} {w['minutes.unit']}") for text, ms in view.totals],
        "bounds": view.bounds,
        "steps": steps(paper.claim, contract.denominator, language),
        "told": [asdict(each) for each in view.told],
        "told-totals": view.told_totals,
        "beside": [asdict(each) for each in view.beside],
        "coverage": view.coverage,
        "holes": [asdict(hole) for hole in view.holes],
        "ledger": view.ledger,
    }
    return {name: kept_together(each) for name, each in found.items()}
