"""Plays a script of outages over and over, and says a line at each turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count

from uptime.simulate.fault import Outage
from uptime.simulate.inventory import Pace
from uptime.simulate.regency import Regency
from uptime.simulate.server import CannotServe

Say = Callable[[str], None]


def turns(script: Sequence[Outage]) -> list[tuple[float, bool, Outage]]:
    """Every beginning (True) and end of an outage in the order of the script."""
    found = [(o.at, True, o) for o in script] + [(o.ends, False, o) for o in script]
    return sorted(found, key=lambda turn: turn[:2])


async def play(
    regency: Regency, script: Sequence[Outage], period: float, pace: Pace, say: Say
) -> None:
    """Until cancelled. Times are kept by the script's start, so nothing drifts."""
    loop = asyncio.get_running_loop()
    start = loop.time() + pace.lead
    for lap in count():
        for at, begins, outage in turns(script):
            await asyncio.sleep(start + (lap * period + at) / pace.speed - loop.time())
            try:
                await (regency.begin(outage) if begins else regency.end(outage))
            except CannotServe as error:
                say(f"{error}; the script goes on without it")
            say(line(outage, begins=begins, at=datetime.now().astimezone()))


def line(outage: Outage, *, begins: bool, at: datetime) -> str:
    """`19.02.15  GANGGUAN  …  | …`."""
    if begins:
        return f"{at:%H.%M.%S}  GANGGUAN  {outage.story}  |  {outage.tale}"
    names = ", ".join(outage.checks[:1]) + (" …" if outage.checks[1:] else "")
    return f"{at:%H.%M.%S}  PULIH     {outage.story}: selesai  |  over: {names}"
