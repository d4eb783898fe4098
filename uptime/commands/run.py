"""`siaga run`: the daemon, in the foreground."""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from uptime.cli import BIND, OK, STORAGE, UNKNOWN, USAGE, find_config
from uptime.commands.output import fail

ALREADY_RUNNING = UNKNOWN  # one number, two meanings: design 4.1


def main(arguments: Namespace) -> int:
    set_up_logging(verbose=arguments.verbose)
    return run(find_config(arguments.config))


def run(path: Path) -> int:
    """Run the daemon of a configuration; returns the exit code."""
    import uvloop

    from uptime.daemon import Daemon

    async def whole() -> int:
        await Daemon(path).run()
        return OK

    return guarded(lambda: uvloop.run(whole()))


def guarded(work: Callable[[], int]) -> int:
    """Its exit code; what keeps a daemon from running is one line and a code of its own."""
    from uptime.config import ConfigErrors
    from uptime.store import AlreadyRunning, StorageError
    from uptime.web.listen import CannotBind

    try:
        return work()
    except ConfigErrors as errors:
        sys.stderr.write(f"{errors}\n")
        return USAGE
    except AlreadyRunning as error:
        fail(str(error))
        return ALREADY_RUNNING
    except StorageError as error:
        fail(str(error))
        return STORAGE
    except CannotBind as error:
        fail(str(error))
        return BIND


def set_up_logging(*, verbose: bool = False) -> None:
    """One line a happening on standard error; the journal adds the time itself."""
    under_systemd = "JOURNAL_STREAM" in os.environ
    form = "%(levelname)s %(name)s: %(message)s"
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format=form if under_systemd else f"%(asctime)s {form}",
        stream=sys.stderr,
    )
    # Libraries that would print tokens and addresses of channels, or a line a request.
    for name in (
        "alembic",
        "apprise",
        "asyncssh",
        "httpcore",
        "httpx",
        "requests",
        "urllib3",
        "uvicorn",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
