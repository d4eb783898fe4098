"""`siaga replay CHECK --last 30d failure_threshold=5`: what another policy would have given."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from uptime.cli import NO, OK, USAGE
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say, table
from uptime.commands.progress import progress

if TYPE_CHECKING:
    from uptime.config import Check, Config
    from uptime.core.replay import Replay, Trial
    from uptime.store.history import History

DAY = 86_400_000
RUN_UP = 3_600_000  # before the window, so that its beginning is not unknown
_KEYS = ("failure_threshold", "success_threshold", "degraded.latency")


def main(arguments: Namespace) -> int:
    found = read(arguments, lambda config, history: _replay(arguments, config, history))
    if isinstance(found, int):
        return found
    if arguments.json:
        dump(found)
    else:
        _print(found)
    return OK if found["runs"] else NO


def _replay(arguments: Namespace, config: Config, history: History) -> dict[str, Any] | int:
    from probes.base import parse_duration
    from uptime.core.text import rfc3339

    check = config.checks.get(arguments.check)
    if check is None:
        fail(_unknown(arguments.check, config))
        return USAGE
    try:
        length = round(parse_duration(arguments.last) * 1000)
        changed = _options(arguments.options)
        trials = _trials(check, changed)
    except ValueError as error:
        fail(str(error))
        return USAGE
    end = history.life() or round(time.time() * 1000)
    window = (end - length, end)
    replays = _run(check.id, trials, history, window, shown=not arguments.json)
    monitored = history.monitored(check.id)
    kept = round(config.history.raw * 1000)
    return {
        "check": check.id,
        "from": rfc3339(window[0]),
        "to": rfc3339(window[1]),
        "runs": next(iter(replays.values())).runs,
        "complete": length <= kept,
        "policies": [
            {"policy": name, **_figures(trials[name], replay, window, monitored)}
            for name, replay in replays.items()
        ],
    }


def _run(
    check: str,
    trials: Mapping[str, Trial],
    history: History,
    window: tuple[int, int],
    *,
    shown: bool,
) -> dict[str, Replay]:
    from uptime.core.replay import Replay

    replays = {name: Replay(check, trial) for name, trial in trials.items()}
    days = range(window[0] - RUN_UP, window[1], DAY)
    with progress(shown=shown) as report:
        for number, start in enumerate(days):
            report("replaying", number, len(days))
            results = history.runs(check, start, min(start + DAY, window[1]))
            for replay in replays.values():
                replay.take(results)
    return replays


def _figures(
    trial: Trial, replay: Replay, window: tuple[int, int], monitored: Any
) -> dict[str, Any]:
    from uptime.core.text import rfc3339

    ledger = replay.account(window, monitored, until=window[1])
    alerts = replay.alerts(window)
    return {
        "failure_threshold": trial.policy.failure_threshold,
        "success_threshold": trial.policy.success_threshold,
        "degraded_latency_s": trial.slow,
        "alerts": len(alerts),
        "blips": replay.blips,
        "down_ms": ledger.down,
        "degraded_ms": ledger.degraded,
        "unknown_ms": ledger.unknown,
        "availability": ledger.availability,
        "coverage": ledger.coverage,
        "outages": [
            {
                "began": rfc3339(outage.began),
                "ended": rfc3339(outage.ended),
                "found": rfc3339(outage.found),
                "down_ms": (window[1] if outage.ended is None else outage.ended) - outage.began,
            }
            for outage in alerts
        ],
    }


def _trials(check: Check, changed: Mapping[str, Any]) -> dict[str, Trial]:
    """As configured, and with what was asked for."""
    from uptime.core.replay import Trial

    thresholds = {key: changed[key] for key in _KEYS[:2] if key in changed}
    policy = replace(check.policy, **thresholds)
    return {
        "as configured": Trial(check.policy),
        "tried": Trial(policy, changed.get("degraded.latency")),
    }


def _options(texts: list[str]) -> dict[str, Any]:
    """Raises ValueError that says what can be tried."""
    from probes.base import parse_duration

    readers: dict[str, Callable[[str], Any]] = {
        "failure_threshold": _threshold,
        "success_threshold": _threshold,
        "degraded.latency": parse_duration,
    }
    found = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not separator or key not in readers:
            raise ValueError(f'"{text}" cannot be tried on results that are there; write one of '
                             + ", ".join(f"{each}=…" for each in _KEYS))  # fmt: skip
        try:
            found[key] = readers[key](value.strip('"'))
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    if not found:
        raise ValueError("nothing to try; write for example failure_threshold=5")
    return found


def _threshold(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100):
        raise ValueError(f'"{text}" is no whole number from 1 to 100')
    return int(text)


def _unknown(check: str, config: Config) -> str:
    from difflib import get_close_matches

    if check in config.services:
        return f'"{check}" is a service: its members have results, it has none'
    near = get_close_matches(check, config.checks, 1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return f'no check "{check}"{hint}'


def _print(found: dict[str, Any]) -> None:
    say(f"{found['check']}, {found['from']} to {found['to']}, {found['runs']} runs")
    if not found["complete"]:
        say("single results are not kept for all of this time: what is older is unknown")
    table(
        ("policy", "fails", "goods", "slow s", "alerts", "blips", "down", "degraded",
         "availability %", "coverage %"),
        [
            (p["policy"], p["failure_threshold"], p["success_threshold"], p["degraded_latency_s"],
             p["alerts"], p["blips"], _length(p["down_ms"]), _length(p["degraded_ms"]),
             p["availability"], p["coverage"])
            for p in found["policies"]
        ],
    )  # fmt: skip
    configured, tried = ({o["began"]: o for o in p["outages"]} for p in found["policies"])
    if not configured and not tried:
        return
    say("")
    table(
        ("outage from", "as configured", "tried"),
        [
            (began, *(_length(side[began]["down_ms"]) if began in side else "no alert"
                      for side in (configured, tried)))
            for began in sorted({*configured, *tried})
        ],
    )  # fmt: skip


def _length(ms: int) -> str:
    hours, rest = divmod(-(-ms // 1000), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
