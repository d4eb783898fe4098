"""The status page, its data, its feed and its badges: bytes, made at most once a second.

Readers cost a copy of bytes, however many come: what they get is kept until the board has
changed and a second has gone by.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from probes.base import safe_text
from uptime.core.text import rfc3339
from uptime.pacer import Pacer
from uptime.paper.page import templates
from uptime.web.public import View, service_of, view_of
from uptime.web.services import Services
from uptime.web.words import SIGNS, WORDS, day_and_time

_LEAST_S, _MOST_S = 1.0, 10.0
_HERE = Path(__file__).parent
STATIC = {
    "page.css": ("text/css; charset=utf-8", (_HERE / "static/page.css").read_bytes()),
    "icon.svg": ("image/svg+xml", (_HERE / "static/icon.svg").read_bytes()),
}
_TEMPLATES = templates(_HERE / "templates")
_PAGE, _FEED, _BADGE = (
    _TEMPLATES.get_template(name) for name in ("page.html", "feed.xml", "badge.svg")
)


class _Kept:
    """Bytes of one version of the board; who comes while they are made waits for them."""

    def __init__(self, services: Services, make: Callable[[], Awaitable[bytes]]) -> None:
        self._services = services
        self._make = make
        self._lock = asyncio.Lock()
        self._bytes = b""
        self._version: object = None
        self._made = 0.0

    async def get(self) -> bytes:
        if self._stale():
            async with self._lock:
                if self._stale():
                    version, now = self._services.board.version, time.monotonic()
                    self._bytes = await self._make()
                    self._version, self._made = version, now
        return self._bytes

    def _stale(self) -> bool:
        age = time.monotonic() - self._made
        changed = self._version != self._services.board.version
        return self._version is None or age > _MOST_S or (changed and age > _LEAST_S)


class Page:
    """Everything the public routes answer with."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pages = {
            language: _Kept(services, partial(self._html, language)) for language in WORDS
        }
        self._feeds = {
            language: _Kept(services, partial(self._atom, language)) for language in WORDS
        }
        self._data = _Kept(services, self._json)

    async def html(self, language: str | None) -> bytes:
        return await self._pages[self._language(language)].get()

    async def feed(self, language: str | None) -> bytes:
        return await self._feeds[self._language(language)].get()

    async def data(self) -> bytes:
        return await self._data.get()

    def badge(self, check: str, language: str | None) -> bytes | None:
        """None for a check that is not there or not public, which nobody can tell apart."""
        row = self._services.board.rows.get(check)
        service = None if row is None else service_of(row, self._services.clock.now())
        if service is None:
            return None
        word = WORDS[self._language(language)][service.state]
        return _BADGE.render(
            name=service.name,
            word=word,
            state=service.state,
            left=_width(service.name),
            right=_width(word),
        ).encode()

    def _language(self, wanted: str | None) -> str:
        if wanted is not None and wanted in WORDS:
            return wanted
        configured = self._services.config.siaga.language
        return configured if configured in WORDS else "id"

    @property
    def _organisation(self) -> str:
        return safe_text(self._services.config.siaga.organisation, 120)

    async def _view(self) -> View:
        return await view_of(self._services.board, self._services.clock.now())

    async def _html(self, language: str) -> bytes:
        view = await self._view()
        words = WORDS[language]
        sentence, number = view.headline
        data = (
            words["no_data"]
            if view.data_at is None
            else words["data"].format(at=self._local(view.data_at, language))
        )
        pacer = Pacer()
        parts: list[str] = []
        for part in _PAGE.generate(
            language=language,
            other="en" if language == "id" else "id",
            organisation=self._organisation,
            words=words,
            signs=SIGNS,
            state=view.state,
            headline=words[sentence].format(n=number),
            data=data,
            services=view.services,
            since=lambda ms: words["since"].format(at=self._local(ms, language)),
        ):
            parts.append(part)
            await pacer.breathe()
        return "".join(parts).encode("utf-8", "replace")

    async def _atom(self, language: str) -> bytes:
        view = await self._view()
        words = WORDS[language]
        newest = max((o.ended or o.began for o in view.outages), default=view.data_at or 0)
        return _FEED.render(
            language=language,
            organisation=self._organisation,
            words=words,
            updated=rfc3339(newest),
            outages=view.outages,
            rfc3339=rfc3339,
            local=lambda ms: self._local(ms, language),
        ).encode("utf-8", "replace")

    async def _json(self) -> bytes:
        view = await self._view()
        head = self._services.published_head()
        return orjson.dumps(
            {
                "organisation": self._organisation,
                "state": view.state,
                "data_at": rfc3339(view.data_at),
                "services": [
                    {"name": s.name, "state": s.state, "since": rfc3339(s.since)}
                    for s in view.services
                ],
                # So that who kept it can tell whether the record was made anew since.
                "head": None if head is None else asdict(head),
            }
        )

    def _local(self, ms: int, language: str) -> str:
        zone = ZoneInfo(self._services.config.siaga.timezone)
        return day_and_time(datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone), language)


def _width(text: str) -> int:
    """Of a badge's half, in pixels: eleven-pixel letters are about six and a half wide."""
    return 12 + round(6.6 * len(text))
