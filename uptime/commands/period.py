"""The window of a question about history: `--month`, `--last`, or `--from` and `--to`."""

from __future__ import annotations

import time
from argparse import Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.reliability_world import Subject
    from uptime.store.history import History


def query(arguments: Namespace) -> dict[str, str | None]:
    """As the API takes it; the last thirty days if nothing was said."""
    if not (arguments.month or arguments.last or arguments.start):
        arguments.last = "30d"
    return {
        "month": arguments.month, "last": arguments.last, "from": arguments.start,
        "to": arguments.end, "check": arguments.check, "group": arguments.group,
    }  # fmt: skip


def window(arguments: Namespace, config: Config, now: int) -> tuple[int, int]:
    """Half-open milliseconds; ValueError says what is wrong with the question."""
    from zoneinfo import ZoneInfo

    from probes.base import parse_duration
    from uptime import availability
    from uptime.core.text import from_rfc3339

    if arguments.month:
        return availability.month(arguments.month, ZoneInfo(config.siaga.timezone))
    if arguments.last:
        return now - round(parse_duration(arguments.last) * 1000), now
    return from_rfc3339(arguments.start), from_rfc3339(arguments.end) if arguments.end else now


def subjects(
    arguments: Namespace,
    config: Config,
    history: History,
    *,
    contract: str | None = None,
    ahead: bool = False,
) -> tuple[tuple[int, int], list[Subject]]:
    """Without a daemon: nothing is known past its last sign of life."""
    from uptime import reliability

    now = round(time.time() * 1000)
    start, end = window(arguments, config, now)
    if start >= now:
        raise ValueError("the window lies in the future")
    try:
        found = reliability.gather(
            config, history, (start, end), now, history.life() or start,
            check=arguments.check, group=arguments.group, contract=contract, ahead=ahead,
        )  # fmt: skip
    except KeyError as unknown:
        raise nothing_of_that_name(arguments, unknown) from None
    return (start, min(end, now)), found


def nothing_of_that_name(arguments: Namespace, unknown: KeyError) -> ValueError:
    kind = "check or service" if arguments.check else "group"
    return ValueError(f'no {kind} "{unknown.args[0]}"')
