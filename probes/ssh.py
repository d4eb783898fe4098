"""ssh: banner, key exchange, host key; optionally a command.

Without `host_key` the key of the first run is the one expected of the next: a changed key is
down until somebody pins the new one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from probes.base import (
    Fact,
    Options,
    Outcome,
    Probe,
    ProbeFailed,
    Reason,
    Seconds,
    Secret,
    Trace,
    current_trace,
    safe_text,
)
from probes.net import Net
from probes.net.connect import connect
from probes.net.targets import ascii_host, split_host_port

if TYPE_CHECKING:
    from probes.net import ssh


class Expect(Options):
    status: int = Field(default=0, ge=0, le=255, description="exit status of the command")
    contains: str | None = Field(default=None, description="text that its output contains")


class Limits(Options):
    latency: Seconds | None = Field(default=None, description="slower than this is degraded")


class SshProbe(Probe):
    """An SSH server with the right host key; port 22 unless it is given."""

    host_key: list[str] = Field(
        default=[], description='host keys accepted, as "ssh-ed25519 AAAA…" or "SHA256:…"'
    )
    user: str | None = Field(default=None, description="who runs the command")
    key_file: Path | None = Field(default=None, description="private key of the user")
    password: Secret | None = Field(default=None, description="password of the user, by reference")
    command: str | None = Field(default=None, description="command run on the server")
    family: Literal["4", "6", "any"] = Field(default="any", description="IP version")
    expect: Expect = Field(default=Expect(), description="what must hold of the command")
    degraded: Limits = Field(default=Limits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target, 22)

    @field_validator("host_key")
    @classmethod
    def _host_key(cls, value: list[str]) -> list[str]:
        from probes.net.ssh import check_pinned

        for one in value:
            check_pinned(one)
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.command is not None and (self.user is None or not self.host_key):
            raise ValueError(
                "a command needs user and host_key; fix: add them, so that nothing secret "
                "goes to a stranger"
            )
        return self

    def prepare(self) -> None:
        import probes.net.ssh  # noqa: F401 - asyncssh takes a third of a second

    @cached_property
    def _where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target, 22)
        return ascii_host(host), port

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        from probes.net import ssh

        trace = current_trace.get() or Trace()
        phases, facts = trace.phases, trace.facts
        host, port = self._where
        began = time.perf_counter()
        addresses = await net.resolve(host, self.family)
        resolved = time.perf_counter()
        connected = await connect(addresses, port)
        phases["resolve"], phases["connect"] = resolved - began, connected.at - resolved
        facts["ip"], facts["ip_family"] = connected.address.host, connected.address.version
        met = await ssh.meet(
            connected,
            self.host_key,
            trace,
            user=self.user,
            password=self.password,
            key_file=str(self.key_file) if self.key_file else None,
            command=self.command,
        )
        facts["banner"] = met.banner
        facts["host_key_type"] = met.key.get_algorithm()
        facts["host_key"] = ssh.fingerprint(met.key)
        facts["host_key_pinned"] = bool(self.host_key)
        self._compare(facts, before)
        self._judge(met, facts)
        latency = sum(phases.values())
        limit = self.degraded.latency
        slow = limit is not None and latency > limit
        return Outcome(
            facts=facts,
            phases=phases,
            latency=latency,
            degraded=f"expected within {limit:g} s, took {latency:.3f} s" if slow else None,
        )

    def _compare(self, facts: dict[str, Fact], before: Mapping[str, Fact]) -> None:
        """Against the key seen first, where none is pinned; the expected one stays expected."""
        first = before.get("host_key_expected") or before.get("host_key")
        if self.host_key or first is None or first == facts["host_key"]:
            return
        facts["host_key_expected"] = first
        text = f"expected the host key {first}, got {facts['host_key']}"
        raise ProbeFailed(Reason.HOST_KEY, text)

    def _judge(self, met: ssh.Met, facts: dict[str, Fact]) -> None:
        if self.command is None:
            return
        facts["exit_status"] = met.status
        facts["output"] = safe_text(met.output, 200)
        if met.status != self.expect.status:
            text = f"expected exit status {self.expect.status}, got {met.status}"
            raise ProbeFailed(Reason.ASSERTION, text)
        if self.expect.contains is not None and self.expect.contains not in met.output:
            wanted = safe_text(self.expect.contains, 80)
            text = f'expected output with "{wanted}", got "{safe_text(met.output, 80)}"'
            raise ProbeFailed(Reason.ASSERTION, text)
