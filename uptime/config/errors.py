"""What is wrong with a configuration, all of it at once, each with its place and its remedy.

Readers report here and go on; nobody stops at the first fault. Positions are looked up only
when there is something to show, so a good file never pays for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probes.base import safe_text

if TYPE_CHECKING:
    from uptime.config.source import Source

MOST = 50
"""Errors shown of one configuration; the rest is counted."""

Path = tuple[str | int, ...]
"""Keys and list positions that lead from the top of a file to a value."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class Bad(Exception):
    """A value is not acceptable; each problem with its path below the value and its remedy."""

    def __init__(self, problem: str, fix: str, *at: str | int) -> None:
        super().__init__(problem)
        self.problems: list[tuple[Path, str, str]] = [(at, problem, fix)]

    @classmethod
    def all(cls, bads: Iterable[Bad]) -> None:
        """Raise everything that was found as one; nothing if nothing was found."""
        found = list(bads)
        if found:
            found[0].problems = [problem for bad in found for problem in bad.problems]
            raise found[0]

    def under(self, *at: str | int) -> Bad:
        """The same, one level further up."""
        self.problems = [((*at, *path), problem, fix) for path, problem, fix in self.problems]
        return self


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One fault; `key` is the dotted path, or "file" or "syntax" where there is none yet."""

    file: str
    line: int
    column: int
    key: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.key}: {self.problem}; fix: {self.fix}"


class ConfigErrors(Exception):
    """The configuration is not accepted; `errors` holds the first fifty of `total`."""

    def __init__(self, errors: tuple[ConfigError, ...], total: int) -> None:
        super().__init__(errors, total)
        self.errors = errors
        self.total = total

    def __str__(self) -> str:
        lines = [str(error) for error in self.errors]
        if self.total > len(lines):
            lines.append(f"… and {self.total - len(lines)} more")
        return "\n".join(lines)


def dotted(path: Path) -> str:
    """`checks.web.expect.status[2]`; a key that TOML would quote is quoted."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            out += f".{name}" if out else name
    return out


class Findings:
    """Collects faults in any order; gives them in the order of the files."""

    def __init__(self) -> None:
        self._placed: list[tuple[int, ConfigError]] = []
        self._open: dict[tuple[int, Path, str], tuple[Source, Path, str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._placed or self._open)

    def add(self, source: Source, path: Path, problem: str, fix: str) -> None:
        """One fault at a key; said once however many checks inherit it."""
        self._open.setdefault((source.order, path, problem), (source, path, problem, fix))

    def bad(self, source: Source, path: Path, bad: Bad) -> None:
        for at, problem, fix in bad.problems:
            self.add(source, (*path, *at), problem, fix)

    def place(
        self, order: int, file: str, at: tuple[int, int], *, key: str, problem: str, fix: str
    ) -> None:
        """One fault at a line and column known already: of a file that could not be parsed."""
        self._placed.append((order, _error(file, at, key, problem, fix)))

    def stop(self) -> None:
        """Raises ConfigErrors if anything was found."""
        if not self:
            return
        # Lines are counted for what is shown alone: there may be an error in every check.
        found: list[tuple[int, int, ConfigError | tuple[Source, Path, str, str]]] = [
            (order, 0, error) for order, error in self._placed
        ]
        found += [(f[0].order, f[0].offset(f[1]), f) for f in self._open.values()]
        found.sort(key=lambda entry: entry[:2])
        shown = tuple(
            error if isinstance(error, ConfigError) else _located(*error)
            for _, _, error in found[:MOST]
        )
        raise ConfigErrors(shown, len(found))


def _located(source: Source, path: Path, problem: str, fix: str) -> ConfigError:
    return _error(source.file, source.position(path), dotted(path), problem, fix)


def _error(file: str, at: tuple[int, int], key: str, problem: str, fix: str) -> ConfigError:
    # Keys and values come from the file: none of its escapes may reach a terminal or a log.
    return ConfigError(
        safe_text(file, 4096),
        *at,
        safe_text(key, 200),
        safe_text(problem, 500),
        safe_text(fix, 500),
    )
