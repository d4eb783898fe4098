"""Did you mean: the known word nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_."
_FEW = 1000


def near(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, or None.

    Among thousands of ids only one slip of the finger is looked for: a comparison with each
    of 50,000 would take minutes where a file holds many such errors.
    """
    lower = word.lower()[:100]
    if len(known) <= _FEW:
        by_lower = {name.lower(): name for name in known}
        found = get_close_matches(lower, by_lower, 1, 0.6)
        return by_lower[found[0]] if found else None
    return min((w for w in _slips(lower) if w in known), key=str, default=None)


def hint(word: str, known: Collection[str]) -> str:
    """` (did you mean "x"?)` or nothing, to stand behind a problem."""
    found = near(word, known)
    return f' (did you mean "{found}"?)' if found else ""


def unknown_key(word: str, known: Collection[str]) -> tuple[str, str]:
    """Problem and remedy for a key that is not one of the known."""
    found = near(word, known)
    if found:
        return f'unknown key (did you mean "{found}"?)', f'write "{found}" or remove it'
    return "unknown key", "remove it; docs/reference.md has the keys there are"


def _slips(word: str) -> set[str]:
    halves = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return (
        {word}
        | {a + b[1:] for a, b in halves if b}
        | {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
        | {a + c + b[1:] for a, b in halves if b for c in _LETTERS}
        | {a + c + b for a, b in halves for c in _LETTERS}
    )
