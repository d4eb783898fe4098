"""Figures that lines are not broken in: `6 j 26 m` and `99,5 %` stay whole."""

from __future__ import annotations

import re
from typing import Any

_BEFORE_A_UNIT = re.compile(r"(?<=[0-9…]) (?=(?:%|j|h|m|s|mnt|min|dtk)(?![\w]))")
_BETWEEN = re.compile(r"(?<=[0-9]\u00a0[jh]) (?=[0-9])")


def kept_together(found: Any) -> Any:
    """The same values, in which no figure is parted from its unit; of lists and tables all."""
    match found:
        case str():
            return _BETWEEN.sub("\u00a0", _BEFORE_A_UNIT.sub("\u00a0", found))
        case dict():
            return {name: kept_together(each) for name, each in found.items()}
        case list() | tuple():
            return type(found)(kept_together(each) for each in found)
        case _:
            return found
