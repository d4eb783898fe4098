"""`siaga init`: a commented starter configuration for one's own hosts."""

from __future__ import annotations

from argparse import Namespace

from uptime.cli import OK, USAGE
from uptime.commands.output import fail, say


def main(arguments: Namespace) -> int:
    from uptime.config.init import starter

    try:
        table = arguments.csv.read_text("utf-8-sig") if arguments.csv else ""
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{arguments.csv}: cannot be read: {error}")
        return USAGE
    try:
        text = starter(arguments.target, table)
    except ValueError as error:
        fail(str(error))
        return USAGE
    try:
        with arguments.output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{arguments.output} exists and stays as it is; name another file with -o")
        return USAGE
    except OSError as error:
        fail(f"{arguments.output}: {error.strerror}")
        return USAGE
    say(f"{arguments.output} is written; next: siaga validate -c {arguments.output}, siaga run")
    return OK
