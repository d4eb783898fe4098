"""What may be expected of an answer: statuses, patterns, comparisons.

Each is compiled when the configuration is loaded, so that a mistake is an error with a remedy
there and never at night. Patterns are RE2's: linear in a text that strangers write.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from probes.base import safe_text

_LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])")
_BACK_REFERENCE = re.compile(r"\\[1-9]")
_MEMORY = 1 << 20  # of one pattern's automaton; beyond it RE2 falls back to a slower one
_CLASS = re.compile(r"[1-5]xx")


def pattern(text: str) -> Any:
    """Compiled over bytes; raises ValueError with the remedy."""
    import re2

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return re2.compile(text.encode(), options)
    except re2.error as error:
        if _LOOK_AROUND.search(text):
            fix = "use contains and not_contains, or several checks"
            raise ValueError(f"RE2 has no look-around; fix: {fix}") from None
        if _BACK_REFERENCE.search(text):
            raise ValueError("RE2 has no back-references; fix: write it without") from None
        cause = error.args[0] if error.args else "unreadable"
        said = cause.decode(errors="replace") if isinstance(cause, bytes) else str(cause)
        raise ValueError(
            f"no pattern of RE2: {safe_text(said, 120)}; fix: write a pattern RE2 takes"
        ) from None


@lru_cache(maxsize=1024)
def statuses(wanted: tuple[int | str, ...]) -> frozenset[int]:
    """The codes that a list such as [301, "2xx"] means, shared by all who mean the same.

    Raises ValueError.
    """
    codes: set[int] = set()
    for one in wanted:
        if isinstance(one, int) and 100 <= one <= 599:
            codes.add(one)
        elif isinstance(one, str) and _CLASS.fullmatch(one):
            codes.update(range(int(one[0]) * 100, int(one[0]) * 100 + 100))
        else:
            shown = safe_text(str(one), 20)
            raise ValueError(f'{shown} is no HTTP status; fix: write numbers 100-599 or "2xx"')
    return frozenset(codes)


Scalar = str | int | float | bool
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, "==": operator.eq,
    ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_COMPARISON = re.compile(r"(>=|<=|!=|==|>|<|~)\s*(.*)", re.DOTALL)


class Comparison:
    """`"ok"`, `5`, `">= 3"`, `"!= down"`, `"~ ^v[0-9]+"` against a value that was found.

    `holds` raises TypeError for what cannot be compared: that is no answer to the question.
    """

    __slots__ = ("_operator", "_pattern", "_wanted", "shown")

    def __init__(self, written: Scalar) -> None:
        self.shown = safe_text(str(written).lower() if isinstance(written, bool) else str(written))
        self._pattern: Any = None
        self._operator = "=="
        self._wanted: Scalar = written
        found = _COMPARISON.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            return
        sign, text = found[1], found[2].strip()
        if not text:
            raise ValueError(f'nothing after "{sign}"; fix: write what to compare with')
        if sign == "~":
            self._pattern = pattern(text)
            return
        self._operator = sign
        number = _number(text)
        self._wanted = text if number is None else number
        if sign not in ("==", "!=") and number is None:
            raise ValueError(f'"{safe_text(text, 40)}" is no number; fix: compare with a number')

    def holds(self, found: object) -> bool:
        if self._pattern is not None:
            text = found if isinstance(found, str) else _json_word(found)
            return self._pattern.search(text.encode("utf-8", "replace")) is not None
        wanted = self._wanted
        if isinstance(wanted, int | float) and not isinstance(wanted, bool):
            if isinstance(found, str) and (number := _number(found)) is not None:
                found = number
            if self._operator in ("==", "!="):
                same = not isinstance(found, bool) and found == wanted
                return same is (self._operator == "==")
            if isinstance(found, bool) or not isinstance(found, int | float):
                raise TypeError(f"{_json_word(found)} is no number")
            return _OPERATORS[self._operator](found, wanted)
        if isinstance(wanted, str) and not isinstance(found, str):
            found = _json_word(found)
        return (found == wanted) is (self._operator == "==")


def _json_word(found: object) -> str:
    """A value as JSON writes it, in short."""
    match found:
        case None:
            return "null"
        case bool():
            return str(found).lower()
        case dict():
            return "an object"
        case list():
            return "a list"
    return safe_text(str(found), 80)


def shown(found: object) -> str:
    """What was got, for `expected … got …`."""
    return f'"{safe_text(found, 80)}"' if isinstance(found, str) else _json_word(found)


def _number(text: str) -> float | int | None:
    for kind in (int, float):
        try:
            return kind(text) if len(text) < 40 else None
        except ValueError:
            continue
    return None


_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")


class Path:
    """`status`, `queue.size`, `nodes[0].state`: a place in a JSON document."""

    __slots__ = ("_steps", "written")

    def __init__(self, written: str) -> None:
        self.written = written
        steps: list[str | int] = []
        at = 0
        while at < len(written):
            found = _STEP.match(written, at)
            if found is None:
                text = safe_text(written, 60)
                raise ValueError(f'"{text}" is no path; fix: write it like "nodes[0].state"')
            steps.append(int(found[1]) if found[1] is not None else found[2])
            at = found.end()
        if not steps:
            raise ValueError('an empty path; fix: write it like "nodes[0].state"')
        self._steps = tuple(steps)

    def find(self, document: object) -> object:
        """Raises LookupError where the document has no such place."""
        for step in self._steps:
            if isinstance(document, dict) and not isinstance(step, int):
                document = document[step]
            elif isinstance(document, list) and str(step).isascii() and str(step).isdigit():
                document = document[int(step)]
            else:
                raise LookupError(step)
        return document
