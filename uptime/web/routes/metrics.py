"""The page Prometheus scrapes."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from uptime.metrics import CONTENT_TYPE
from uptime.web.answers import Sliced
from uptime.web.auth import scope
from uptime.web.guard import Guarded, services

router = APIRouter(route_class=Guarded, include_in_schema=False)

_GZIP = re.compile(  # named, and not with a weight of zero
    r"(?:^|,)\s*gzip\s*(?:;\s*q\s*=\s*(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?=,|$)",
    re.IGNORECASE,
)
_PIECE = 256 * 1024  # compressing this much takes under a millisecond


@router.get("/metrics")
@scope("read")
async def metrics(request: Request) -> Response:
    """Every check and the monitor itself, for Prometheus."""
    page = services(request).metrics.render()
    headers = {"Vary": "Accept-Encoding"}
    if _GZIP.search(request.headers.get("accept-encoding", "")):
        return Sliced(_gzipped(page), CONTENT_TYPE, headers | {"Content-Encoding": "gzip"})
    return Sliced(page, CONTENT_TYPE, headers)


async def _gzipped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    # Level 1: a twelfth of the size for half the time the rendering takes.
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    async for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            packed = packer.compress(chunk[start : start + _PIECE])
            if packed:
                yield packed
    yield packer.flush()
