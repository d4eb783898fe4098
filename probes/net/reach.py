"""Options that every probe over TCP has, and those of every probe that may speak TLS."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from probes.base import Options, Outcome, Probe, ProbeFailed, Reason, Seconds, current_trace
from probes.net import Address, Family, Net, certificate, literal_address
from probes.net.tls import Trust, Version
from probes.net.wire import Tls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from probes.base import Fact
    from probes.net.tls import Session

_VERSIONS = {"TLSv1": 10, "TLSv1.1": 11, "TLSv1.2": 12, "TLSv1.3": 13}


class Reach(Probe):
    """A host and a port, over either IP version."""

    family: Family = Field(default="any", description="IP version: 4, 6 or any that answers")

    @property
    def where(self) -> tuple[str, int]:
        """Host and port, ready for the wire."""
        raise NotImplementedError

    @cached_property
    def _literal(self) -> list[Address] | None:
        literal = literal_address(self.where[0])
        return None if literal is None else [literal]

    async def _resolve(self, net: Net, phases: dict[str, float]) -> list[Address]:
        """The addresses of the target's name; the time it took is a phase, whatever comes of it."""
        began = perf_counter()
        try:
            return await net.resolve(self.where[0], self.family, self.timeout)
        except ProbeFailed as failed:
            phases["resolve"] = perf_counter() - began
            raise with_partial(failed, phases, {}) from None
        finally:
            phases["resolve"] = perf_counter() - began
            leave_trace(phases, {})

    @model_validator(mode="after")
    def _family_fits(self) -> Self:
        try:
            literal = literal_address(self.where[0])
        except ValueError:
            return self  # check_target tells
        if literal is not None and self.family not in ("any", str(literal.version)):
            raise ValueError(
                f"the target is an IPv{literal.version} address; "
                f'fix: remove family or write family = "{literal.version}"'
            )
        return self


class TlsReach(Reach):
    """The same, with what a handshake believes and shows."""

    verify: bool = Field(default=True, description="whether the certificate must be trusted")
    ca_file: Path | None = Field(
        default=None, description="PEM file of the authorities trusted instead of the system's"
    )
    cert_file: Path | None = Field(default=None, description="PEM file of a client certificate")
    key_file: Path | None = Field(default=None, description="PEM file of its key")
    server_name: str | None = Field(
        default=None, max_length=253, description="name asked for (SNI) and checked, if another"
    )

    @model_validator(mode="after")
    def _files_fit(self) -> Self:
        if not self.verify and self.ca_file is not None:
            raise ValueError("verify = false and ca_file contradict each other; fix: keep ca_file")
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("key_file without cert_file; fix: add cert_file")
        return self

    @property
    def least_version(self) -> Version | None:
        """The TLS version expected at least."""
        return None

    @cached_property
    def _trust(self) -> Trust:
        old = self.least_version in ("1.0", "1.1")
        return Trust(self.ca_file, self.cert_file, self.key_file, self.verify, old)

    async def _tls(self, net: Net, name: str) -> Tls:
        context = net.tls.ready(self._trust) or await net.tls.get(self._trust)
        return Tls(context, name)


class TlsExpect(Options):
    """What must hold of a handshake, else it is down."""

    certificate_days: int | None = Field(
        default=None, ge=0, description="days the certificate must still be valid"
    )
    tls_min: Version | None = Field(default=None, description="least TLS version")


class LatencyLimit(Options):
    """What is reached but not as it should be."""

    latency: Seconds | None = Field(default=None, description="slower than this is degraded")


class TlsLimits(LatencyLimit):
    certificate_days: int | None = Field(
        default=None, ge=0, description="fewer days of the certificate left are degraded"
    )


def slow(limit: float | None, latency: float) -> str | None:
    """In words when it took longer than the limit."""
    if limit is None or latency <= limit:
        return None
    return f"expected an answer within {limit:g} s, got it after {latency:.3f} s"


def expiring(wanted: int | None, expires: float | None) -> str | None:
    """In words when a certificate has fewer days left than wanted."""
    if wanted is None or expires is None or certificate.days_left(expires) >= wanted:
        return None
    left = int(certificate.days_left(expires))
    day = certificate.rfc3339(expires)
    return f"expected a certificate valid for {wanted} days, got {left} (until {day})"


def judge_tls(expect: TlsExpect, sessions: list[Session], expires: float | None) -> None:
    """Raises ProbeFailed for what a handshake should be and is not."""
    if expect.certificate_days is not None:
        if expires is None:
            text = f"expected a certificate valid for {expect.certificate_days} days, got none"
            raise ProbeFailed(Reason.INVALID, text)
        if (short := expiring(expect.certificate_days, expires)) is not None:
            raise ProbeFailed(Reason.CERTIFICATE, short)
    if (least := expect.tls_min) is not None:
        if not sessions:
            raise ProbeFailed(Reason.INVALID, f"expected TLS {least} or later, got no TLS")
        for session in sessions:
            if _VERSIONS.get(session.version, 0) < round(float(least) * 10):
                got = session.version.replace("TLSv", "TLS ")
                raise ProbeFailed(Reason.ASSERTION, f"expected TLS {least} or later, got {got}")


def session_facts(session: Session) -> dict[str, Fact]:
    """Of a handshake, failed ones included."""
    facts = certificate.facts(session.chain)
    if session.version:
        facts["tls_version"] = session.version.replace("TLSv", "TLS ")
        facts["tls_cipher"] = session.cipher
    return facts


def leave_trace(phases: Mapping[str, float], facts: Mapping[str, Fact]) -> None:
    """What the runner shows of a run that its deadline ends."""
    trace = current_trace.get()
    if trace is not None:
        trace.phases.update(phases)
        trace.facts.update(facts)


def with_partial(
    failed: ProbeFailed,
    phases: Mapping[str, float],
    facts: Mapping[str, Fact],
    latency: float | None = None,
) -> ProbeFailed:
    """The failure with what was learnt until then."""
    failed.partial = Outcome(facts=facts, phases=phases, latency=latency)
    return failed
