"""What long work there is.

One line registers a kind:

    "name": Kind("package.job:make", ("month",), ("pdf", "html")),

The named function runs in a process of its own, with the configuration in force and the record
open for reading: `make(config, history, asked, progress) -> Made`. `asked` holds the fields of the
request that were given (`uptime.schema.JobBody`), those of `needs` among them, `format` one of
`formats`, the first where none was asked for, and `language`. ValueError says in one sentence what
is wrong with the request and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is (0: nobody knows)."""
Asked = Mapping[str, str]


class Kind(NamedTuple):
    """`work` is "module:function"; `needs` are the fields a request must have."""

    work: str
    needs: tuple[str, ...]
    formats: tuple[str, ...]


class Made(NamedTuple):
    """A file as it is handed out."""

    name: str
    media_type: str
    data: bytes


Work = Callable[["Config", "History", Asked, Progress], Made]

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "claim": Kind(
            "uptime.claims.job:make",
            ("contract", "month"),
            ("pdf", "html", "xlsx", "csv", "json"),
        ),
        "evidence": Kind("uptime.evidence.job:make", ("incident",), ("zip",)),
        "report": Kind(
            "uptime.report.job:make", ("month",), ("pdf", "html", "csv", "xlsx", "json")
        ),
    }
)

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "csv": "text/csv; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "json": "application/json",
        "pdf": "application/pdf",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "zip": "application/zip",
    }
)
