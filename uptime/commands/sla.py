"""`siaga sla`: the time ledger and availability, with the daemon or without it."""

from __future__ import annotations

import csv
import sys
import time
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

_COLUMNS = (
    "id", "kind", "up_ms", "degraded_ms", "down_ms", "maintenance_ms", "unknown_ms",
    "unmonitored_ms", "outside_ms", "availability", "coverage", "best", "worst", "incidents",
    "objective", "budget_left_ms",
)  # fmt: skip
_BURN = ("1h", "6h", "3d")
_FORECAST = (
    "availability", "best", "worst", "budget_ms", "budget_left_ms", "budget_left_worst_ms",
)  # fmt: skip
_FIGURES = (
    "outages", "behind", "open", "acknowledged", "down_least_s", "down_most_s", "short", "short_s",
    "blips", "blips_s", "mttr_s", "mttr_least_s", "mttr_most_s", "mtbf_s",
    "mtta_s", "longest_s", "longest_least_s", "longest_most_s",
)  # fmt: skip
_DETAIL = (
    *(f"burn.{name}" for name in _BURN), *(f"forecast.{name}" for name in _FORECAST), *_FIGURES,
)  # fmt: skip


def main(arguments: Namespace) -> int:
    if arguments.contract and (arguments.check or arguments.group):
        fail("a contract, or a check or a group; fix: leave one out")
        return USAGE
    asked = {**period.query(arguments), "contract": arguments.contract}
    if arguments.detail:
        asked["detail"] = "true"
    try:
        answer = connect(arguments).get("/sla", **asked)
    except NoDaemon:
        found = _offline(arguments)
        if isinstance(found, int):
            return found
        answer = found
    match "json" if arguments.json else arguments.format:
        case "json":
            dump(answer)
        case "csv":
            columns = (*_COLUMNS, *_DETAIL) if arguments.detail else _COLUMNS
            writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**row, **_flat(row["detail"])} for row in answer["rows"])
        case _:
            (_print_detail if arguments.detail else _print)(answer)
    return OK


def _offline(arguments: Namespace) -> dict[str, Any] | int:
    from uptime import availability, sla_rows
    from uptime.contracts import named
    from uptime.overlays import Overlays

    contract: str | None = arguments.contract

    def ask(config: Config, history: History) -> dict[str, Any]:
        now = round(time.time() * 1000)
        window = period.window(arguments, config, now)
        if contract is not None:
            named(config, contract)
        plans = Overlays(config, history.maintenance()).of
        # Without a daemon nothing is known past its last sign of life.
        until = history.life() or window[0]
        try:
            found = sla_rows.read(
                config, history, window, now, until, plans,
                check=arguments.check, group=arguments.group, contract=contract,
            )  # fmt: skip
        except KeyError as unknown:
            raise period.nothing_of_that_name(arguments, unknown) from None
        if arguments.detail:
            from uptime.reliability_rows import with_detail

            _, subjects = period.subjects(arguments, config, history, contract=contract, ahead=True)
            found = with_detail(found, subjects)
        return availability.answer(window, found, now).model_dump(by_alias=True)

    try:
        return read(arguments, ask)
    except ValueError as error:
        fail(str(error))
        return USAGE


def _print(answer: dict[str, Any]) -> None:
    say(f"{answer['from']} to {answer['to']}")
    table(
        ("id", "availability %", "coverage %", "best", "worst", "down", "unknown",
         "outages", "target", "left"),
        (
            (
                row["id"], row["availability"], row["coverage"], row["best"], row["worst"],
                length(row["down_ms"]), length(row["unknown_ms"]), row["incidents"],
                row["objective"], length(row["budget_left_ms"]),
            )
            for row in answer["rows"]
        ),
    )  # fmt: skip


def _print_detail(answer: dict[str, Any]) -> None:
    """Fits 80 columns with ids of up to 17 letters."""
    say(f"{answer['from']} to {answer['to']}")
    say("1h 6h 3d: burn rates, 1 keeps the target, - none; month, left: forecast, budget")
    table(
        ("id", "1h", "6h", "3d", "month", "left", "MTTR", "MTBF", "longest"),
        (
            (
                row["id"], *(_rate(each[f"burn.{name}"]) for name in _BURN),
                each["forecast.availability"], _short(each["forecast.budget_left_ms"], 1000),
                _short(each["mttr_s"]), _short(each["mtbf_s"]), _short(each["longest_s"]),
            )
            for row in answer["rows"]
            if (each := _flat(row["detail"]))
        ),
    )  # fmt: skip


def _flat(detail: dict[str, Any] | None) -> dict[str, Any]:
    """The detail of a row with one level of names."""
    if detail is None:
        return {}
    told = detail["forecast"] or {}
    return {
        **{f"burn.{name}": detail["burn"].get(name, {}).get("rate") for name in _BURN},
        **{f"forecast.{name}": told.get(name) for name in _FORECAST},
        **{name: detail[name] for name in _FIGURES},
    }


def _rate(rate: float | None) -> float | None:
    """With one decimal, rounded up."""
    return None if rate is None else -(-rate * 10 // 1) / 10


def _short(length: float | None, of: int = 1) -> str | None:
    """`4.2d`, `2.3h`, `13.1m`, `45s`: in one unit, rounded up."""
    if length is None:
        return None
    seconds = -(-abs(length) // of)
    sign = "-" if length < 0 else ""
    for unit, name in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= unit:
            return f"{sign}{-(-seconds * 10 // unit) / 10}{name}"
    return f"{sign}{seconds:.0f}s"
