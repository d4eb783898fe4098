"""The metrics page over HTTP."""

from __future__ import annotations

import gzip

import pytest

from tests.uptime.web.fakes import FakeServices, client
from uptime.web.app import create_app


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("gzip;q=1.0, deflate", True),
        ("deflate, gzip", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("xgzip", False),
        ("", False),
    ],
)
async def test_the_page_is_packed_for_who_accepts_it(accepted: str, packed: bool) -> None:
    services = FakeServices()
    services.add("web-1")
    headers = {"Accept-Encoding": accepted}
    async with (
        client(create_app(services)) as http,
        http.stream("GET", "/metrics", headers=headers) as answer,
    ):
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (answer.headers.get("content-encoding") == "gzip") == packed
    text = gzip.decompress(raw) if packed else raw
    assert b'probe_success{check="web-1"' in text
    assert text.endswith(b"\n")
