"""`siaga backup DEST`, `siaga restore SRC`: a checked copy of the record, and back again."""

from __future__ import annotations

import os
import pwd
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.cli import NO, OK, STORAGE, UNKNOWN, USAGE, find_config
from uptime.commands.output import dump, fail, say
from uptime.commands.progress import Report, progress

if TYPE_CHECKING:
    from uptime.store.backup import Copied


def main(arguments: Namespace) -> int:
    from uptime.store.backup import backup, restore

    if arguments.command == "backup":
        return _copy(
            arguments,
            lambda database, report: backup(
                database, arguments.dest, force=arguments.force, progress=report
            ),
        )
    return _copy(
        arguments,
        lambda database, report: restore(
            arguments.src, database, by=_account(), now=round(time.time() * 1000), progress=report
        ),
    )


def _copy(arguments: Namespace, work: Callable[[Path, Report], Copied]) -> int:
    from uptime.config import ConfigErrors, load
    from uptime.store import AlreadyRunning, StorageError, StoreBroken, location

    try:
        database = location.path_of(load(find_config(arguments.config)).siaga.database)
        with progress(shown=not arguments.json) as report:
            found = work(database, report)
    except ConfigErrors as errors:
        fail(str(errors))
        return USAGE
    except AlreadyRunning as error:
        fail(str(error))
        return UNKNOWN
    except (StorageError, StoreBroken) as error:
        fail(str(error))
        return STORAGE
    if arguments.json:
        dump({
            "path": str(found.path), "bytes": found.bytes, "entries": found.entries,
            "head": found.head, "replaced": None if found.replaced is None else str(found.replaced),
            "findings": [asdict(one) for one in found.findings],
        })  # fmt: skip
    else:
        say(f"{found.path}: {found.bytes} bytes, {found.entries} entries, head {found.head}")
        if found.replaced is not None:
            say(f"what stood there is {found.replaced}")
        for one in found.findings:
            fail(f"{found.path}: copied as it is, but {one.text}")
    return NO if found.findings else OK


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
