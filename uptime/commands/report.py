"""`siaga report --month …` and `siaga report close`: the monthly report, printed or closed.

Printed off the record, beside a daemon or without one; of a closed month what was kept. Closed
by the daemon, or here if none runs.
"""

from __future__ import annotations

import asyncio
import getpass
import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from uptime.cli import OK, STORAGE, UNKNOWN, USAGE, find_config
from uptime.commands.api import NoDaemon, connect
from uptime.commands.claim import form_of, write
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say, table

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.report.model import Change, Report
    from uptime.store.history import History


def main(arguments: Namespace) -> int:
    return _close(arguments) if arguments.action == "close" else _show(arguments)


# ---- printing ----


def _show(arguments: Namespace) -> int:
    try:
        form = form_of(arguments)
    except ValueError as error:
        fail(str(error))
        return USAGE

    def ask(config: Config, history: History) -> tuple[Report, list[Change], str]:
        report, differs = _asked(config, history, arguments, compare=form == "table")
        return report, differs, arguments.language or config.siaga.language

    try:
        found = read(arguments, ask)
    except ValueError as error:
        fail(str(error))
        return USAGE
    if isinstance(found, int):
        return found
    report, differs, language = found
    if form == "table":
        _print(report, differs, language)
        return OK
    from uptime.report.forms import made

    return write(made(report, language, form), arguments.output)


def _asked(
    config: Config, history: History, arguments: Namespace, *, compare: bool
) -> tuple[Report, list[Change]]:
    """The report, and what would be other today if it is closed."""
    from uptime.report.changes import changes
    from uptime.report.closing import last_over
    from uptime.report.forms import found
    from uptime.report.gather import gather

    now = round(time.time() * 1000)
    month = arguments.month or last_over(now, ZoneInfo(config.siaga.timezone))
    report = found(config, history, month, now, arguments.revision)
    if report.closing is None or not compare:
        return report, []
    return report, changes(report, gather(config, history, month, now))


def _print(report: Report, differs: list[Change], language: str) -> None:
    from uptime.report.view import View

    view = View(report, language)
    w = view.words
    say(f"{report.organisation}: {view.title}")
    for text in (view.standing, *view.warnings, "", view.verdict, ""):
        say(text)
    for title, figure, said in view.tiles:
        say(f"{title}: {figure} ({said})")
    say("")
    table(
        (w[f"What.{report.kind}"], w["target"], w["reached"], w["data"], w["change"],
         w["outages"], w["duration"], w["longest"], w["status"]),
        (
            (row["name"], row["target"], row["reached"], row["data"], row["change"],
             int(row["outages"]), f"{row['duration']} ({row['bound']})" if row["bound"]
             else row["duration"], row["longest"], row["status"])
            for row in map(view.row, report.rows)
        ),
    )  # fmt: skip
    say("")
    say(f"{w['causes']}:")
    for cause in view.causes:
        say(f"  {cause['name']}: {cause['length']}, {cause['count']}")
    for name, text in view.handling:
        say(f"{name}: {text}")
    for text in view.proof:
        say(text)
    if differs:
        say("")
        say(w["differs"].format(month=report.month))
        for name, before, after in map(view.change_of, differs):
            say(f"  {name}: {before} → {after}")


# ---- closing ----


def _close(arguments: Namespace) -> int:
    from uptime.config import ConfigErrors, load
    from uptime.report.closing import last_over

    try:
        config = load(find_config(arguments.config))
    except ConfigErrors as errors:
        fail(str(errors))
        return USAGE
    now = round(time.time() * 1000)
    month = arguments.month or last_over(now, ZoneInfo(config.siaga.timezone))
    body = {"month": month, "reason": arguments.reason}
    try:
        kept = connect(arguments).post("/reports", body)
    except NoDaemon:
        found = _closed_here(config, month, now, arguments.reason)
        if isinstance(found, int):
            return found
        kept = found
    if arguments.json:
        dump(kept)
    else:
        say(
            f"{kept['month']} is closed: revision {kept['revision']}, entry {kept['entry']}, "
            f"hash {kept['hash']}"
        )
    return OK


def _closed_here(config: Config, month: str, now: int, reason: str | None) -> dict[str, Any] | int:
    """Where no daemon runs; an exit code where it cannot be."""
    from uptime.report.closing import Reports
    from uptime.store import AlreadyRunning, StorageError, Store, StoreBroken
    from uptime.web.wire import report

    try:
        store = Store.open(config.siaga.database, raw_s=config.history.raw, clock=lambda: now)
        try:
            store.missed(now)
            reports = Reports(store, lambda: config)
            return report(asyncio.run(reports.close(month, now, getpass.getuser(), reason)))
        finally:
            store.close()
    except AlreadyRunning as error:
        fail(str(error))
        return UNKNOWN
    except (StorageError, StoreBroken) as error:
        fail(str(error))
        return STORAGE
    except ValueError as error:
        fail(str(error))
        return USAGE
