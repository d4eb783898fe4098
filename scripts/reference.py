"""Writes the reference: docs/reference.md, and its short form in README.md, from the code.

`python -m scripts.reference`; tests/test_docs.py fails where they differ.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from fastapi.routing import iter_route_contexts

from probes import registry
from uptime.board import Board
from uptime.cli import parser
from uptime.config import describe_options, reference
from uptime.config.tables import LATER_TYPES
from uptime.metrics import Metrics
from uptime.web.app import create_app
from uptime.web.auth import declared
from uptime.web.services import Services

ROOT = Path(__file__).parent.parent
README, REFERENCE = ROOT / "README.md", ROOT / "docs" / "reference.md"
BEGIN, END = "<!-- reference:begin -->\n", "<!-- reference:end -->\n"
SERVICES = (
    ("`all`, `any`, `at_least`", "A service: all, one or `n` of its `members` have to be good."),
)


def short() -> str:
    """The part of README.md between its two marks."""
    later = ", ".join(f"`{name}`" for name in sorted(LATER_TYPES))
    types = (*((f"`{kind}`", _sentence(kind)) for kind in _kinds()), *SERVICES)
    return "\n\n".join(
        (
            _ELSEWHERE,
            "**Probe types**",
            table(("type", "measures"), types),
            f"Not built yet, an error that says so: {later}.",
            "**Commands**, each with `-c FILE`; most with `--json`",
            table(("command", "does"), ((f"`{c.prog}`", c.description or "") for c in _commands())),
            "**Metrics**: " + ", ".join(f"`{name}`" for name, _ in _metrics()) + ".",
        )
    )


def full() -> str:
    """The whole of docs/reference.md."""
    sections = (
        ("Probe types", "\n\n".join(map(_probe, _kinds()))),
        ("checks.toml", reference().rstrip()),
        ("Commands", "\n\n".join(map(_command, _commands()))),
        ("Metrics", table(("name", "meaning"), ((f"`{n}`", text) for n, text in _metrics()))),
        ("HTTP routes", _ROUTES + table(("route", "scope", "answers or does"), _routes())),
    )
    parts = [f"## {title}\n\n{text}" for title, text in sections]
    return "# Reference\n\n" + _HEAD + "\n\n" + "\n\n".join(parts) + "\n"


_ELSEWHERE = """\
[docs/reference.md](docs/reference.md) has the options of each type, the keys of `checks.toml`,
the arguments of the commands and the HTTP routes."""

_HEAD = """\
Written by `python -m scripts.reference` from the code; corrections belong there. Durations are
text with a unit (`ms s m h d`); secrets are references (`"${NAME}"`, `{ file = "…" }`,
`{ credential = "…" }`)."""

_ROUTES = """\
Over the Unix socket everything may be done, under the name of the account that calls. Over TCP
a read from loopback needs no token, unless a proxy stands between or Host is none of ours; all
else needs one with the scope. `public_listen` has the routes of scope `public` alone.

"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown; a bar within a cell is escaped."""
    names = tuple(head)
    lines = [names, ("---",) * len(names), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


def _kinds() -> list[str]:
    return registry.names()


def _sentence(kind: str) -> str:
    """The first paragraph of the class, on one line."""
    text = inspect.getdoc(registry.load(kind)) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _probe(kind: str) -> str:
    rows = (
        (f"`{row.name}`", row.type, row.default, row.description)
        for row in describe_options(registry.load(kind))
    )
    options = table(("option", "value", "default", "meaning"), rows)
    return f"### `{kind}`\n\n{_sentence(kind)}\n\n{options}"


def _commands() -> Iterator[argparse.ArgumentParser]:
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _command(command: argparse.ArgumentParser) -> str:
    # -h and -c are those of every command.
    actions = [a for a in command._actions if a.dest not in {"help", "config"}]
    text = f"### `{command.prog}`\n\n{_capital(command.description or '')}."
    if not actions:
        return text
    rows = ((f"`{_argument(action)}`", action.help or "") for action in actions)
    return text + "\n\n" + table(("argument", "meaning"), rows)


def _argument(action: argparse.Action) -> str:
    value = ""
    if action.nargs != 0:
        named = action.metavar or (action.dest.upper() if action.option_strings else action.dest)
        value = "|".join(action.choices) if action.choices else str(named)
    if not action.option_strings:
        return f"{value} …" if action.nargs == "*" else value
    return f"{', '.join(action.option_strings)} {value}".rstrip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _metrics() -> list[tuple[str, str]]:
    return sorted(Metrics(Board()).described())


def _routes() -> Iterator[tuple[str, str, str]]:
    # Routes are declared, not served, here: nothing behind them is asked for.
    nothing = cast("Services", SimpleNamespace(version=""))
    for route in iter_route_contexts(create_app(nothing).routes):
        endpoint = cast("Any", route).endpoint
        needs = declared(endpoint)
        scope = "none" if needs is None else needs.scope
        if needs is not None and needs.socket_only:
            scope += ", socket only"
        methods = sorted(set(route.methods or ()) - {"HEAD"})
        summary = getattr(route, "summary", None) or (inspect.getdoc(endpoint) or "").rstrip(".")
        yield f"`{' '.join(methods)} {route.path}`", scope, summary


def with_short(readme: str) -> str:
    """The README with its generated part made anew."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{short()}\n\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_short(README.read_text("utf-8")), "utf-8")
    REFERENCE.write_text(full(), "utf-8")
