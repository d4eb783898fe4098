"""tcp: a port that accepts connections, and says what it should if asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from time import perf_counter
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from probes.base import Fact, Outcome, ProbeFailed, Reason, safe_text
from probes.expect import pattern
from probes.net import Address, Net
from probes.net.reach import (
    LatencyLimit,
    TlsReach,
    leave_trace,
    session_facts,
    slow,
    with_partial,
)
from probes.net.targets import ascii_host, split_host_port
from probes.net.wire import Tls, Wire

MAX_ANSWER = 65_536


class TcpProbe(TlsReach):
    """A port that accepts connections."""

    tls: bool = Field(default=False, description="speak TLS as soon as connected")
    send: str | None = Field(default=None, min_length=1, description="text sent once connected")
    expect: str | None = Field(
        default=None, min_length=1, description="text the answer must contain"
    )
    matches: str | None = Field(
        default=None, min_length=1, description="RE2 pattern found in the answer"
    )
    degraded: LatencyLimit = Field(
        default=LatencyLimit(), description="limits of what is still good"
    )

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target)

    @field_validator("matches")
    @classmethod
    def _matches(cls, value: str | None) -> str | None:
        if value is not None:
            pattern(value)
        return value

    @model_validator(mode="after")
    def _tls_is_on(self) -> Self:
        needing = ("verify", "ca_file", "cert_file", "key_file", "server_name")
        for name in needing:
            if not self.tls and name in self.model_fields_set:
                raise ValueError(f"{name} needs TLS; fix: add tls = true")
        return self

    @cached_property
    def where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target)
        return ascii_host(host), port

    @cached_property
    def _pattern(self) -> Any:
        return None if self.matches is None else pattern(self.matches)

    def prepare(self) -> None:
        if self.tls:
            from cryptography import x509  # noqa: F401

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        host, port = self.where
        phases: dict[str, float] = {}
        addresses = self._literal
        if addresses is None:
            addresses = await self._resolve(net, phases)
        tls = await self._tls(net, self.server_name or host) if self.tls else None
        talk = _Talk(self, addresses, port, tls)
        try:
            await talk.run()
        except ProbeFailed as failed:
            raise with_partial(failed, phases | talk.phases(), talk.facts()) from None
        except asyncio.CancelledError:
            leave_trace(talk.phases(), talk.facts())
            raise
        phases |= talk.phases()
        latency = sum(phases.values())
        return Outcome(talk.facts(), phases, latency, None, slow(self.degraded.latency, latency))


class _Talk(Wire):
    """Say, hear until what is expected has come."""

    __slots__ = ("_got", "_heard", "_probe", "_wanted")

    def __init__(
        self, probe: TcpProbe, addresses: Sequence[Address], port: int, tls: Tls | None
    ) -> None:
        super().__init__(addresses, port, tls)
        self._probe = probe
        self._wanted = None if probe.expect is None else probe.expect.encode()
        self._got = bytearray()
        self._heard = 0.0

    def opened(self) -> None:
        probe = self._probe
        if probe.send is not None:
            self.write(probe.send.encode())
        if probe.expect is None and probe.matches is None:
            self.finish()

    def received(self, data: bytes) -> None:
        before = len(self._got)
        self._got += data
        self._heard = perf_counter()
        if self._is_there(before):
            self.finish()
        elif len(self._got) > MAX_ANSWER:
            text = f"{self._expected()} in the first {MAX_ANSWER // 1024} KiB, got more without it"
            self.finish(ProbeFailed(Reason.TOO_LARGE, text))

    def ended(self) -> None:
        self.finish(ProbeFailed(Reason.ASSERTION, f"{self._expected()}, got {self._shown()}"))

    def phases(self) -> dict[str, float]:
        phases = super().phases()
        if (began := self.open_since) and (self._probe.expect or self._probe.matches):
            phases["answer"] = (self.finished or perf_counter()) - began
        return phases

    def facts(self) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        if self.address is not None:
            facts["ip"] = self.address.host
            facts["ip_family"] = self.address.version
        if self._got:
            facts["answer"] = safe_text(self._got[:400].decode("utf-8", "replace"), 200)
        if self.session is not None:
            facts.update(session_facts(self.session))
        return facts

    def _is_there(self, before: int) -> bool:
        """Segments may cut it anywhere: what came before is looked at again, where it may begin."""
        wanted = self._wanted
        if wanted is not None and self._got.find(wanted, max(0, before - len(wanted))) < 0:
            return False
        return self._probe.matches is None or self._found()

    def _found(self) -> bool:
        return self._probe._pattern.search(bytes(self._got)) is not None

    def _expected(self) -> str:
        probe = self._probe
        if probe.expect is not None:
            return f'expected "{safe_text(probe.expect, 80)}"'
        return f"expected an answer that matches {safe_text(probe.matches or '', 80)}"

    def _shown(self) -> str:
        if not self._got:
            return "the end of the connection"
        return f'"{safe_text(self._got[:400].decode("utf-8", "replace"), 100)}"'
