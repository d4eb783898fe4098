"""Documents set by Typst: the same bytes for the same files, with its own fonts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pdf(files: Mapping[str, bytes], at: int) -> bytes:
    """The document that begins in the file `main`; it is dated `at` (ms)."""
    import typst

    several: Any = dict(files)  # which its types do not know of
    made = typst.compile(several, format="pdf", ignore_system_fonts=True, timestamp=at // 1000)
    assert isinstance(made, bytes)
    return made
