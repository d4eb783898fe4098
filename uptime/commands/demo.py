"""`siaga demo`: a simulated regency and the daemon that watches it, with scripted outages."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.cli import BIND, OK, UNKNOWN, find_config
from uptime.commands.output import fail, say
from uptime.commands.run import guarded, set_up_logging

if TYPE_CHECKING:
    from uptime.simulate.demo import PingSockets


def main(arguments: Namespace) -> int:
    import uvloop

    from uptime.daemon import Daemon
    from uptime.simulate.demo import AlreadyPlaying, demo
    from uptime.simulate.server import CannotServe

    set_up_logging()
    # The scripted events are the story here; of the daemon only what is wrong.
    logging.getLogger().setLevel(logging.WARNING)

    async def run_daemon(path: Path, ping_sockets: PingSockets) -> int:
        await Daemon(path, ping_sockets=ping_sockets or None).run()
        return OK

    async def whole() -> int:
        return await demo(
            find_config(arguments.config), arguments.state, fast=arguments.fast,
            run_daemon=run_daemon, say=_say,
        )  # fmt: skip

    try:
        return guarded(lambda: uvloop.run(whole()))
    except AlreadyPlaying as error:
        fail(str(error))
        return UNKNOWN
    except CannotServe as error:
        fail(str(error))
        return BIND


def _say(line: str) -> None:
    say(line)
    sys.stdout.flush()
