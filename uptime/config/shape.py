"""The options of a probe class as a tree: what its pydantic fields say, in words and in kinds.

The configuration needs to know of an option before pydantic sees it: whether a secret may stand
there (references are resolved), whether it is a duration (numbers without a unit are refused) or
a path (relative to the file it is written in), and which plain types it takes: pydantic would
read "yes" as true and "3" as 3.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from probes.base import Probe, Secret, parse_duration
from uptime.config.values import span

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_TAKES: dict[type, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
}


@dataclass(slots=True)
class Shape:
    """What may stand at one place; a union has everything of its members."""

    words: str = "value"
    secret: bool = False
    seconds: bool = False
    path: bool = False
    fields: dict[str, Shape] | None = None
    item: Shape | None = None
    value: Shape | None = None
    default: Any = PydanticUndefined
    description: str = ""
    literals: tuple[object, ...] = ()
    takes: frozenset[type] | None = None
    """The plain types of TOML that may stand here, None if only pydantic knows."""

    def at(self, part: str | int) -> Shape | None:
        """The shape one level down."""
        if isinstance(part, int):
            return self.item
        if self.fields and part in self.fields:
            return self.fields[part]
        return self.value


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a model's fields, by the names they have in a file."""
    fields = {}
    for name, info in model.model_fields.items():
        fields[info.alias or name] = _of_field(info)
    return Shape("table", fields=fields)


def options_of(probe: type[Probe]) -> dict[str, Shape]:
    """The options a check may set: all fields but those that every check has."""
    fields = shape_of(probe).fields or {}
    return {name: s for name, s in fields.items() if name not in {"target", "timeout"}}


def _of_field(info: FieldInfo) -> Shape:
    shape = _of(info.annotation, tuple(info.metadata))
    shape.default = info.default
    if info.default_factory is not None:
        shape.default = info.get_default(call_default_factory=True, validated_data={})
    shape.description = info.description or ""
    return shape


def _of(annotation: Any, metadata: tuple[object, ...] = ()) -> Shape:
    annotation = getattr(annotation, "__value__", annotation)
    if any(isinstance(m, BeforeValidator) and m.func is parse_duration for m in metadata):
        return Shape("duration", seconds=True)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of(arguments[0], (*metadata, *arguments[1:]))
    if origin in {Union, types.UnionType}:
        return _union([_of(a) for a in arguments if a is not type(None)])
    if origin is Literal:
        return Shape(" or ".join(f"`{a}`" for a in arguments), literals=arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        value = _of(arguments[1])
        return Shape(f"table of {_plural(value.words)}", value=value)
    if origin in {list, tuple, set, frozenset} or getattr(origin, "__name__", "") == "Sequence":
        item = _of(arguments[0]) if arguments else Shape()
        return Shape(f"list of {_plural(item.words)}", item=item)
    if isinstance(annotation, type):
        return _of_class(annotation)
    return Shape()


def _of_class(kind: type) -> Shape:
    if issubclass(kind, BaseModel):
        return shape_of(kind)
    if issubclass(kind, Secret):
        return Shape("secret", secret=True)
    if issubclass(kind, Path):
        return Shape("path", path=True)
    if issubclass(kind, Enum):
        literals = tuple(item.value for item in kind)
        return Shape(" or ".join(f"`{a}`" for a in literals), literals=literals)
    if issubclass(kind, list | tuple | set | frozenset):
        return Shape("list", item=Shape())
    if issubclass(kind, dict):
        return Shape("table", value=Shape())
    if kind in _TAKES:
        return Shape(_WORDS[kind], takes=frozenset(_TAKES[kind]))
    return Shape("text")


def _union(members: list[Shape]) -> Shape:
    if len(members) == 1:
        return members[0]

    def first(name: str) -> Any:
        return next((found for m in members if (found := getattr(m, name))), None)

    plain = [m.takes for m in members if m.takes is not None]
    takes = frozenset[type]().union(*plain) if len(plain) == len(members) else None
    return Shape(
        " or ".join(dict.fromkeys(m.words for m in members)),
        secret=any(m.secret for m in members),
        seconds=any(m.seconds for m in members),
        path=any(m.path for m in members),
        fields=first("fields"),
        item=first("item"),
        value=first("value"),
        literals=tuple(a for m in members for a in m.literals),
        takes=takes,
    )


def _plural(words: str) -> str:
    return words if " " in words or words.startswith("`") else f"{words}s"


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One line of a reference table."""

    name: str
    type: str
    default: str
    description: str


def describe_options(probe: type[Probe]) -> list[OptionRow]:
    """The options of a probe for the manual, nested ones as `expect.status`."""
    return list(_rows("", options_of(probe)))


def _rows(prefix: str, shapes: Mapping[str, Shape]) -> list[OptionRow]:
    rows = []
    for name, shape in shapes.items():
        if shape.fields is not None and shape.words == "table":
            rows.extend(_rows(f"{prefix}{name}.", shape.fields))
        else:
            default = _default(shape)
            rows.append(OptionRow(prefix + name, shape.words, default, shape.description))
    return rows


def _default(shape: Shape) -> str:
    match shape.default:
        case value if value is PydanticUndefined:
            return "required"
        case None | () | [] | {}:
            return ""
        case bool() as value:
            return f"`{str(value).lower()}`"
        case int() | float() as value if shape.seconds:
            return f"`{span(value)}`"
        case Enum() as value:
            return f"`{value.value}`"
        case tuple() | list() | frozenset() | set() as items:
            return ", ".join(f"`{item}`" for item in items)
        case value:
            return f"`{value}`"
