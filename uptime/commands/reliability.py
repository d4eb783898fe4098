"""`siaga offenders|causes`: who failed again and again, what outages were put down to."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from uptime.cli import OK, USAGE
from uptime.commands import period
from uptime.commands.api import NoDaemon, connect
from uptime.commands.history import read
from uptime.commands.output import dump, fail, length, say, table

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History


def main(arguments: Namespace) -> int:
    asked = period.query(arguments)
    try:
        answer = connect(arguments).get(f"/{arguments.command}", **asked)
    except NoDaemon:
        found = _offline(arguments)
        if isinstance(found, int):
            return found
        answer = found
    if arguments.json:
        dump(answer)
        return OK
    say(f"{answer['from']} to {answer['to']}")
    if arguments.command == "causes":
        _print_causes(answer["rows"])
    else:
        _print_offenders(answer["rows"])
    return OK


def _offline(arguments: Namespace) -> dict[str, Any] | int:
    from uptime import reliability_rows

    def ask(config: Config, history: History) -> dict[str, Any]:
        window, found = period.subjects(arguments, config, history)
        if arguments.command == "causes":
            return reliability_rows.causes(found, window).model_dump(by_alias=True)
        return reliability_rows.offences(config, found, window).model_dump(by_alias=True)

    try:
        return read(arguments, ask)
    except ValueError as error:
        fail(str(error))
        return USAGE


def _print_causes(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("no outage")
        return
    total = sum(row["down_ms"] for row in rows)
    table(
        ("cause", "said by", "outages", "down", "share %"),
        (
            (
                row["cause"] or "not given", _STANDING[row["standing"]], row["outages"],
                length(row["down_ms"]), row["down_ms"] * 1000 // total / 10,
            )
            for row in rows
        ),
    )  # fmt: skip


_STANDING = {"confirmed": "a person", "proposed": "rules only", "none": "nobody"}


def _print_offenders(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("nothing failed twice by itself")
        return
    table(
        ("", "check", "outages", "down", "longest", "behind a parent"),
        (
            (
                row["rank"], row["id"], row["outages"], length(row["down_ms"]),
                length(round(row["longest_s"] * 1000)), row["behind"],
            )
            for row in rows
        ),
    )  # fmt: skip
