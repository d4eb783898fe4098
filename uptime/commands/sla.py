"""`siaga sla`: the time ledger and availability, with the daemon or without it."""

from __future__ import annotations

import csv
import sys
import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from uptime.cli import OK, USAGE
from uptime.commands.api import NoDaemon, Problem, connect
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say, table

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History

_COLUMNS = (
    "id", "kind", "up_ms", "degraded_ms", "down_ms", "maintenance_ms", "unknown_ms",
    "unmonitored_ms", "outside_ms", "availability", "coverage", "best", "worst", "incidents",
    "objective", "budget_left_ms",
)  # fmt: skip


def main(arguments: Namespace) -> int:
    if not (arguments.month or arguments.last or arguments.start):
        arguments.last = "30d"
    query = {
        "month": arguments.month, "last": arguments.last, "from": arguments.start,
        "to": arguments.end, "check": arguments.check, "group": arguments.group,
    }  # fmt: skip
    try:
        answer = connect(arguments).get("/sla", **query)
    except NoDaemon:
        found = _offline(arguments)
        if isinstance(found, int):
            return found
        answer = found
    except Problem as problem:
        fail(str(problem))
        return problem.code
    match "json" if arguments.json else arguments.format:
        case "json":
            dump(answer)
        case "csv":
            writer = csv.DictWriter(sys.stdout, _COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(answer["rows"])
        case _:
            _print(answer)
    return OK


def _offline(arguments: Namespace) -> dict[str, Any] | int:
    from uptime import availability
    from uptime.core.text import from_rfc3339
    from uptime.overlays import Overlays

    def ask(config: Config, history: History) -> dict[str, Any]:
        from probes.base import parse_duration

        now = round(time.time() * 1000)
        zone = ZoneInfo(config.siaga.timezone)
        if arguments.month:
            window = availability.month(arguments.month, zone)
        elif arguments.last:
            window = (now - round(parse_duration(arguments.last) * 1000), now)
        else:
            end = from_rfc3339(arguments.end) if arguments.end else now
            window = (from_rfc3339(arguments.start), end)
        try:
            checks, services = availability.chosen(config, arguments.check, arguments.group)
        except KeyError as unknown:
            kind = "check or service" if arguments.check else "group"
            raise ValueError(f'no {kind} "{unknown.args[0]}"') from None
        # Without a daemon nothing is known past its last sign of life.
        until = history.life() or window[0]
        lay = Overlays(config, history.maintenance()).of
        past = (window[0], max(window[0], min(window[1], now)))
        tallies = history.tallies(availability.plain(checks, past, lay), past, min(now, until))
        rest = [check for check in checks if check.id not in tallies]
        records = history.records(availability.watched(rest, services), *window)
        groups = () if arguments.check else dict.fromkeys(c.group for c in checks if c.group)
        known: Any = {"window": window, "until": now, "known_until": until, "lay": lay}
        counted: dict[str, availability.Record | availability.Tally] = {**records, **tallies}
        sums: availability.Sums = {}
        found = availability.rows(checks, counted, sums=sums, **known)
        found += availability.service_rows(services, records, **known)
        found += availability.rows((), counted, sums=sums, groups=groups, **known)
        return availability.answer(window, found, now).model_dump(by_alias=True)

    try:
        return read(arguments, ask)
    except ValueError as error:
        fail(str(error))
        return USAGE


def _print(answer: dict[str, Any]) -> None:
    say(f"{answer['from']} to {answer['to']}")
    table(
        ("check or group", "availability %", "coverage %", "best", "worst", "down", "unknown",
         "outages", "target", "left"),
        (
            (
                row["id"], row["availability"], row["coverage"], row["best"], row["worst"],
                _length(row["down_ms"]), _length(row["unknown_ms"]), row["incidents"],
                row["objective"], _length(row["budget_left_ms"]),
            )
            for row in answer["rows"]
        ),
    )  # fmt: skip


def _length(ms: int | None) -> str | None:
    if ms is None:
        return None
    sign, seconds = ("-" if ms < 0 else ""), -(-abs(ms) // 1000)
    hours, rest = divmod(seconds, 3600)
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}"
