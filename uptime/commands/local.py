"""Times as people read them: in the zone of the configuration, whoever answered."""

from __future__ import annotations

import tomllib
from argparse import Namespace
from datetime import datetime
from zoneinfo import ZoneInfo

from uptime.cli import find_config


class Local:
    """Writes RFC 3339 times as `2026-11-24 10:04:05 WIB`.

    The file may have errors by now: where it names no zone that is known, times are UTC.
    """

    def __init__(self, arguments: Namespace) -> None:
        try:
            table = tomllib.loads(find_config(arguments.config).read_text("utf-8-sig"))["siaga"]
            self._zone = ZoneInfo(str(table["timezone"]))
        except (OSError, ValueError, LookupError, TypeError):
            self._zone = ZoneInfo("UTC")

    def __call__(self, text: str | None) -> str | None:
        """None stays None."""
        if text is None:
            return None
        return f"{datetime.fromisoformat(text).astimezone(self._zone):%Y-%m-%d %H:%M:%S %Z}"
