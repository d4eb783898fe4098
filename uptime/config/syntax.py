"""What a TOML parser's complaint means to somebody who does not know TOML by heart.

Nothing of a line is repeated but keys: what stands behind the `=` may be a secret.
"""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

from uptime.config.errors import Path, dotted
from uptime.config.toml_index import Index, line_and_column

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE = (
    "Cannot declare", "Cannot overwrite", "Cannot mutate", "Cannot redefine", "Duplicate inline",
)  # fmt: skip
_ESCAPES = ("Unescaped", "Invalid hex", "Escaped character")
_OPEN_STRING = (
    "Unterminated",
    "Illegal character '\\n'",
    "Found invalid character '\\n'",
    "Expected \"'",
)
_UNQUOTED = re.compile(r"[^=\n]*=\s*[^\s\"'\[{#“”‘’]")
_PYTHON = re.compile(r"[^=\n]*=\s*(True|False|None|null|yes|no|on|off)\b")


class Syntax(NamedTuple):
    offset: int
    problem: str
    fix: str


def explain(text: str, error: tomllib.TOMLDecodeError) -> Syntax:
    """Where the fault begins, what it is and what to do."""
    message = str(error)
    place = _PLACE.search(message)
    at = _offset(text, place)
    message = message[: place.start()] if place else message
    index = Index(text)
    if message.startswith(_TWICE):
        return _twice(text, index, at)
    if message.startswith(_ESCAPES):
        slash = text.rfind("\\", 0, at + 2)
        return Syntax(
            slash,
            f"\\{text[slash + 1 : slash + 2]} starts an escape that does not exist",
            "use single quotes '…', in which a backslash is a backslash",
        )
    if message.startswith(_OPEN_STRING):
        opened = index.stopped if index.stopped is not None and index.stopped <= at else at
        return Syntax(opened, "string not closed", "add the closing quote")
    if message.startswith(("Illegal", "Found invalid")):
        return Syntax(
            at,
            f"control character U+{ord(text[at : at + 1] or ' '):04X}",
            "remove it, or write it as an escape in double quotes",
        )
    return _misread(text, message, at)


def _offset(text: str, place: re.Match[str] | None) -> int:
    if place is None or place[1] is None:
        return len(text.rstrip())
    start = 0
    for _ in range(int(place[1]) - 1):
        start = text.index("\n", start) + 1
    return min(start + int(place[2]) - 1, len(text))


def _twice(text: str, index: Index, at: int) -> Syntax:
    path, offset = max(
        ((p, o) for p, o in index.definitions if o <= at), key=lambda d: d[1], default=(Path(), 0)
    )
    first = index.first.get(path, offset)
    if first != offset:
        line = line_and_column(text, first)[0]
        return Syntax(offset, f'"{dotted(path)}" is set twice (first on line {line})', "keep one")
    for end in range(len(path) - 1, 0, -1):
        if (around := index.first.get(path[:end])) is not None and around < offset:
            line = line_and_column(text, around)[0]
            return Syntax(
                offset,
                f'"{dotted(path[:end])}" is complete on line {line} and takes no more keys',
                "write all its keys in one place",
            )
    return Syntax(offset, f'"{dotted(path)}" is set twice', "keep one")


def _misread(text: str, message: str, at: int) -> Syntax:
    start = text.rfind("\n", 0, at) + 1
    line = text[start : text.find("\n", at) if "\n" in text[at:] else len(text)]
    here = text[at : at + 1]
    if here and here in "“”‘’„«»":
        return Syntax(at, "typographic quote", "use the straight quotes \" or '")
    if line.lstrip().startswith(("//", ";", "/*", "--")):
        return Syntax(at, "no key and no table", "a comment begins with #")
    if "inline table" in message or (message.startswith("Invalid initial") and "{" in line):
        return Syntax(
            at,
            "table in braces not closed",
            "write { … } on one line, a comma between its keys and none at the end",
        )
    if message == "Unclosed array":
        return Syntax(at, "list not closed", 'put a comma between its elements and "]" at the end')
    if message.startswith("Expected '='"):
        if here == ":":
            return Syntax(at, '":" after a key', 'write "=" between key and value')
        return Syntax(at, 'no "=" after a key', "write key = value")
    if message.startswith("Expected ']"):
        return Syntax(at, "table header not closed", "write [name] or, for a list, [[name]]")
    if match := _PYTHON.match(line):
        return Syntax(
            start + match.start(1),
            f"{match[1]} is no value of TOML",
            "write true or false, or remove it",
        )
    if message in {"Invalid value", "Expected newline or end of document after a statement"}:
        if re.fullmatch(r"[^=\n]*=\s*(#.*)?", line):
            return Syntax(at, "no value behind the =", "write one, or remove the key")
        if _UNQUOTED.match(line):
            return Syntax(at, "value not understood", 'text and durations need quotes: "30s"')
        return Syntax(at, "something stands behind the value", "one key = value a line")
    if message == "Invalid date or datetime":
        return Syntax(at, "no such date or time", "write a date as 2026-11-24")
    if message.startswith("Invalid initial"):
        return Syntax(at, "no key here", "a key is letters, digits, - and _, or stands in quotes")
    return Syntax(at, "not understood", "write key = value or [table]; text stands in quotes")
