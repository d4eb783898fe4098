"""`siaga probe`: one run, every fact and phase shown.

`siaga probe CHECK` asks the daemon, or runs it from the configuration when none answers;
`siaga probe TYPE TARGET [key=value …]` needs neither.
"""

from __future__ import annotations

import asyncio
import tomllib
from argparse import Namespace
from pathlib import Path
from typing import Any

from uptime.cli import NO, OK, UNKNOWN, USAGE, find_config
from uptime.commands.output import console, dump, fail, say, state

_EXIT = {"up": OK, "degraded": NO, "down": NO, "unknown": UNKNOWN}


def main(arguments: Namespace) -> int:
    what: list[str] = arguments.what
    from probes.registry import names

    if len(what) == 1:
        result = _of_check(find_config(arguments.config), what[0], arguments)
    elif what[0] in names():
        result = _of_type(what[0], what[1], what[2:])
    else:
        fail(f'no probe type "{what[0]}"; known: {", ".join(names())}')
        return USAGE
    if isinstance(result, int):
        return result
    if arguments.json:
        dump(result)
    else:
        _print(result)
    return _EXIT[result["status"]]


def _of_check(path: Path, check: str, arguments: Namespace) -> dict[str, Any] | int:
    from uptime.commands.api import NoDaemon, connect
    from uptime.config import ConfigErrors, load

    try:
        answer: dict[str, Any] = connect(arguments).post(f"/checks/{check}/probe")
    except NoDaemon:
        pass
    else:
        return answer
    try:
        config = load(path)
    except ConfigErrors as errors:
        fail(f"{errors}")
        return USAGE
    if check not in config.checks:
        from difflib import get_close_matches

        near = get_close_matches(check, config.checks, 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        fail(f'{path} has no check "{check}"{hint}')
        return USAGE
    found = config.checks[check]
    return _run(found.type, found.target, found.probe)


def _of_type(kind: str, target: str, options: list[str]) -> dict[str, Any] | int:
    from uptime.config import one_probe

    try:
        probe = one_probe(kind, target, dict(_option(text) for text in options))
    except ValueError as error:
        fail(str(error))
        return USAGE
    return _run(kind, target, probe)


def _option(text: str) -> tuple[str, Any]:
    """`key=value`: the value as TOML if it is some (`3`, `["2xx"]`, `{ … }`), else as text."""
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise ValueError(f'"{text}" is no option; write it as key=value')
    try:
        return key, tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError:
        return key, value


def _run(kind: str, target: str, probe: Any) -> dict[str, Any]:
    import uvloop

    from probes.net import Net
    from uptime.clock import Clock
    from uptime.runner import Runner
    from uptime.selfwatch import SelfWatch
    from uptime.web import wire

    probe.prepare()

    async def once() -> dict[str, Any]:
        clock = Clock()
        # Imports of a first run block the loop; a one-off has no lag worth suspecting.
        await asyncio.sleep(0)
        watch = SelfWatch(clock)
        net = Net()
        try:
            result = await Runner(net, clock, watch, limit=1).run("", probe, 1, {})
        finally:
            watch.stop()
            await net.aclose()
        return {**wire.result(result, kind, target), "id": None}

    return uvloop.run(once())


def _print(result: dict[str, Any]) -> None:
    from rich.text import Text

    out = console()
    out.print(state(result["status"]), Text(f"{result['type']} {result['target']}"))
    if result["reason"]:
        out.print(
            Text(f"  {result['reason']}: {result['detail'] or ''}  (blame: {result['blame']})")
        )
    phases: dict[str, float] = result["phases"]
    longest = max(phases.values(), default=0)
    for name, seconds in phases.items():
        bar = "█" * max(1, round(30 * seconds / longest)) if longest else ""
        out.print(Text(f"  {name:<12}{seconds * 1000:>10.2f} ms  {bar}"))
    out.print(Text(f"  {'total':<12}{result['duration_s'] * 1000:>10.2f} ms"))
    for name, value in result["facts"].items():
        shown = ", ".join(value) if isinstance(value, list) else value
        out.print(Text(f"  {name} = {shown}"))
    if not result["facts"]:
        say("  no facts")
