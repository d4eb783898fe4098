"""Which indicator of the evaluation is spoken to by which file: data, read from TOML.

The instrument changes from year to year, so that nothing of it is code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parents[1] / "data" / "indicators.toml"
FILES = ("index.html", "services.csv", "incidents.csv", "reviews.csv")
_KEYS = {"instrument", "number", "title", "source", "files", "shows", "gap"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """`title` is None where no published text was seen; the mappings are by language."""

    instrument: str
    number: str
    title: str | None
    source: Mapping[str, str]
    files: Sequence[str]
    shows: Mapping[str, str]
    gap: Mapping[str, str]


def read(path: Path = SHIPPED) -> list[Indicator]:
    """ValueError names the file, the indicator and what is wrong with it."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    items = table.get("indicator")
    if set(table) - {"indicator"} or not isinstance(items, list) or not items:
        raise ValueError(f"{path}: holds [[indicator]] tables and nothing else; fix: write one")
    return [_read(f"{path}: indicator {n}", item) for n, item in enumerate(items, 1)]


def _read(where: str, item: Any) -> Indicator:
    if not isinstance(item, dict):
        raise ValueError(f"{where}: is no table; fix: write [[indicator]]")
    for key in item.keys() - _KEYS:
        raise ValueError(f"{where}: {key}: is not known; fix: one of {', '.join(sorted(_KEYS))}")
    for key in ("instrument", "number"):
        if not isinstance(item.get(key), str):
            raise ValueError(f"{where}: {key}: is missing; fix: write it in quotes")
    title, files = item.get("title"), item.get("files")
    if title is not None and not isinstance(title, str):
        raise ValueError(f"{where}: title: is no text; fix: write it in quotes")
    if not isinstance(files, list) or not files or not set(files) <= set(FILES):
        raise ValueError(f"{where}: files: fix: a list of {', '.join(FILES)}")
    for key in ("source", "shows", "gap"):
        texts = item.get(key)
        texts = texts if isinstance(texts, dict) else {}
        if set(texts) != {"id", "en"} or not all(isinstance(t, str) for t in texts.values()):
            raise ValueError(f'{where}: {key}: fix: write {{ id = "…", en = "…" }}')
    return Indicator(
        item["instrument"], item["number"], title, item["source"], files, item["shows"], item["gap"]
    )
