"""All files of a configuration as one: who includes whom, and that nothing is said twice."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from probes.base import describe
from uptime.config.errors import Bad, Findings, Path, dotted
from uptime.config.source import Source, read
from uptime.config.suggest import hint
from uptime.config.tables import LATER_TABLES, SIAGA

_DEEPEST = 20
_ONCE = ("siaga", "history", "defaults")
_NAMED = ("groups", "checks", "channels", "contracts", "calendars")
_LISTED = ("routes", "maintenance")
_TABLES = (*_ONCE, *_NAMED, *_LISTED)


@dataclass(frozen=True, slots=True)
class Item:
    """A value and where it stands."""

    source: Source
    path: Path
    value: Any


@dataclass(slots=True)
class Raw:
    """Everything the files hold, unread.

    Not `complete` when a file or a table could not be understood: then a name that is missing
    may stand there, and nobody complains of it.
    """

    sources: list[Source] = field(default_factory=list)
    once: dict[str, Item] = field(default_factory=dict)
    groups: dict[str, Item] = field(default_factory=dict)
    checks: dict[str, Item] = field(default_factory=dict)
    channels: dict[str, Item] = field(default_factory=dict)
    contracts: dict[str, Item] = field(default_factory=dict)
    calendars: dict[str, Item] = field(default_factory=dict)
    routes: list[Item] = field(default_factory=list)
    maintenance: list[Item] = field(default_factory=list)
    complete: bool = True


def defaults_of(group: Item) -> Item | None:
    """The defaults that a group gives its checks."""
    found = group.value.get("defaults") if isinstance(group.value, dict) else None
    if not isinstance(found, dict):
        return None
    return Item(group.source, (*group.path, "defaults"), found)


def gather(path: FilePath, findings: Findings) -> Raw:
    """Read a file and all it includes; reports what could not be read and what is there twice."""
    raw = Raw()
    _gather(path, (), {}, raw, findings)
    return raw


def _gather(
    path: FilePath, stack: tuple[str, ...], seen: dict[str, int], raw: Raw, findings: Findings
) -> None:
    real = os.path.realpath(path)
    seen[real] = len(seen)
    source = read(path, seen[real], findings)
    if source is None:
        raw.complete = False
        return
    raw.sources.append(source)
    _merge(source, raw, findings, included=bool(stack))
    stack = (*stack, real)
    for at, found in _included(source, findings):
        real = os.path.realpath(found)
        if real in stack:
            loop = " → ".join(FilePath(p).name for p in (*stack[stack.index(real) :], real))
            fix = "put what is included into a directory of its own"
            findings.add(source, at, f"include loop: {loop}", fix)
        elif len(stack) >= _DEEPEST:
            problem = f"includes are nested more than {_DEEPEST} deep"
            findings.add(source, at, problem, "include from the first file")
        elif real not in seen:
            _gather(found, stack, seen, raw, findings)


def _included(source: Source, findings: Findings) -> Iterator[tuple[Path, FilePath]]:
    table = source.data.get("siaga")
    if not isinstance(table, dict) or "include" not in table:
        return
    try:
        patterns = SIAGA.keys["include"].parse(table["include"])
    except Bad as bad:
        findings.bad(source, ("siaga", "include"), bad)
        return
    for number, pattern in enumerate(patterns):
        at: Path = ("siaga", "include", number)
        # A pattern that matches nothing is an empty directory; a plain name is a file missed.
        if not glob.has_magic(pattern):
            names = [pattern]
        else:
            names = sorted(
                glob.glob(pattern, root_dir=source.directory, recursive=True)  # noqa: PTH207
            )  # pathlib's takes no absolute pattern
        for name in names:
            found = source.path.parent / name
            if found.exists() or glob.has_magic(pattern):
                yield at, found
            else:
                findings.add(source, at, f'there is no file "{name}"', "correct or remove it")


def _merge(source: Source, raw: Raw, findings: Findings, *, included: bool) -> None:
    for name, value in source.data.items():
        if name in LATER_TABLES:
            findings.add(source, (name,), f'"{name}" is not built yet', "remove it")
        elif name not in _TABLES:
            known = hint(name, _TABLES)
            findings.add(source, (name,), f"unknown table{known}", "correct or remove it")
            raw.complete = False
        elif name in _LISTED:
            _list(source, name, value, getattr(raw, name), findings)
        elif not isinstance(value, dict):
            example = f"[{name}.ID]" if name in _NAMED else f"[{name}]"
            problem = f"expected a table, found {describe(value)}"
            findings.add(source, (name,), problem, f"write {example} in single brackets")
            raw.complete = False
        elif name == "siaga" and included and value.keys() <= {"include"}:
            continue
        elif name in _ONCE:
            _put(raw.once, name, Item(source, (name,), value), findings)
        else:
            for key, item in value.items():
                _put(getattr(raw, name), key, Item(source, (name, key), item), findings)


def _put(into: dict[str, Item], key: str, item: Item, findings: Findings) -> None:
    first = into.setdefault(key, item)
    if first is not item:
        line = first.source.position(first.path)[0]
        problem = f'"{dotted(item.path)}" is already in {first.source.file}, line {line}'
        findings.add(item.source, item.path, problem, "keep one")


def _list(source: Source, name: str, value: object, into: list[Item], findings: Findings) -> None:
    if not isinstance(value, list):
        problem = f"expected a list of tables, found {describe(value)}"
        findings.add(source, (name,), problem, f"write [[{name}]] in double brackets")
        return
    into.extend(Item(source, (name, i), v) for i, v in enumerate(value))
