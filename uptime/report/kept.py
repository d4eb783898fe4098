"""A report as the one text that is kept and hashed, and back.

Canonical JSON: sorted keys, no spaces, UTF-8; sets in order, ratios as "a/b".
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

from pydantic import BaseModel, TypeAdapter

from uptime.report.model import Report


def text_of(report: Report) -> str:
    """The same report gives the same text, whichever process asks."""
    return json.dumps(
        _plain(report), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def report_of(text: str) -> Report:
    """What `text_of` was given. ValueError for a text that is no report."""
    try:
        return _adapter().validate_json(text)
    except ValueError:
        raise ValueError(
            "the kept report cannot be read; fix: see what siaga ledger verify says of it"
        ) from None


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case str() | bool() | int() | float() | None:
            return value
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case ZoneInfo():
            return value.key
        case BaseModel():
            return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        case date():
            return value.isoformat()
        case Mapping():
            return {str(_plain(key)): _plain(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted(str(_plain(each)) for each in value)
        case list() | tuple():
            return [_plain(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    raise TypeError(f"{value!r} has no place in a report")
