"""Readers of single values: what TOML gave in, what the program works with out, or Bad."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any, TypeVar

from probes.base import describe, parse_duration, safe_text
from uptime.config.errors import Bad
from uptime.config.suggest import hint

Parse = Callable[[object], Any]
E = TypeVar("E", bound=StrEnum)

DAY = 86400.0
LONGEST = 366 * DAY
_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
ID_FIX = "use 1-64 of a-z 0-9 - _ . and begin with a letter or digit"


def span(seconds: float) -> str:
    """A duration as one would write it: `200ms`, `90s`, `2h`, `35d`."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    for unit, size in (("d", DAY), ("h", 3600.0)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def text(most: int) -> Parse:
    """1 to `most` printable characters."""

    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise Bad(f"expected text, found {describe(value)}", 'write text in quotes: "…"')
        if not value or not value.isprintable() or safe_text(value, most) != value:
            raise Bad(
                f"must be 1-{most} printable characters without spaces at its ends",
                "shorten it" if len(value) > most else "write it on one line, without controls",
            )
        return value

    return parse


def ident(value: object) -> str:
    """The id of something."""
    if not isinstance(value, str):
        raise Bad(f"expected the id in quotes, found {describe(value)}", 'write "…"')
    if not _ID.fullmatch(value):
        raise Bad(f'"{safe_text(value, 70)}" is no id', ID_FIX)
    return value


def duration(least: float, most: float = LONGEST) -> Parse:
    """Seconds of a text with a unit."""

    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, str):
            number = isinstance(value, int) and not isinstance(value, bool)
            raise Bad(
                f'expected text like "30s", found {describe(value)}',
                f'write "{value}s"' if number else 'write a number and a unit in quotes: "30s"',
            )
        shown = safe_text(value, 40)
        try:
            seconds = parse_duration(value)
        except ValueError:
            if value.strip().isascii() and value.strip().isdigit():
                raise Bad(f'"{shown}" has no unit', f'write "{shown}s"; ms s m h d') from None
            if value.strip().startswith("-"):
                raise Bad(f'"{shown}" is negative', f"least is {span(least)}") from None
            fix = 'write one number and one unit of ms s m h d, such as "90m"'
            raise Bad(f'"{shown}" is no duration', fix) from None
        if seconds < least:
            raise Bad(
                f'"{shown}" is below the least, {span(least)}', f'write "{span(least)}" or more'
            )
        if seconds > most:
            raise Bad(f'"{shown}" is above the most, {span(most)}', f'write "{span(most)}" or less')
        return seconds

    return parse


def whole(least: int, most: int) -> Parse:
    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            fix = f"write a number from {least} to {most} without quotes"
            raise Bad(f"must be a whole number {least}-{most}, found {describe(value)}", fix)
        return value

    return parse


def percent(value: object) -> float:
    """Above 0, at most 100."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 < float(value) <= 100:  # type: ignore[arg-type] # nan compares false
        fix = "write a number such as 99.5, without quotes and %"
        raise Bad(f"must be a percentage above 0 up to 100, found {describe(value)}", fix)
    return float(value)  # type: ignore[arg-type] # good says it is a number


def amount(value: object) -> int:
    """Whole rupiah."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**15:
        fix = "write it without separators and quotes: 2500000"
        raise Bad(f"must be whole rupiah, found {describe(value)}", fix)
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Bad(f"expected true or false, found {describe(value)}", "write true or false")
    return value


def choice(known: Collection[str]) -> Parse:
    """One of some words."""
    allowed = ", ".join(known)

    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise Bad(
                f"expected text, found {describe(value)}", f"write one of {allowed} in quotes"
            )
        if value not in known:
            problem = f'"{safe_text(value, 40)}" is not known{hint(value, known)}'
            raise Bad(problem, f"write one of {allowed}")
        return value

    return parse


def member(kind: type[E]) -> Callable[[object], E]:
    """The same for an enumeration."""
    parse = choice([str(item) for item in kind])
    return lambda value: kind(parse(value))


def listed(item: Parse, *, example: str) -> Callable[[object], tuple[Any, ...]]:
    """At least one of something; every bad element is reported."""

    def parse(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Bad(f"expected a list, found {describe(value)}", f"write {example}")
        if not value:
            raise Bad("the list is empty", f"write {example}, or remove the key")
        found, bads = [], list[Bad]()
        for number, element in enumerate(value):
            try:
                found.append(item(element))
            except Bad as bad:
                bads.append(bad.under(number))
        Bad.all(bads)
        return tuple(dict.fromkeys(found))

    return parse


def table(value: object, *, example: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Bad(f"expected a table, found {describe(value)}", f"write {example}")
    return value


def subtable(example: str) -> Parse:
    """A table that is read on its own."""
    return lambda value: table(value, example=example)


def anything(value: object) -> object:
    """What is read by others."""
    return value
