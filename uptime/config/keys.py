"""What a key is, and how a table of keys is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from probes.base import describe
from uptime.config.errors import Bad, Findings, Path, dotted
from uptime.config.source import Source
from uptime.config.suggest import unknown_key
from uptime.config.values import Parse

REQUIRED: Final = object()
"""The default of a key that must be there."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: how it is read, what it is without being written, and how the manual says it."""

    parse: Parse
    default: Any
    words: str
    text: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one table; `later` names keys whose feature is not built yet."""

    keys: Mapping[str, Key]
    later: frozenset[str] = frozenset()

    def read(
        self, findings: Findings, source: Source, path: Path, raw: object
    ) -> tuple[dict[str, Any], bool]:
        """Every key's value or default, and whether all was well; what was not is reported."""
        if not isinstance(raw, dict):
            problem = f"expected a table, found {describe(raw)}"
            findings.add(source, path, problem, f"write [{dotted(path)}] and its keys below")
            return {name: key.default for name, key in self.keys.items()}, False
        good, found = True, {name: key.default for name, key in self.keys.items()}
        for name, value in raw.items():
            key = self.keys.get(name)
            if key is None:
                self.refuse(findings, source, (*path, name))
                good = False
                continue
            try:
                found[name] = key.parse(value)
            except Bad as bad:
                findings.bad(source, (*path, name), bad)
                good = False
        for name, key in self.keys.items():
            if key.default is REQUIRED and name not in raw:
                findings.add(source, (*path, name), "is missing", f"add {name} = … ({key.text})")
                good = False
        return found, good

    def refuse(self, findings: Findings, source: Source, path: Path) -> None:
        """Report a key that this table does not have."""
        name = str(path[-1])
        if name in self.later:
            findings.add(source, path, f'"{name}" is not built yet', "remove it")
        else:
            findings.add(source, path, *unknown_key(name, [*self.keys, *self.later]))
