"""Which checks are meant: by severity, group, labels, and by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol


class Matched(Protocol):
    """What is asked of a check."""

    @property
    def id(self) -> str: ...
    @property
    def group(self) -> str | None: ...
    @property
    def severity(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Match:
    """All of what is not None must hold; of `labels` every one must be there and fit its
    pattern, in which `*` stands for any text. Nothing given matches everything.
    """

    severity: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    labels: Mapping[str, str] | None = None
    checks: frozenset[str] | None = None

    def matches(self, check: Matched) -> bool:
        if self.checks is not None and check.id not in self.checks:
            return False
        if self.severity is not None and check.severity not in self.severity:
            return False
        if self.groups is not None and check.group not in self.groups:
            return False
        return all(
            name in check.labels and _pattern(wanted).fullmatch(check.labels[name])
            for name, wanted in (self.labels or {}).items()
        )

    def renamed(self, names: Mapping[str, str]) -> Match:
        """The same checks under the names they have now."""
        if self.checks is None:
            return self
        return replace(self, checks=frozenset(names.get(name, name) for name in self.checks))

    @property
    def words(self) -> list[str]:
        """As one would say it, in one order: `group=kecamatan`, `label.opd=*`."""
        return [
            *(f"check={name}" for name in sorted(self.checks or ())),
            *(f"group={name}" for name in sorted(self.groups or ())),
            *(f"label.{name}={text}" for name, text in sorted((self.labels or {}).items())),
            *(f"severity={name}" for name in sorted(self.severity or ())),
        ]


@lru_cache(maxsize=1024)
def _pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", wanted))), re.DOTALL)
