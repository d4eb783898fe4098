"""`siaga incidents`: newest first."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from uptime.cli import OK
from uptime.commands.api import NoDaemon, connect
from uptime.commands.history import incidents
from uptime.commands.local import Local
from uptime.commands.output import dump, table


def main(arguments: Namespace) -> int:
    try:
        items = connect(arguments).get("/incidents", state=arguments.state)["items"]
    except NoDaemon:
        found = incidents(arguments)
        if isinstance(found, int):
            return found
        items = found
    if arguments.json:
        dump({"items": items, "next": None})
        return OK
    local = Local(arguments)
    table(
        ("incident", "kind", "state", "check", "began", "ended", "acknowledged", "cause", "ticket"),
        (
            (
                i["id"], i["kind"], i["state"], i["check"], local(i["began"]),
                local(i["ended"]),
                i["acked"]["by"] if i["acked"] else None, _cause(i),
                i["ticket"]["number"] if i["ticket"] else None,
            )
            for i in items
        ),
    )  # fmt: skip
    return OK


def _cause(incident: dict[str, Any]) -> str | None:
    """What a person said; what is only proposed has a question mark."""
    if incident["cause"] is not None or incident["proposed"] is None:
        return incident["cause"]  # type: ignore[no-any-return]
    return f"{incident['proposed']['cause']}?"
