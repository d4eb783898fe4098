"""ssh: version, key exchange, host key; optionally a command.

Where no key is pinned the one seen first is the one expected from then on: a changed key is
down until somebody pins the new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, field_validator, model_validator

from probes.base import (
    Fact,
    Options,
    Outcome,
    ProbeFailed,
    Reason,
    Secret,
    Trace,
    current_trace,
    safe_text,
)
from probes.net import Address, Net
from probes.net.connect import connect
from probes.net.hostkey import HostKey, attempts
from probes.net.reach import LatencyLimit, Reach, slow, with_partial
from probes.net.targets import ascii_host, split_host_port

if TYPE_CHECKING:
    from probes.net.ssh import Said


class Expect(Options):
    status: int = Field(default=0, ge=0, le=255, description="exit status of the command")
    contains: str | None = Field(
        default=None, min_length=1, description="text that its output contains"
    )


class SshProbe(Reach):
    """An SSH server with the right host key; port 22 unless it is given."""

    host_key: list[str] = Field(
        default=[],
        description='host keys accepted, as "ssh-ed25519 AAAA…" or "SHA256:…"; without them '
        "the one seen first",
    )
    known_hosts: Path | None = Field(
        default=None, description="file of OpenSSH with the host keys accepted"
    )
    user: str | None = Field(default=None, min_length=1, description="who runs the command")
    key_file: Path | None = Field(default=None, description="private key of the user")
    password: Secret | None = Field(default=None, description="password of the user, by reference")
    command: str | None = Field(default=None, min_length=1, description="command run on the server")
    expect: Expect = Field(default=Expect(), description="what must hold of the command")
    degraded: LatencyLimit = Field(
        default=LatencyLimit(), description="limits of what is still good"
    )

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target, 22)

    @field_validator("host_key", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("host_key")
    @classmethod
    def _host_key(cls, value: list[str]) -> list[str]:
        for one in value:
            HostKey.parse(one)
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.host_key and self.known_hosts is not None:
            raise ValueError("host_key and known_hosts contradict each other; fix: keep one")
        if self.command is None:
            for name in ("user", "key_file", "password", "expect"):
                if name in self.model_fields_set:
                    raise ValueError(f"{name} without command; fix: add command")
        elif self.user is None or not self._is_pinned:
            raise ValueError(
                "a command needs user and host_key (or known_hosts); fix: add them, so that "
                "nothing secret goes to a stranger"
            )
        elif self.key_file is None and self.password is None:
            raise ValueError("a command needs key_file or password; fix: add one")
        return self

    def prepare(self) -> None:
        import probes.net.ssh  # noqa: F401 - asyncssh takes a tenth of a second

    @cached_property
    def where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target, 22)
        return ascii_host(host), port

    @property
    def _is_pinned(self) -> bool:
        return bool(self.host_key) or self.known_hosts is not None

    @cached_property
    def _pinned(self) -> list[HostKey]:
        return [HostKey.parse(one) for one in self.host_key]

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        phases, facts = trace.phases, trace.facts
        facts["host_key_pinned"] = self._is_pinned
        try:
            addresses = self._literal or await self._resolve(net, phases)
            wanted = await self._wanted(addresses, before, facts)
            said = await self._meet(addresses, wanted, trace)
            if said is not None:
                self._judge(said, facts)
        except ProbeFailed as failed:
            raise with_partial(failed, phases, facts) from None
        latency = sum(phases.values())
        return Outcome(facts, phases, latency, None, slow(self.degraded.latency, latency))

    async def _wanted(
        self, addresses: Sequence[Address], before: Mapping[str, Fact], facts: dict[str, Fact]
    ) -> list[HostKey]:
        if self.known_hosts is not None:
            from probes.net import ssh

            host, port = self.where
            return await ssh.known(self.known_hosts, host, addresses[0].host, port)
        if self.host_key:
            return self._pinned
        first = before.get("host_key_expected")
        if first is None and (seen := before.get("host_key")) is not None:
            first = f"{before.get('host_key_type')} {seen}"
        if not isinstance(first, str):
            return []
        # Handed on by the runs that see no key, too, until one sees the right one.
        facts["host_key_expected"] = first
        return [HostKey.parse(first)]

    async def _meet(
        self, addresses: Sequence[Address], wanted: Sequence[HostKey], trace: Trace
    ) -> Said | None:
        """As many connections as it takes to see a key that is wanted; nearly always one."""
        from probes.net import ssh

        wrong: HostKey | None = None
        for algorithms in attempts(wanted):
            try:
                key, said = await self._attempt(addresses, wanted, algorithms, trace)
            except ssh.WrongKey as error:
                wrong = wrong or error.key
            except ssh.NothingInCommon as error:
                if wrong is None:
                    text = f"the key exchange failed: {error}"
                    raise ProbeFailed(Reason.PROTOCOL, text) from None
            else:
                _show(key, trace.facts)
                trace.facts.pop("host_key_expected", None)
                return said
        assert wrong is not None
        _show(wrong, trace.facts)
        raise ProbeFailed(Reason.HOST_KEY, self._changed(wanted, wrong))

    async def _attempt(
        self,
        addresses: Sequence[Address],
        wanted: Sequence[HostKey],
        algorithms: Sequence[str],
        trace: Trace,
    ) -> tuple[HostKey, Said | None]:
        from probes.net import ssh

        port = self.where[1]
        began = perf_counter()
        try:
            connected = await connect(addresses, port)
        finally:
            trace.phases["connect"] = perf_counter() - began
        try:
            trace.phases["connect"] = connected.at - began
            trace.facts["ip"] = connected.address.host
            trace.facts["ip_family"] = connected.address.version
            await ssh.version(connected, port, trace)
            if self.command is not None and self.user is not None:
                login = ssh.Login(self.user, self.command, self.key_file, self.password)
                return await ssh.run(connected, port, wanted, algorithms, login, trace)
            exchanging = perf_counter()
            try:
                return await ssh.greet(connected, port, wanted, algorithms), None
            finally:
                trace.phases["kex"] = perf_counter() - exchanging
        finally:
            connected.sock.close()

    def _changed(self, wanted: Sequence[HostKey], got: HostKey) -> str:
        text = f"expected the host key {' or '.join(map(str, wanted[:2]))}, got {got}"
        if self._is_pinned:
            return text
        return f'{text}; if it was changed on purpose, pin it: host_key = "{got}"'

    def _judge(self, said: Said, facts: dict[str, Fact]) -> None:
        facts["exit_status"] = said.status
        facts["output"] = safe_text(said.output, 200)
        wanted = self.expect.contains
        ended = "no exit status" if said.status is None else str(said.status)
        if said.signal:
            ended = f"signal {safe_text(said.signal, 20)}"
        if said.status != self.expect.status:
            text = f"expected exit status {self.expect.status}, got {ended}"
            if said.output.strip():
                text += f': "{safe_text(said.output, 100)}"'
            raise ProbeFailed(Reason.ASSERTION, text)
        if wanted is not None and wanted not in said.output:
            text = f'expected output with "{safe_text(wanted, 80)}", got "{facts["output"]}"'
            raise ProbeFailed(Reason.ASSERTION, text)


def _show(key: HostKey, facts: dict[str, Fact]) -> None:
    facts["host_key_type"], facts["host_key"] = key.kind, key.fingerprint
