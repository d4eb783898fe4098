"""`siaga dossier INC`: the draft of a report to the national computer security agency.

On the terminal: the deadlines, what is known, what is to be filled in. Read off the record,
beside a daemon or without one.
"""

from __future__ import annotations

import json
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.cli import OK, USAGE
from uptime.commands.claim import write
from uptime.commands.history import read
from uptime.commands.output import fail, say, table
from uptime.commands.ticket import found

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.dossier.gather import Dossier
    from uptime.store.history import History

_WRITTEN = ("html", "pdf", "json")


def main(arguments: Namespace) -> int:
    def ask(config: Config, history: History) -> tuple[Dossier, str]:
        from uptime.dossier.gather import gather

        incident = found(history, arguments.incident)
        now = round(time.time() * 1000)
        return gather(config, history, incident, now), arguments.language or config.siaga.language

    try:
        form = _form(arguments)
        answer = read(arguments, ask)
    except ValueError as error:
        fail(str(error))
        return USAGE
    if isinstance(answer, int):
        return answer
    dossier, language = answer
    if form == "table":
        _print(dossier, language)
        return OK
    return write(_made(dossier, language, form), arguments.output)


def _form(arguments: Namespace) -> str:
    """By the end of the file's name; on the terminal text, or JSON."""
    output: Path | None = arguments.output
    if output is None:
        return "json" if arguments.json else "table"
    form = "json" if arguments.json else output.suffix.lstrip(".").lower()
    if form not in _WRITTEN:
        raise ValueError(f"{output}: in which form; fix: end it in .html, .pdf or .json")
    return form


def _made(dossier: Dossier, language: str, form: str) -> bytes:
    from uptime.dossier.papers import as_html, as_pdf, document

    match form:
        case "pdf":
            return as_pdf(dossier, language)
        case "html":
            return as_html(dossier, language).encode()
    text = json.dumps(document(dossier, language), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def _print(dossier: Dossier, language: str) -> None:
    from uptime.dossier.view import View

    view = View(dossier, language)
    w = view.words
    for text in (view.title, *view.warnings, "", w["clocks"]):
        say(text)
    table(
        ("", w["applies"], w["due"], w["remaining"]),
        ((clock.title, clock.applies, clock.due, clock.left) for clock in view.clocks),
    )
    say(view.found)
    for section in view.sections:
        if section.key == "impact":
            say(f"\n{w['chronology']}")
            table(
                (w["time"], w["what"], w["who"], w["entry"]),
                ((line.time, line.what, line.who, line.entry) for line in view.lines),
            )
        say(f"\n{section.title}")
        for field in section.fields:
            blank = f"[{w['fill']}: {field.hint}]"
            say(f"  {field.label}: {blank if field.value is None else field.value}")
    say("")
    say(f"{w['ledger']}: {view.ledger}")
