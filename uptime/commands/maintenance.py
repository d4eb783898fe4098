"""`siaga maintenance list|add|end`: announced work, through the daemon; the list also without."""

from __future__ import annotations

import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from uptime.cli import OK, USAGE
from uptime.commands.api import NoDaemon, connect
from uptime.commands.history import read
from uptime.commands.local import Local
from uptime.commands.output import dump, fail, say, table

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History

_DONE = frozenset({"over", "withdrawn"})


def main(arguments: Namespace) -> int:
    try:
        match arguments.action:
            case "list":
                return _list(arguments)
            case "add":
                answer = connect(arguments).post("/maintenance", _body(arguments))
                said = "announced"
            case _:
                if arguments.id is None:
                    raise ValueError("name the one to end, such as MNT-12")
                answer = connect(arguments).delete(f"/maintenance/{arguments.id}")
                said = "withdrawn"
    except ValueError as error:
        fail(str(error))
        return USAGE
    if arguments.json:
        dump(answer)
    else:
        when = _when(answer, Local(arguments))
        say(f"{answer['id']}: {said}; covers {answer['checks']} checks{when}")
    return OK


def _body(arguments: Namespace) -> dict[str, Any]:
    match: dict[str, Any] = {
        name: value
        for name in ("check", "group", "severity")
        if (value := getattr(arguments, name))
    }
    labels = [text.partition("=") for text in arguments.label or ()]
    if any(not equals for _, equals, _ in labels):
        raise ValueError("write --label NAME=TEXT")
    if labels:
        match["labels"] = {name: text for name, _, text in labels}
    if not match and not arguments.all:
        raise ValueError("name what is covered: --check, --group, --severity, --label, or --all")
    if arguments.length is None:
        raise ValueError("say how long it lasts: --for 2h")
    return {
        "match": match,
        "from": arguments.start,
        "duration": arguments.length,
        "rrule": arguments.rrule,
        "reason": arguments.reason,
        "announced": arguments.announced,
    }


def _list(arguments: Namespace) -> int:
    try:
        api, found, following = connect(arguments), [], None
        while True:
            page = api.get("/maintenance", limit=500, cursor=following)
            found += page["items"]
            following = page["next"]
            if following is None:
                break
    except NoDaemon:
        offline = read(arguments, _offline)
        if isinstance(offline, int):
            return offline
        found = offline
    if not arguments.all:
        found = [each for each in found if each["state"] not in _DONE]
    if arguments.json:
        dump({"items": found, "next": None})
        return OK
    if not found:
        say("no work is announced" + ("" if arguments.all else "; what is over: --all"))
        return OK
    local = Local(arguments)
    table(
        ("id", "state", "covers", "begins", "ends", "rule", "by", "announced", "reason"),
        (
            (
                each["id"], each["state"], each["checks"],
                local(each["next"]["from"]) if each["next"] else each["from"],
                local(each["next"]["to"]) if each["next"] else None, each["rrule"], each["by"],
                local(each["announced"]), each["reason"],
            )
            for each in found
        ),
    )  # fmt: skip
    return OK


def _offline(config: Config, history: History) -> list[dict[str, Any]]:
    from uptime.overlays import Overlays
    from uptime.web import wire

    overlays = Overlays(config, history.maintenance())
    now = round(time.time() * 1000)
    return [wire.maintenance(each, overlays, now) for each in reversed(overlays.entered)]


def _when(row: dict[str, Any], local: Local) -> str:
    if row["next"] is None:
        return ""
    return f", {local(row['next']['from'])} to {local(row['next']['to'])}"
