"""tls: a handshake, and everything the certificate says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import cached_property

from pydantic import Field, field_validator

from probes.base import Fact, Outcome, ProbeFailed, Reason
from probes.net import Net, certificate
from probes.net.reach import (
    TlsExpect,
    TlsLimits,
    TlsReach,
    expiring,
    judge_tls,
    leave_trace,
    session_facts,
    slow,
    with_partial,
)
from probes.net.targets import ascii_host, split_host_port
from probes.net.tls import Session, Version
from probes.net.wire import Wire

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Expect(TlsExpect):
    """What must hold of the handshake, else it is down."""

    fingerprint: str | None = Field(
        default=None, description="SHA-256 of the certificate, 64 hexadecimal digits"
    )

    @field_validator("fingerprint")
    @classmethod
    def _fingerprint(cls, value: str | None) -> str | None:
        if value is None:
            return None
        plain = value.replace(":", "").lower()
        if not _SHA256.fullmatch(plain):
            fix = "openssl x509 -noout -fingerprint -sha256"
            raise ValueError(f"no SHA-256 fingerprint; fix: take it from: {fix}")
        return plain


class TlsProbe(TlsReach):
    """A port that speaks TLS; 443 unless it is given."""

    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: TlsLimits = Field(default=TlsLimits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target, 443)

    @cached_property
    def where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target, 443)
        return ascii_host(host), port

    @property
    def least_version(self) -> Version | None:
        return self.expect.tls_min

    def prepare(self) -> None:
        from cryptography import x509  # noqa: F401

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        host, port = self.where
        phases: dict[str, float] = {}
        addresses = self._literal
        if addresses is None:
            addresses = await self._resolve(net, phases)
        wire = Wire(addresses, port, await self._tls(net, self.server_name or host))
        try:
            await wire.run()
        except ProbeFailed as failed:
            raise with_partial(failed, phases | wire.phases(), _facts(wire)) from None
        except asyncio.CancelledError:
            leave_trace(wire.phases(), _facts(wire))
            raise
        phases |= wire.phases()
        session = wire.session
        assert session is not None
        facts, latency = _facts(wire), sum(phases.values())
        expires = certificate.expires(session.chain)
        try:
            judge_tls(self.expect, [session], expires)
            self._judge_fingerprint(session)
        except ProbeFailed as failed:
            raise with_partial(failed, phases, facts, latency) from None
        degraded = expiring(self.degraded.certificate_days, expires) or slow(
            self.degraded.latency, latency
        )
        return Outcome(facts, phases, latency, None, degraded)

    def _judge_fingerprint(self, session: Session) -> None:
        wanted = self.expect.fingerprint
        if wanted is None:
            return
        leaf = certificate.read(session.chain[0]) if session.chain else None
        if leaf is None:
            raise ProbeFailed(Reason.INVALID, "expected a certificate, got none that can be read")
        if leaf.fingerprint != wanted:
            text = f"expected the certificate {wanted}, got {leaf.fingerprint}"
            raise ProbeFailed(Reason.CERTIFICATE, text)


def _facts(wire: Wire) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    if wire.address is not None:
        facts["ip"] = wire.address.host
        facts["ip_family"] = wire.address.version
    if wire.session is not None:
        facts.update(session_facts(wire.session))
    return facts
