"""`siaga token new|list|revoke`: shown once, stored hashed; through the daemon's socket."""

from __future__ import annotations

from argparse import Namespace

from uptime.cli import OK, USAGE
from uptime.commands.api import connect, from_now
from uptime.commands.output import dump, fail, say, table


def main(arguments: Namespace) -> int:
    if arguments.action != "list" and not arguments.name:
        fail(f"token {arguments.action} needs a name; for example: siaga token new grafana")
        return USAGE
    try:
        expires = from_now(arguments.expires)
    except ValueError as error:
        fail(f"--expires: {error}")
        return USAGE
    api = connect(arguments)
    match arguments.action:
        case "new":
            body = {
                "name": arguments.name,
                "scopes": arguments.scope or ["read"],
                "expires": expires,
            }
            made = api.post("/tokens", body)
            if arguments.json:
                dump(made)
            else:
                say(made["token"])
        case "list":
            items = api.get("/tokens")["items"]
            if arguments.json:
                dump(items)
            else:
                columns = ("id", "name", "scopes", "created", "expires", "revoked")
                table(columns, ([_cell(item.get(c)) for c in columns] for item in items))
        case _:
            api.delete(f"/tokens/{arguments.name}")
            say(f"{arguments.name}: revoked")
    return OK


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value
