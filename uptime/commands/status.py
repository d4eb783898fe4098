"""`siaga status`: what is wrong now, worst first; exit 1 if anything is down."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from uptime.cli import NO, OK
from uptime.commands.api import connect
from uptime.commands.output import dump, say, state, table

_ORDER = {"down": 0, "degraded": 1, "unknown": 2, "up": 3}


def main(arguments: Namespace) -> int:
    answer = connect(arguments).get("/status")
    wrong = [row for row in answer["checks"] if row["state"] != "up"]
    wrong.sort(key=_triage)
    if arguments.json:
        dump({**answer, "checks": wrong})
    else:
        _print(answer, wrong)
    return NO if any(row["state"] == "down" for row in wrong) else OK


def _triage(row: dict[str, Any]) -> tuple[int, bool, str]:
    handled = bool({"acknowledged", "unreachable"} & set(row["overlays"]))
    return _ORDER[row["state"]], handled, row["since"] or ""


def _print(answer: dict[str, Any], wrong: list[dict[str, Any]]) -> None:
    if wrong:
        table(
            ("state", "check", "since", "incident", "why"),
            (
                (
                    state(row["state"]),
                    f"{row['name']} ({row['id']})" if row["name"] != row["id"] else row["id"],
                    row["since"],
                    row["incident"],
                    " ".join([row["reason"] or "", row["detail"] or "", *row["overlays"]]).strip(),
                )
                for row in wrong
            ),
        )
    total = len(answer["checks"])
    say(f"{total - len(wrong)} of {total} checks are up")
    for reason in answer["monitor"]["reasons"]:
        say(f"monitor: {reason}")
