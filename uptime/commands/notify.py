"""`siaga notify pending|dead|test`: the outbox, and a marked test of a channel."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from uptime.cli import NO, OK, USAGE, find_config
from uptime.commands.api import connect
from uptime.commands.output import dump, fail, say, table


def main(arguments: Namespace) -> int:
    if arguments.action == "test":
        return _test(arguments)
    items = connect(arguments).get("/notifications", state=arguments.action)["items"]
    if arguments.json:
        dump(items)
        return OK
    columns = ("id", "incident", "channel", "kind", "created", "attempts", "error")
    table(columns, ([item[c] for c in columns] for item in items))
    return OK


def _test(arguments: Namespace) -> int:
    """Needs no daemon: the channels are those of the configuration."""
    import asyncio

    from uptime.config import ConfigErrors, load

    try:
        config = load(find_config(arguments.config))
    except ConfigErrors as errors:
        fail(str(errors))
        return USAGE
    names = [arguments.channel] if arguments.channel else list(config.channels)
    if unknown := [name for name in names if name not in config.channels]:
        fail(f'no channel "{unknown[0]}"; known: {", ".join(config.channels) or "none"}')
        return USAGE
    outcomes = asyncio.run(_send(config, names))
    if arguments.json:
        dump(outcomes)
    else:
        for outcome in outcomes:
            said = "accepted" if outcome["ok"] else f"not delivered: {outcome['error']}"
            say(f"{outcome['channel']}: {said}")
    return OK if all(outcome["ok"] for outcome in outcomes) else NO


async def _send(config: Any, names: list[str]) -> list[dict[str, Any]]:
    from uptime.clock import Clock
    from uptime.notify import Notifier, Settings, Verdict

    async def nowhere(_: object) -> None:
        """A test is no row."""

    siaga = config.siaga
    notifier = Notifier(
        channels=lambda: config.channels, commit=nowhere, incident=lambda _: None,
        subject=lambda _: None, now=Clock().now,
        settings=lambda: Settings(siaga.organisation, siaga.timezone, siaga.language),
    )  # fmt: skip
    out = []
    for name in names:
        sent = await notifier.send_test(name)
        ok = sent.verdict is Verdict.DELIVERED
        out.append({"channel": name, "ok": ok, "error": sent.error})
    return out
