"""Text of others, made harmless: nothing in it may steer the terminal it is shown on.

The server cleans what it stores, but the terminal is ours and the server may be anybody's.
"""

from __future__ import annotations

import unicodedata

LONGEST = 2000
_BREAKS = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_MARKS = {"Mn", "Me"}


def inert(text: str) -> str:
    """The text without control, format (bidi), surrogate and private characters, bounded.

    Breaks become spaces; of a pile of combining marks two stay.
    """
    text = text[:LONGEST]
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for character in text.translate(_BREAKS):
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if category not in _HARMFUL and marks <= 2:
            kept.append(character)
    return "".join(kept)


def inert_tree(value: object) -> object:
    """The same for every text and key of a JSON value."""
    match value:
        case str():
            return inert(value)
        case list():
            return [inert_tree(each) for each in value]
        case dict():
            return {inert(str(key)): inert_tree(each) for key, each in value.items()}
        case _:
            return value
