"""tls: a handshake, and everything the certificate says."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from probes.base import (
    Fact,
    Options,
    Outcome,
    Probe,
    ProbeFailed,
    Reason,
    Seconds,
    Trace,
    current_trace,
)
from probes.net import Net
from probes.net.connect import connect
from probes.net.targets import ascii_host, split_host_port
from probes.net.tls import VERSIONS, Trust
from probes.tcp import open_stream

Floor = Literal["1.0", "1.1", "1.2", "1.3"]


class Expect(Options):
    certificate_days: int | None = Field(
        default=None, ge=0, description="days that the certificate must still be valid"
    )
    tls_min: Floor | None = Field(default=None, description="least TLS version")
    fingerprint: str | None = Field(
        default=None, description="SHA-256 of the certificate, in hexadecimal digits"
    )


class Limits(Options):
    certificate_days: int | None = Field(
        default=None, ge=0, description="fewer days left are degraded"
    )
    latency: Seconds | None = Field(default=None, description="slower than this is degraded")


class TlsProbe(Probe):
    """A port that speaks TLS; the port is 443 unless it is given."""

    verify: bool = Field(default=True, description="whether the certificate must be trusted")
    ca_file: Path | None = Field(default=None, description="PEM file of the authorities trusted")
    server_name: str | None = Field(default=None, description="name asked for and checked (SNI)")
    family: Literal["4", "6", "any"] = Field(default="any", description="IP version")
    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: Limits = Field(default=Limits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target, 443)

    def prepare(self) -> None:
        from cryptography import x509  # noqa: F401

    @cached_property
    def _where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target, 443)
        return ascii_host(host), port

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        host, port = self._where
        began = time.perf_counter()
        addresses = await net.resolve(host, self.family)
        resolved = time.perf_counter()
        connected = await connect(addresses, port)
        trace.phases["resolve"] = resolved - began
        trace.phases["connect"] = connected.at - resolved
        trace.facts["ip"] = connected.address.host
        trace.facts["ip_family"] = connected.address.version
        floor = "1.0" if self.expect.tls_min in {"1.0", "1.1"} else "1.2"
        context = net.contexts.get(Trust(self.ca_file, self.verify, floor))
        _, writer = await open_stream(connected, context, self.server_name or host, trace)
        writer.transport.abort()
        self._judge(trace)
        latency = sum(trace.phases.values())
        return Outcome(
            facts=trace.facts,
            phases=trace.phases,
            latency=latency,
            degraded=self._degraded(trace.facts, latency),
        )

    def _judge(self, trace: Trace) -> None:
        expect, facts = self.expect, trace.facts
        check_days(expect.certificate_days, facts)
        check_version(expect.tls_min, facts)
        if expect.fingerprint is not None:
            wanted = expect.fingerprint.replace(":", "").lower()
            if facts.get("certificate_fingerprint") != wanted:
                got = facts.get("certificate_fingerprint")
                text = f"expected the certificate {wanted}, got {got}"
                raise ProbeFailed(Reason.CERTIFICATE, text, partial=Outcome(facts, trace.phases))

    def _degraded(self, facts: Mapping[str, Fact], latency: float) -> str | None:
        limits = self.degraded
        return days_short(limits.certificate_days, facts) or (
            f"expected within {limits.latency:g} s, took {latency:.3f} s"
            if limits.latency is not None and latency > limits.latency
            else None
        )


def days_short(wanted: int | None, facts: Mapping[str, Fact]) -> str | None:
    """In words when the certificate has fewer days left than wanted, else None."""
    days = facts.get("certificate_days")
    if wanted is None or not isinstance(days, int) or days >= wanted:
        return None
    return f"expected a certificate valid for {wanted} days, got {days}"


def check_days(wanted: int | None, facts: Mapping[str, Fact]) -> None:
    """Raises ProbeFailed when the certificate has too few days left, or cannot be read."""
    if wanted is not None and not isinstance(facts.get("certificate_days"), int):
        raise ProbeFailed(Reason.INVALID, "the certificate's days cannot be told")
    short = days_short(wanted, facts)
    if short is not None:
        raise ProbeFailed(Reason.CERTIFICATE, short)


def check_version(wanted: str | None, facts: Mapping[str, Fact]) -> None:
    version = str(facts.get("tls_version", "")).removeprefix("TLS ")
    if wanted is None:
        return
    if version not in VERSIONS:
        raise ProbeFailed(Reason.INVALID, f"expected TLS {wanted} or newer, got no TLS")
    if list(VERSIONS).index(version) < list(VERSIONS).index(wanted):
        raise ProbeFailed(Reason.ASSERTION, f"expected TLS {wanted} or newer, got TLS {version}")
