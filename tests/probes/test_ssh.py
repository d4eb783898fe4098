"""ssh: who answers, whether it is still the same, and what it says to a command."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncssh
import pytest
from pydantic import ValidationError

from probes.base import Fact, Outcome, Reason, Secret
from probes.net import Net
from probes.net.ssh import fingerprint
from probes.ssh import SshProbe
from tests.probes.running import failed, good, late, net

__all__ = ["net"]

KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER = asyncssh.generate_private_key("ssh-ed25519")
PINNED = [fingerprint(KEY)]


class Server(asyncssh.SSHServer):
    """Lets `siaga` in with the right password; notes every password it was offered."""

    offered: list[str]

    def __init__(self, offered: list[str]) -> None:
        self.offered = offered

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.offered.append(password)
        return (username, password) == ("siaga", "rahasia")


@contextlib.asynccontextmanager
async def sshd(key: asyncssh.SSHKey = KEY) -> AsyncIterator[tuple[str, list[str]]]:
    """An address, and the passwords that were offered there."""
    offered: list[str] = []

    async def session(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"ran {process.command}\n")
        process.exit(3 if process.command == "false" else 0)

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=lambda: Server(offered), server_host_keys=[key],
        process_factory=session,
    )  # fmt: skip
    try:
        yield f"127.0.0.1:{server.get_port()}", offered
    finally:
        server.close()
        await server.wait_closed()


@contextlib.asynccontextmanager
async def saying(text: bytes, *, close: bool = True) -> AsyncIterator[str]:
    """A server that says this and nothing else."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        if not close:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def probe(target: str, **options: Any) -> SshProbe:
    made = SshProbe(target=target, **options)
    made.prepare()
    return made


async def _after(made: SshProbe, net: Net, before: Mapping[str, Fact]) -> Outcome:
    async with asyncio.timeout(10):
        return await made.run(net, before)


async def test_without_options_banner_key_and_phases_are_facts(net: Net) -> None:
    async with sshd() as (target, offered):
        outcome = await good(probe(target), net)
    assert str(outcome.facts["banner"]).startswith("SSH-2.0-AsyncSSH")
    assert outcome.facts["host_key"] == fingerprint(KEY)
    assert outcome.facts["host_key_pinned"] is False
    assert {"connect", "kex"} <= set(outcome.phases)
    assert offered == []


@pytest.mark.parametrize("form", ["fingerprint", "public key"])
async def test_a_pinned_key_is_recognised_in_both_its_forms(net: Net, form: str) -> None:
    pinned = PINNED[0] if form == "fingerprint" else KEY.export_public_key().decode()
    async with sshd() as (target, _):
        outcome = await good(probe(target, host_key=[pinned]), net)
    assert outcome.facts["host_key_pinned"] is True


async def test_a_wrong_key_is_down_with_both_fingerprints_and_hears_no_password(net: Net) -> None:
    made = {
        "user": "siaga", "password": Secret("rahasia"), "command": "true", "host_key": PINNED,
    }  # fmt: skip
    async with sshd(OTHER) as (target, offered):
        failure = await failed(probe(target, **made), net)
    assert (failure.reason, failure.blame) == (Reason.HOST_KEY, "target")
    assert fingerprint(KEY) in failure.detail
    assert fingerprint(OTHER) in failure.detail
    assert offered == []


async def test_an_unpinned_key_that_changed_stays_down_until_the_first_is_back(net: Net) -> None:
    async with sshd() as (target, _):
        first = await good(probe(target), net)
    async with sshd(OTHER) as (target, _):
        from probes.base import ProbeFailed, Trace, current_trace

        before: Mapping[str, Fact] = first.facts
        for _ in range(2):
            trace = Trace()
            current_trace.set(trace)
            with pytest.raises(ProbeFailed) as caught:
                await _after(probe(target), net, before)
            assert caught.value.reason is Reason.HOST_KEY
            before = trace.facts  # what the runner hands to the next run
    async with sshd() as (target, _):
        outcome = await _after(probe(target), net, before)
    assert outcome.facts["host_key"] == fingerprint(KEY)


@pytest.mark.parametrize(
    ("command", "expect", "detail"),
    [
        ("true", {}, None),
        ("uptime", {"contains": "ran uptime"}, None),
        ("uptime", {"contains": "load"}, 'expected output with "load"'),
        ("false", {}, "expected exit status 0, got 3"),
        ("false", {"status": 3}, None),
    ],
)
async def test_a_command_is_judged_by_its_status_and_output(
    net: Net, command: str, expect: dict[str, Any], detail: str | None
) -> None:
    made = {"user": "siaga", "password": Secret("rahasia"), "host_key": PINNED}
    async with sshd() as (target, _):
        one = probe(target, command=command, expect=expect, **made)
        if detail is None:
            outcome = await good(one, net)
            assert outcome.facts["exit_status"] in {0, 3}
        else:
            failure = await failed(one, net)
            assert failure.reason is Reason.ASSERTION
            assert failure.detail.startswith(detail)


async def test_a_wrong_password_is_a_matter_of_auth(net: Net) -> None:
    made = {"user": "siaga", "password": Secret("salah"), "command": "true", "host_key": PINNED}
    async with sshd() as (target, offered):
        failure = await failed(probe(target, **made), net)
    assert failure.reason is Reason.AUTH
    assert offered == ["salah"]
    assert "salah" not in failure.detail


async def test_what_is_no_ssh_is_a_matter_of_protocol(net: Net) -> None:
    async with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as target:
        failure = await failed(probe(target), net)
    assert failure.reason is Reason.PROTOCOL


async def test_a_silent_server_is_left_at_the_deadline(net: Net) -> None:
    async with saying(b"", close=False) as target:
        trace = await late(probe(target), net)
    assert trace.facts["ip"] == "127.0.0.1"


async def test_a_closed_port_is_refused(net: Net) -> None:
    async with sshd() as (target, _):
        pass
    failure = await failed(probe(target), net)
    assert failure.reason is Reason.REFUSED


def test_a_command_without_a_pinned_key_is_refused_at_load() -> None:
    with pytest.raises(ValidationError, match="a command needs user and host_key"):
        SshProbe(target="host.example", command="true", user="siaga")
    with pytest.raises(ValidationError, match="is no host key"):
        SshProbe(target="host.example", host_key=["ssh-ed25519"])
