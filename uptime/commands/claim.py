"""`siaga claim CONTRACT --month …`: what a vendor owes for a month, with its annex.

Read off the record, beside a daemon or without one; the terms are those of the file as it
stands.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.cli import OK, USAGE
from uptime.commands.history import read
from uptime.commands.output import fail, say, table

if TYPE_CHECKING:
    from uptime.claims.gather import Paper
    from uptime.config import Config
    from uptime.store.history import History

_WRITTEN = ("json", "csv", "html", "xlsx", "pdf")


def main(arguments: Namespace) -> int:
    try:
        form = form_of(arguments)
    except ValueError as error:
        fail(str(error))
        return USAGE

    def ask(config: Config, history: History) -> tuple[Paper, str]:
        from uptime.claims.gather import gather

        now = round(time.time() * 1000)
        paper = gather(config, history, arguments.contract, arguments.month, now)
        return paper, arguments.language or config.siaga.language

    try:
        found = read(arguments, ask)
    except ValueError as error:
        fail(str(error))
        return USAGE
    if isinstance(found, int):
        return found
    paper, language = found
    if form == "table":
        _print(paper, language)
        return OK
    from uptime.claims.forms import made

    return write(made(paper, language, form), arguments.output)


def write(made: bytes, output: Path | None) -> int:
    """To the file, or to the terminal where none is named."""
    if output is None:
        sys.stdout.write(made.decode())
        return OK
    try:
        output.write_bytes(made)
    except OSError as error:
        fail(f"{output}: {error.strerror}; fix: name a file in a directory you may write to")
        return USAGE
    say(str(output))
    return OK


def form_of(arguments: Namespace) -> str:
    """How it is written, by the options and the end of the file's name."""
    output: Path | None = arguments.output
    form = "json" if arguments.json else arguments.format
    if form is None:
        form = "table" if output is None else output.suffix.lstrip(".").lower()
    if form in {"xlsx", "pdf"} and output is None:
        raise ValueError(f"{form} is no text for a terminal; fix: add -o FILE.{form}")
    if output is not None and form not in _WRITTEN:
        raise ValueError(f"{output}: in which form; fix: --format {'|'.join(_WRITTEN)}")
    return str(form)


def _print(paper: Paper, language: str) -> None:
    from uptime.claims.steps import steps
    from uptime.claims.view import View

    view = View(paper, language)
    w = view.words
    for text in view.warnings:
        say(text)
    for name, text in view.terms:
        say(f"{name}: {text}")
    say("")
    if view.lines:
        table(
            (w["no"], w["check"], w["began"], w["ended"], w["minutes"], w["counted"],
             w["incident"], w["ticket"], w["cause"], w["judgement"]),
            (
                (line.number, line.check, line.began, line.ended, line.minutes, line.counted,
                 line.incident, line.ticket, line.cause, line.judgement)
                for line in view.lines
            ),
        )  # fmt: skip
    else:
        say(w["outages.none"])
    say("")
    for step in steps(paper.claim, paper.contract.denominator, language):
        say(step)
    say(view.bounds)
    if view.told:
        say("")
        say(w["told.text"])
        unit = w["minutes.unit"]
        table(
            (w["ticket"], w["incident"], w["told.reported"], f"{w['told.response']}, {unit}",
             w["told.restored"], f"{w['told.repair']}, {unit}", f"{w['told.outage']}, {unit}"),
            (
                (each.number, each.incident, each.reported, each.response, each.restored,
                 each.repair, each.outage)
                for each in view.told
            ),
        )  # fmt: skip
        for text in view.told_totals:
            say(text)
    if view.beside:
        say("")
        say(w["beside.text"])
        table(
            (w["beside"], w["minutes"], w["beside.outages"], w["beside.availability"],
             w["coverage"]),
            (
                (each.name, each.minutes, each.outages, each.availability, each.coverage)
                for each in view.beside
            ),
        )  # fmt: skip
        say("")
    say(f"{w['coverage']}: {view.coverage}")
    say(f"{w['ledger']}: {view.ledger}")
    say(view.answer)
