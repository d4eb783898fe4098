"""A probe's options: prepared, validated by its class, and its complaints in our words.

The class is the judge of its options; this only says where a complaint belongs and what to do.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from probes.base import Probe, Secret, describe, safe_text
from uptime.config.errors import Bad, Path
from uptime.config.secrets import FORMS, Secrets, is_reference_table
from uptime.config.shape import Shape, shape_of
from uptime.config.suggest import hint, unknown_key
from uptime.config.values import duration

_duration = duration(0)
_BY_REFERENCE = "write a reference"  # how Secret refuses plain text


class Problem(NamedTuple):
    at: Path
    problem: str
    fix: str


class Options:
    """Reads the options of one probe type."""

    def __init__(
        self,
        kind: str,
        probe: type[Probe],
        secrets: Secrets,
        owner: Callable[[Path], str | None] = lambda _: None,
    ) -> None:
        self.kind = kind
        self._owner = owner
        self.probe = probe
        self.shape = shape_of(probe)
        self.names = (self.shape.fields or {}).keys() - {"target", "timeout"}
        self._secrets = secrets

    def target(self, target: str) -> Bad | None:
        """What the type has against a target."""
        scheme, separator, rest = target.partition("://")
        login = rest.partition("/")[0].rpartition("@")[0]
        if "${" in target:
            return Bad("a target takes no reference", "write it out; secrets go into options")
        if separator and scheme and ":" in login:
            # Targets are shown everywhere; the value stays out of this message, too.
            fix = "use the type's options for user and password, by reference"
            return Bad("credentials in the target are not allowed", fix)
        try:
            self.probe.check_target(target)
        except ValueError as error:
            return Bad(*_parted(str(error), f"write what {self.kind} measures"))
        return None

    def read(
        self, values: Mapping[str, Any], directories: Mapping[str, FilePath]
    ) -> tuple[Probe | None, list[Problem], list[tuple[Path, str]]]:
        """The probe or what is wrong, and which secrets it got (only to compare).

        `directories` has, by option, where the file stands that set it.
        """
        problems: list[Problem] = []
        secrets: list[tuple[Path, str]] = []
        ready = dict(values)
        for name in self.names & values.keys():
            shape = self.shape.at(name)
            assert shape is not None
            walk = _Walk(self._secrets, directories.get(name, FilePath()), problems, secrets)
            ready[name] = walk.through(values[name], shape, (name,))
        try:
            probe = self.probe.model_validate(ready)
        except ValidationError as error:
            known = [p.at for p in problems]
            problems += [
                p
                for p in self._translate(error, ready)
                if not any(p.at[: len(at)] == at or at[: len(p.at)] == p.at for at in known)
            ]
        else:
            if not problems:
                return probe, [], secrets
        return None, problems, []

    def _translate(self, error: ValidationError, values: Mapping[str, Any]) -> list[Problem]:
        found: dict[Path, list[ErrorDetails]] = {}
        for details in error.errors(include_url=False):
            found.setdefault(_place(details, values), []).append(details)
        return [self._problem(at, branches, values) for at, branches in found.items()]

    def _problem(
        self, at: Path, branches: list[ErrorDetails], values: Mapping[str, Any]
    ) -> Problem:
        shape, around = _shape_at(self.shape, at), _shape_at(self.shape, at[:-1])
        words, remedy = (shape or Shape()).words, _remedy(shape or Shape())
        # A union complains once a member. What a validator of its own says is worth the most.
        own = [said for d in branches if (said := _said(d)) and not said.startswith(_BY_REFERENCE)]
        if own:
            return Problem(at, *_parted(own[0], remedy if at else "change one of its options"))
        details = branches[0]
        match details["type"]:
            case "value_error" if len(branches) == 1:
                return Problem(at, "a secret is given by reference only", f"write {FORMS}")
            case "extra_forbidden":
                if (owner := self._owner(at)) is not None:
                    problem = f'"{at[-1]}" belongs to type {owner}'
                    return Problem(at, problem, "remove it or change the type")
                known = (around.fields or {}).keys() if around else set[str]()
                return Problem(at, *unknown_key(str(at[-1]), known))
            case "missing":
                needs = f'type {self.kind} needs "{at[-1]}"'
                return Problem(at, needs, remedy)
        value = _value_at(values, at)
        shown = _kind(value) if shape is None or shape.secret else describe(value)
        if shape and shape.literals and not shape.secret and isinstance(value, str):
            near = hint(value, [str(a) for a in shape.literals])
            return Problem(at, f'"{safe_text(value, 40)}" is not known{near}', remedy)
        if len(branches) > 1 or details["type"].endswith(("_type", "_parsing")):
            return Problem(at, f"expected {_article(words)}, found {shown}", remedy)
        said = details["msg"].removeprefix("Input should be ").removeprefix("Value should ")
        return Problem(at, f"must be {said[:1].lower()}{said[1:]}, found {shown}", remedy)


class _Walk:
    """Sees to secrets, durations and paths below one option."""

    def __init__(
        self,
        secrets: Secrets,
        directory: FilePath,
        problems: list[Problem],
        found: list[tuple[Path, str]],
    ) -> None:
        self._secrets, self._directory = secrets, directory
        self._problems, self._found = problems, found

    def through(self, value: Any, shape: Shape, at: Path) -> Any:
        try:
            return self._one(value, shape, at)
        except Bad as bad:
            self._problems.extend(Problem((*at, *p), *words) for p, *words in bad.problems)
            return value

    def _one(self, value: Any, shape: Shape, at: Path) -> Any:
        if shape.secret and (
            (isinstance(value, str) and "${" in value) or is_reference_table(value)
        ):
            secret = self._secrets.resolve(value, self._directory)
            self._found.append((at, secret.reveal()))
            return secret
        if shape.seconds and not isinstance(value, list | dict) and value not in shape.literals:
            return _duration(value)
        if shape.path and isinstance(value, str):
            return _file(self._directory, value, private="key" in str(at[-1]))
        if isinstance(value, dict):
            return {
                name: self.through(v, below, (*at, name)) if (below := shape.at(name)) else v
                for name, v in value.items()
            }
        if isinstance(value, list):
            if shape.item is None:
                return value
            return [self.through(v, shape.item, (*at, i)) for i, v in enumerate(value)]
        if shape.takes is not None and (type(value) not in shape.takes or not _finite(value)):
            words = _article(shape.words)
            raise Bad(f"expected {words}, found {describe(value)}", _remedy(shape))
        return value


def _finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _remedy(shape: Shape) -> str:
    described = f": {shape.description}" if shape.description else ""
    return f"write {_article(shape.words)}{described}"


def _file(directory: FilePath, name: str, *, private: bool) -> str:
    path, shown = FilePath(directory, name), f'"{safe_text(name, 200)}"'
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise Bad(f"there is no file {shown}", "correct the path") from None
    except (OSError, ValueError):
        raise Bad(f"{shown} is not readable", "correct the path or its mode") from None
    if not stat.S_ISREG(mode) or not os.access(path, os.R_OK):
        raise Bad(f"{shown} is no readable file", "correct the path or its mode")
    if private and mode & 0o007:
        problem = f"mode {stat.S_IMODE(mode):04o} of {shown} lets everyone read the key"
        raise Bad(problem, "chmod 0600")
    return str(path)


def _place(details: ErrorDetails, values: Mapping[str, Any]) -> Path:
    """Pydantic's location without the names of union members that it mixes in."""
    at: Path = ()
    value: Any = values
    for number, part in enumerate(details["loc"]):
        last = number == len(details["loc"]) - 1
        if isinstance(value, Mapping) and part in value:
            value, at = value[str(part)], (*at, part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value, at = value[part], (*at, part)
        elif last and details["type"] == "missing":
            at = (*at, part)
    return at


def _value_at(values: Any, at: Path) -> Any:
    for part in at:
        values = values[part]
    return values


def _shape_at(shape: Shape | None, at: Path) -> Shape | None:
    for part in at:
        shape = shape.at(part) if shape is not None else None
    return shape


def _said(details: ErrorDetails) -> str:
    """What a validator of the class itself said, or nothing."""
    if details["type"] not in {"value_error", "assertion_error"}:
        return ""
    return str(details.get("ctx", {}).get("error", details["msg"]))


def _parted(said: str, remedy: str) -> tuple[str, str]:
    """A message that brings its own remedy, or that gets one."""
    problem, separator, fix = said.partition("; fix: ")
    return (problem, fix) if separator else (said, remedy)


def _kind(value: object) -> str:
    """What something is, without what it says."""
    match value:
        case Secret():
            return "a secret"
        case str():
            return "text"
        case bool() | list() | dict():
            return describe(value)
        case _:
            return "a number"


def _article(words: str) -> str:
    if words.startswith(("`", "text", "true")) or " or " in words:
        return words
    return f"a {words}"
