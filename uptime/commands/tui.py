"""`siaga tui`: the terminal UI, over the socket of this machine or a daemon's address."""

from __future__ import annotations

from argparse import Namespace

from uptime.cli import OK, USAGE, find_config
from uptime.commands.api import socket_of
from uptime.commands.output import fail


def main(arguments: Namespace) -> int:
    from tui.app import run
    from tui.client import TokenError, read_token

    try:
        token = read_token()
    except TokenError as error:
        fail(str(error))
        return USAGE
    socket = None if arguments.url else socket_of(find_config(arguments.config))
    run(urls=arguments.url, socket=socket, incident=arguments.incident, token=token)
    return OK
