"""A dossier as a page to be printed, as PDF and as JSON values."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from uptime.core.text import rfc3339
from uptime.dossier.gather import Dossier
from uptime.dossier.view import View
from uptime.paper.page import templates

_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES = templates(_FOLDER)


def as_html(dossier: Dossier, language: str) -> str:
    """A4, self-contained, no scripts."""
    view = View(dossier, language)
    return _TEMPLATES.get_template("dossier.html").render(view=view, w=view.words)


def as_pdf(dossier: Dossier, language: str) -> bytes:
    """The same bytes for the same dossier; everything is handed over as text."""
    import typst

    return typst.compile(
        (_FOLDER / "dossier.typ").read_bytes(),
        format="pdf",
        sys_inputs={"dossier": json.dumps(texts(dossier, language))},
        ignore_system_fonts=True,
        timestamp=dossier.now // 1000,
    )


def texts(dossier: Dossier, language: str) -> dict[str, object]:
    """What the typesetter is given."""
    view = View(dossier, language)
    return {
        "language": language,
        "words": dict(view.words),
        "organisation": dossier.organisation,
        "title": view.title,
        "made": view.made,
        "warnings": view.warnings,
        "found": view.found,
        "clocks": [asdict(clock) for clock in view.clocks],
        "sections": [asdict(section) for section in view.sections],
        "lines": [asdict(line) for line in view.lines],
        "ledger": view.ledger,
    }


def document(dossier: Dossier, language: str) -> dict[str, object]:
    """Times in UTC; a field whose value is null is blank, and `hint` says what belongs there."""
    view = View(dossier, language)
    return {
        "incident": dossier.incident.name,
        "organisation": dossier.organisation,
        "made": rfc3339(dossier.now),
        "found": rfc3339(dossier.found),
        "deadlines": [
            {
                "duty": deadline.duty.value,
                "due": rfc3339(deadline.due),
                "left_ms": deadline.left(dossier.now),
                "overdue": deadline.left(dossier.now) < 0,
            }
            for deadline in dossier.deadlines
        ],
        "sections": {
            section.key: {
                "title": section.title,
                "fields": {
                    field.key: {"label": field.label, "value": field.value, "hint": field.hint}
                    for field in section.fields
                },
            }
            for section in view.sections
        },
        "chronology": [
            {
                "at": rfc3339(event.at),
                "kind": event.kind,
                "by": event.by,
                "text": line.what,
                "entry": event.seq,
            }
            for event, line in zip(dossier.events, view.lines, strict=True)
        ],
        "ledger": {
            "ok": dossier.ledger.bad is None,
            "entries": dossier.ledger.count,
            "head": dossier.ledger.head,
            "first_bad": dossier.ledger.bad,
        },
    }
