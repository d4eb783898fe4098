"""`siaga reconcile CONTRACT FILE --month …`: the vendor's list of outages beside ours.

Exit code 0 if both lists agree, 1 if they do not, 2 if a row of theirs cannot be read; the
rest is compared all the same.
"""

from __future__ import annotations

import time
from argparse import Namespace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from uptime.cli import NO, OK, USAGE
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say, table

if TYPE_CHECKING:
    from uptime.claims.reconciliation import Reconciliation
    from uptime.config import Config
    from uptime.store.history import History


def main(arguments: Namespace) -> int:
    try:
        found = read(arguments, lambda config, history: _reconciled(arguments, config, history))
    except ValueError as error:
        fail(str(error))
        return USAGE
    if isinstance(found, int):
        return found
    reconciliation, language = found
    for unread in reconciliation.unread:
        fail(f"{arguments.file}:{unread.line}: {unread.problem}")
    _show(arguments, reconciliation, language)
    if reconciliation.unread:
        return USAGE
    return OK if reconciliation.agrees else NO


def _reconciled(
    arguments: Namespace, config: Config, history: History
) -> tuple[Reconciliation, str]:
    from uptime.claims import vendor
    from uptime.claims.gather import gather
    from uptime.claims.reconciliation import Reconciliation
    from uptime.core.claim_match import match

    try:
        data = arguments.file.read_bytes()
        theirs, unread = vendor.read(data, ZoneInfo(config.siaga.timezone))
    except OSError as error:
        raise ValueError(f"{arguments.file}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{arguments.file}: {error}") from None
    now = round(time.time() * 1000)
    paper = gather(config, history, arguments.contract, arguments.month, now)
    window = paper.period.window
    until = min(window[1], now) if paper.until is None else paper.until
    matches = match(paper.claim.rows, theirs, window, until)
    return Reconciliation(paper, matches, unread), arguments.language or config.siaga.language


def _show(arguments: Namespace, found: Reconciliation, language: str) -> None:
    from uptime.claims.reconciliation import as_csv, as_table, document
    from uptime.claims.words import WORDS
    from uptime.paper import figures

    match "json" if arguments.json else arguments.format:
        case "json":
            dump(document(found))
        case "csv":
            say(as_csv(found).rstrip("\n"))
        case _:
            w = WORDS[language]
            month = figures.month(found.paper.period.month, language)
            contract = found.paper.contract
            say(w["reconcile.title"].format(contract=contract.number or contract.id, month=month))
            table(*as_table(found, language))
