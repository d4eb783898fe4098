"""`siaga ack|unack|note`: what a person says about an incident, through the daemon."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from uptime.cli import OK, USAGE
from uptime.commands.api import connect, from_now
from uptime.commands.output import dump, fail, say


def main(arguments: Namespace) -> int:
    try:
        body = _body(arguments)
    except ValueError as error:
        fail(str(error))
        return USAGE
    answer = connect(arguments).post(f"/incidents/{arguments.incident}/{arguments.command}", body)
    if arguments.json:
        dump(answer)
    else:
        said = {"ack": "acknowledged", "unack": "no longer acknowledged", "note": "noted"}
        say(f"{answer['id']}: {said[arguments.command]}")
    return OK


def _body(arguments: Namespace) -> dict[str, Any]:
    match arguments.command:
        case "ack":
            return {"note": arguments.note, "until": from_now(arguments.until)}
        case "note":
            return {"text": arguments.text}
    return {}
