"""The probe types there are, loaded one by one as a configuration names them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from probes.base import Probe, safe_text
from uptime.config.errors import Bad, Path
from uptime.config.options import Options
from uptime.config.secrets import Secrets
from uptime.config.shape import Shape, shape_of
from uptime.config.suggest import hint
from uptime.config.tables import LATER_TYPES


class Registry(Protocol):
    """Where probe classes come from; the module probes.registry is one."""

    def names(self) -> list[str]: ...
    def load(self, name: str) -> type[Probe]: ...


def installed() -> Registry:
    """The probes of this installation."""
    from probes import registry

    return registry


class Types:
    """Options readers by type."""

    def __init__(self, registry: Registry, secrets: Secrets) -> None:
        self._registry = registry
        self._secrets = secrets
        self._known = registry.names()
        self._options: dict[str, Options | Bad] = {}

    def options(self, kind: str) -> Options:
        """The reader of a type's options; raises Bad when there is no such type."""
        if kind not in self._options:
            self._options[kind] = self._load(kind)
        found = self._options[kind]
        if isinstance(found, Bad):
            raise Bad(*found.problems[0][1:])
        return found

    def owner(self, path: Path, but: str = "") -> str | None:
        """Another type that has an option of this path. Loads every type: for errors only."""
        for kind, shape in self._shapes():
            found: Shape | None = shape
            for part in path:
                found = found.at(part) if found is not None else None
            if found is not None and kind != but:
                return kind
        return None

    def all_options(self) -> set[str]:
        """The names of all options of all types. Loads every type: for errors only."""
        return {name for _, shape in self._shapes() for name in shape.fields or ()}

    def _shapes(self) -> Iterator[tuple[str, Shape]]:
        for kind in self._known:
            try:
                yield kind, shape_of(self.options(kind).probe)
            except Bad:
                continue  # reported where a check names it

    def _load(self, kind: str) -> Options | Bad:
        shown = safe_text(kind, 40)
        if kind in self._known:
            try:
                probe = self._registry.load(kind)
            except Exception as error:  # whatever a third party's import may raise
                problem = f'type "{shown}" cannot be loaded ({type(error).__name__})'
                return Bad(problem, "reinstall the package that brings it")
            return Options(kind, probe, self._secrets, lambda path: self.owner(path, kind))
        if kind in LATER_TYPES:
            return Bad(f'type "{shown}" is not built yet', "remove it")
        known = ", ".join(self._known)
        return Bad(f'unknown type "{shown}"{hint(kind, self._known)}', f"write one of {known}")
