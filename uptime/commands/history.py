"""The record read without the daemon: read-only, beside one that may be running."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from uptime.cli import STORAGE, USAGE, find_config
from uptime.commands.output import fail

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History

T = TypeVar("T")


def read(arguments: Namespace, ask: Callable[[Config, History], T]) -> T | int:
    """What `ask` makes of the record; an exit code where it cannot be read."""
    from uptime.config import ConfigErrors, load
    from uptime.store import StorageError
    from uptime.store.history import History

    try:
        config = load(find_config(arguments.config))
    except ConfigErrors as errors:
        fail(str(errors))
        return USAGE
    try:
        with History.open(config.siaga.database) as history:
            return ask(config, history)
    except StorageError as error:
        fail(str(error))
        return STORAGE


def incidents(arguments: Namespace) -> list[dict[str, Any]] | int:
    """Rows as the API gives them, newest first."""

    def ask(config: Config, history: History) -> list[dict[str, Any]]:
        from uptime.board import Board, Row
        from uptime.web import wire

        board = Board()
        board.rows = {
            c.id: Row(c.id, c.name, c.group, c.type, c.target) for c in config.checks.values()
        }
        return [
            dict(wire.incident(found, board, history.notifications(incident=found.id)))
            for found in history.incidents(arguments.state)
        ]

    return read(arguments, ask)
