"""`siaga ticket open|update|withdraw|list|show|text`: what the vendor was told, and when.

What is said goes through the daemon; the rest is read off the record, beside a daemon or without
one.
"""

from __future__ import annotations

import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from uptime.cli import NO, OK, USAGE
from uptime.commands.api import connect
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime.config import Config
    from uptime.core.model import Incident
    from uptime.core.ticket import Clock
    from uptime.store.history import History
    from uptime.tickets import Line

_TIMES = ("reported", "acknowledged", "restored")
_NONE = "none"


def main(arguments: Namespace) -> int:
    try:
        if arguments.action != "list" and arguments.incident is None:
            raise ValueError("name the incident, such as INC-482")
        match arguments.action:
            case "list":
                return _list(arguments)
            case "show" | "text":
                return _one(arguments)
        answer = _said(arguments)
    except ValueError as error:
        fail(str(error))
        return USAGE
    if arguments.json:
        dump(answer)
    elif answer["ticket"] is None:
        say(f"{answer['id']}: ticket withdrawn")
    else:
        say(f"{answer['id']}: ticket {answer['ticket']['number']} entered")
    return OK


def _said(arguments: Namespace) -> Any:
    """The daemon's answer to what is said of a ticket."""
    api, path = connect(arguments), f"/incidents/{arguments.incident}"
    if arguments.action == "withdraw":
        return api.delete(f"{path}/ticket")
    body: dict[str, str | None] = {}
    if arguments.number is not None:
        body["number"] = arguments.number
    for field in _TIMES:
        text = getattr(arguments, field)
        if text is not None:
            body[field] = None if text == _NONE else text
    known = api.get(path)["ticket"]
    if arguments.action == "open":
        if arguments.number is None:
            raise ValueError("give the vendor's number: --number TT-123")
        if known is not None:
            raise ValueError(
                f"{arguments.incident} has ticket {known['number']}; fix: siaga ticket update"
            )
    elif known is None:
        raise ValueError(f"{arguments.incident} has no ticket; fix: siaga ticket open")
    return api.post(f"{path}/ticket", body)


def _list(arguments: Namespace) -> int:
    def ask(config: Config, history: History) -> tuple[list[Line], ZoneInfo]:
        from uptime.tickets import lines

        found = lines(config, history, arguments.contract, arguments.month, _now())
        return found, ZoneInfo(config.siaga.timezone)

    answer = read(arguments, ask)
    if isinstance(answer, int):
        return answer
    found, zone = answer
    if arguments.json:
        from uptime.tickets import document, totals

        dump({"items": [document(line) for line in found], "totals": totals(found)})
        return OK
    _print(found, zone)
    return OK


def _one(arguments: Namespace) -> int:
    """`show` and `text`."""

    def ask(config: Config, history: History) -> tuple[Incident, str, Line | None, ZoneInfo]:
        from uptime.tickets import contract_of, line_of
        from uptime.tickets_text import text

        incident = found(history, arguments.incident)
        zone = ZoneInfo(config.siaga.timezone)
        contract = contract_of(config, config.checks.get(incident.check or ""))
        line = line_of(incident, contract, _now())
        if arguments.action == "show":
            return incident, "", line, zone
        report = text(
            config,
            history,
            incident,
            now=_now(),
            language=arguments.language or config.siaga.language,
            call_back=arguments.call_back,
        )
        return incident, report, line, zone

    answer = read(arguments, ask)
    if isinstance(answer, int):
        return answer
    incident, report, line, zone = answer
    if arguments.action == "text":
        if arguments.json:
            dump({"incident": incident.name, "text": report})
        else:
            say(report)
        return OK
    if line is None:
        fail(f"{incident.name} has no ticket; fix: siaga ticket open {incident.name} --number …")
        return NO
    if arguments.json:
        from uptime.tickets import document

        dump(document(line))
    else:
        _print([line], zone)
    return OK


def found(history: History, name: str) -> Incident:
    """The incident of a name such as INC-482; ValueError if there is none."""
    number = name.removeprefix("INC-")
    known = history.incident(int(number)) if number.isascii() and number.isdigit() else None
    if known is None:
        raise ValueError(f'no incident "{name}"; fix: siaga incidents lists them')
    return known


def _print(lines: Sequence[Line], zone: ZoneInfo) -> None:
    from uptime.paper.figures import moment
    from uptime.tickets import total

    def at(ms: int | None) -> str | None:
        return None if ms is None else moment(ms, zone, "en")

    table(
        ("incident", "contract", "number", "reported", "acknowledged", "response", "restored",
         "repair", "outage measured", "by"),
        (
            (
                line.incident.name, line.contract.id if line.contract else None,
                line.ticket.number, at(line.ticket.reported), at(line.ticket.acknowledged),
                _clock(line.response), at(line.ticket.restored), _clock(line.repair),
                _long(line.outage) + (", still down" if line.incident.open else ""),
                line.ticket.by,
            )
            for line in lines
        ),
    )  # fmt: skip
    for name, times in (
        ("response", [line.response for line in lines]),
        ("repair", [line.repair for line in lines]),
    ):
        all_ = total(times)
        if all_.mean is not None and all_.longest is not None:
            text = f"{name}: {all_.count}, mean {_long(all_.mean)}, longest {_long(all_.longest)}"
            if all_.met or all_.missed:
                text += f"; target met {all_.met}, missed {all_.missed}"
            say(text)


def _clock(clock: Clock) -> str | None:
    if clock.ms is None:
        return None
    text = _long(clock.ms) + (", running" if clock.running else "")
    if clock.target is None:
        return text
    verdict = {True: "met", False: "missed", None: "open"}[clock.met]
    return f"{text} ({verdict}: {_long(clock.target)})"


def _long(ms: int) -> str:
    from uptime.notify.when import duration

    return duration(ms, "en")


def _now() -> int:
    return round(time.time() * 1000)
