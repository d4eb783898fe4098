"""Probe types of the tests' own: small, with every kind of option the configuration handles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import re2
from pydantic import Field, field_validator, model_validator

from probes.base import Fact, Options, Outcome, Probe, Seconds, Secret
from uptime.config import Config
from uptime.config import load as real_load

GOOD = """
[siaga]
timezone = "Asia/Jakarta"

[checks.web]
type = "web"
target = "https://portal.example/"
"""


class Expect(Options):
    status: list[int | str] = Field(default=["2xx"], description="accepted status codes")
    contains: str | None = Field(default=None, description="text the body must hold")
    matches: str | None = Field(default=None, description="pattern of RE2 for the body")

    @field_validator("status")
    @classmethod
    def _status(cls, value: list[int | str]) -> list[int | str]:
        for one in value:
            if isinstance(one, int) and not 100 <= one <= 599:
                raise ValueError(f'{one} is no HTTP status; fix: write numbers 100-599 or "2xx"')
        return value

    @field_validator("matches")
    @classmethod
    def _matches(cls, value: str | None) -> str | None:
        if value is not None:
            options = re2.Options()
            options.log_errors = False
            try:
                re2.compile(value, options)
            except re2.error as error:
                raise ValueError(f"no pattern of RE2: {error.args[0].decode()}") from None
        return value


class Worse(Options):
    latency: Seconds | None = Field(default=None, description="slower than this is degraded")


class WebProbe(Probe):
    expect: Expect = Expect()
    degraded: Worse = Worse()
    method: Literal["GET", "HEAD"] = Field(default="GET", description="the request")
    headers: Mapping[str, str | Secret] = Field(default={}, description="sent along")
    password: Secret | None = Field(default=None, description="for basic authentication")
    user: str | None = Field(default=None, description="for basic authentication")
    verify: bool = Field(default=True, description="whether the certificate is checked")
    ca_file: Path | None = Field(default=None, description="who signed it")
    key_file: Path | None = Field(default=None, description="the client's key")
    redirects: int = Field(default=5, ge=0, le=20, description="how many are followed")

    @classmethod
    def check_target(cls, target: str) -> None:
        scheme, separator, _ = target.partition("://")
        if not separator:
            raise ValueError(f'"{target}" has no scheme; fix: write "https://{target}"')
        if scheme not in {"http", "https"}:
            raise ValueError(f'scheme "{scheme}" is not allowed; fix: write "https://…"')

    @model_validator(mode="after")
    def _together(self) -> WebProbe:
        if not self.verify and self.ca_file:
            raise ValueError("verify = false and ca_file contradict each other; fix: keep ca_file")
        return self

    async def run(self, net: Any, before: Mapping[str, Fact]) -> Outcome:
        return Outcome()


class PingProbe(Probe):
    count: int = Field(default=3, ge=1, le=10, description="packets")
    degraded: Worse = Worse()

    async def run(self, net: Any, before: Mapping[str, Fact]) -> Outcome:
        return Outcome()


class Registry:
    """As probes.registry, of these two; "broken" is one whose package does not import."""

    def names(self) -> list[str]:
        return ["broken", "ping", "web"]

    def load(self, name: str) -> type[Probe]:
        if name == "broken":
            raise ImportError("no module named broken")
        known: dict[str, type[Probe]] = {"ping": PingProbe, "web": WebProbe}
        return known[name]


def validate_url(url: str) -> str | None:
    return None if url.startswith(("json://", "mailto://", "tgram://")) else "not known"


def load(
    path: Path, environ: Mapping[str, str] | None = None, *, today: date | None = None
) -> Config:
    """`uptime.config.load` over the types of this file."""
    return real_load(path, environ or {}, probes=Registry(), validate_url=validate_url, today=today)


def write(directory: Path, text: str, name: str = "checks.toml") -> Path:
    path = directory / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    return path
