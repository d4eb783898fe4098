"""`siaga bukti-dukung --month … | --year …`: the pack of evidence for the government's evaluation.

A ZIP, or a folder that is not there yet. Read off the record, beside a daemon or without one.
"""

from __future__ import annotations

import re
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.cli import OK, USAGE
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime.config import Config
    from uptime.store.history import History

_YEAR = re.compile(r"[0-9]{4}")


def main(arguments: Namespace) -> int:
    def ask(config: Config, history: History) -> dict[str, bytes]:
        from uptime.evaluation.files import files
        from uptime.evaluation.gather import gather
        from uptime.evaluation.indicators import SHIPPED
        from uptime.evaluation.indicators import read as indicators

        if arguments.year is not None and not _YEAR.fullmatch(arguments.year):
            raise ValueError(f'"{arguments.year}" is no year; write it as "2026"')
        known = indicators(arguments.indicators or SHIPPED)
        period = arguments.month or arguments.year
        pack = gather(config, history, period, round(time.time() * 1000))
        return files(pack, known, arguments.language or config.siaga.language)

    try:
        made = read(arguments, ask)
        if isinstance(made, int):
            return made
        _write(arguments.output, made)
    except ValueError as error:
        fail(str(error))
        return USAGE
    if arguments.json:
        dump({"output": str(arguments.output), "files": sorted(made)})
    else:
        say(f"{arguments.output}: {', '.join(made)}")
    return OK


def _write(output: Path, made: Mapping[str, bytes]) -> None:
    """ValueError where that cannot be."""
    from uptime.evaluation.files import zipped

    try:
        if output.suffix.lower() == ".zip":
            output.write_bytes(zipped(made))
            return
        output.mkdir()
        for name, data in made.items():
            (output / name).write_bytes(data)
    except OSError as error:
        remedy = "name a ZIP file or a new folder where you may write"
        raise ValueError(f"{output}: {error.strerror}; fix: {remedy}") from None
