"""What the simulated web servers show: the text a check waits for, and a little around it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from uptime.simulate.web import OTHER, Page, Site

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"


def _health(status: str) -> Page:
    parts = {"antrean": "UP", "basisData": status, "adaptor": ["dukcapil", "perizinan", "spbe"]}
    return Page(json.dumps({"status": status, "components": parts}), _JSON)


_OWN: Mapping[str, tuple[Page, Page]] = {
    "/umur-cadangan": (
        Page("cadangan: segar\numur: 3 jam\n", _TEXT),
        Page("cadangan: basi\numur: 31 jam\n", _TEXT),
    ),
    "/periksa": (
        Page("terjangkau: 2 dari 2\n", _TEXT),
        Page("terputus: 0 dari 2\n", _TEXT),
    ),
    "/kamera": (
        Page("kamera cukup: 10 dari 10\n", _TEXT),
        Page("kamera kurang: 4 dari 10\n", _TEXT),
    ),
    "/health": (_health("UP"), _health("DOWN")),
}
"""Pages that are more than a front page, and what they say while something is wrong."""


def site(check: Mapping[str, Any], path: str) -> tuple[Site, Page]:
    """The site behind a check's address, and what it shows while its content is wrong."""
    page, suffering = _OWN.get(path, (_front(check), OTHER))

    def serve(asked: str) -> Page:
        if asked.partition("?")[0] in {path, "/"}:
            return page
        return Page("<h1>Tidak ditemukan</h1>", status=HTTPStatus.NOT_FOUND)

    return serve, suffering


def _front(check: Mapping[str, Any]) -> Page:
    expect = check.get("expect")
    waits_for = expect.get("contains", "") if isinstance(expect, Mapping) else ""
    name, text = escape(str(check.get("name", "Situs"))), escape(str(waits_for))
    return Page(
        f'<!doctype html>\n<html lang="id">\n<title>{name}</title>\n'
        f"<h1>{name}</h1>\n<p>{text}</p>\n<p>Pemerintah Kabupaten Contoh, sebuah simulasi.</p>\n"
    )
