"""`siaga validate`: all errors of the configuration at once."""

from __future__ import annotations

import sys
from argparse import Namespace

from uptime.cli import OK, USAGE, find_config
from uptime.commands.output import dump, say


def main(arguments: Namespace) -> int:
    from uptime.config import ConfigErrors, load

    path = find_config(arguments.config)
    try:
        config = load(path)
    except ConfigErrors as errors:
        if arguments.json:
            dump({"ok": False, "errors": [str(e) for e in errors.errors], "warnings": []})
        else:
            sys.stderr.write(f"{errors}\n")
        return USAGE
    if arguments.json:
        dump({"ok": True, "errors": [], "warnings": list(config.warnings)})
        return OK
    for warning in config.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    say(
        f"{path}: {len(config.checks)} checks in {len(config.groups)} groups, "
        f"{len(config.channels)} channels, {len(config.routes)} routes: no errors"
    )
    return OK
