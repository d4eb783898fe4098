"""`siaga latency CHECK`: how long its runs took, day by day and over the whole window.

With the daemon or without it: both answer from the same figures (uptime.store.series).
"""

from __future__ import annotations

import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from uptime.cli import NO, OK, USAGE, find_config
from uptime.commands.api import NoDaemon, connect
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say, table

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History

DAY_MS = 86_400_000
_STATUSES = ("up", "degraded", "down", "unknown")


def main(arguments: Namespace) -> int:
    from uptime.config import ConfigErrors, load
    from uptime.core.text import rfc3339

    try:
        config = load(find_config(arguments.config))
    except ConfigErrors as errors:
        fail(str(errors))
        return USAGE
    zone = ZoneInfo(config.siaga.timezone)
    try:
        _known(arguments.check, config)
        start, end = _window(arguments, zone)
    except ValueError as error:
        fail(str(error))
        return USAGE
    window = {"from": rfc3339(start), "to": rfc3339(end)}
    path = f"/checks/{arguments.check}/results"
    try:
        found = connect(arguments).get(path, **window, step="1d")
    except NoDaemon:
        found = read(
            arguments, lambda _, history: _ask(history, arguments.check, (start, end), zone)
        )
        if isinstance(found, int):
            return found
    answer = {
        "check": arguments.check,
        **window,
        "whole": found["whole"],
        "days": found["items"],
        "notice": found["notice"],
    }
    if arguments.json:
        dump(answer)
    else:
        _print(answer, zone)
    return OK if answer["whole"] else NO


def _ask(history: History, check: str, window: tuple[int, int], zone: ZoneInfo) -> dict[str, Any]:
    """As the API answers."""
    from uptime.web import wire

    series = history.results(check, *window, DAY_MS, zone)
    return {
        "items": [wire.point(point) for point in series.points],
        "whole": None if series.whole is None else wire.point(series.whole),
        "notice": series.notice,
    }


def _known(check: str, config: Config) -> None:
    """Raises ValueError for what has no results."""
    from difflib import get_close_matches

    if check in config.services:
        raise ValueError(f'"{check}" is a service: its members have results, it has none')
    if check not in config.checks:
        near = get_close_matches(check, config.checks, 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise ValueError(f'no check "{check}"{hint}')


def _window(arguments: Namespace, zone: ZoneInfo) -> tuple[int, int]:
    """Never the future; raises ValueError with what to write instead."""
    from probes.base import parse_duration
    from uptime import availability
    from uptime.core.text import from_rfc3339

    now = round(time.time() * 1000)
    if arguments.month:
        start, end = availability.month(arguments.month, zone)
    elif arguments.start:
        start = from_rfc3339(arguments.start)
        end = from_rfc3339(arguments.end) if arguments.end else now
    else:
        start, end = now - round(parse_duration(arguments.last or "30d") * 1000), now
    if start >= min(end, now):
        raise ValueError("the window is empty, or lies in the future")
    return start, min(end, now)


def _print(answer: dict[str, Any], zone: ZoneInfo) -> None:
    from uptime.core.calendar import date_of
    from uptime.core.text import from_rfc3339

    say(f"{answer['check']}, {answer['from']} to {answer['to']}; milliseconds")
    if answer["notice"]:
        say(answer["notice"])
    if answer["whole"] is None:
        say("no results")
        return
    lines = [
        (str(date_of(from_rfc3339(point["at"]), zone)), *_cells(point)) for point in answer["days"]
    ]
    table(
        ("day", "p50", "p95", "p99", "max", "loss %", "runs", *_STATUSES),
        [*lines, ("all", *_cells(answer["whole"]))],
    )


def _cells(point: dict[str, Any]) -> tuple[object, ...]:
    latencies = (point[f"latency_{name}_s"] for name in ("p50", "p95", "p99", "max"))
    loss = point["loss"]
    return (
        *(None if seconds is None else round(seconds * 1000, 2) for seconds in latencies),
        None if loss is None else round(loss * 100, 2),
        point["count"],
        *(point["statuses"][status] for status in _STATUSES),
    )
