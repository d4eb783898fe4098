"""ssh: who answers, whether it is still the same, and what it says to a command."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from pydantic import ValidationError

from probes import ssh as probing
from probes.base import Fact, Outcome, ProbeFailed, Reason, Secret, Trace, current_trace
from probes.net import Net
from probes.net.hostkey import ALGORITHMS, HostKey, attempts
from probes.ssh import SshProbe
from tests.probes.running import failed, good, late, net
from tests.servers import Script, closed_port, hang, say, serve
from tests.ssh_server import (
    CLIENT,
    ECDSA,
    KEY,
    OTHER,
    PASSWORD,
    RSA,
    USER,
    Sshd,
    fingerprint,
    host_key,
    public,
    sshd,
)

__all__ = ["net"]

PINNED = [fingerprint(KEY)]
LOGIN: dict[str, Any] = {"user": USER, "password": Secret(PASSWORD), "host_key": PINNED}


@pytest.fixture
async def server() -> AsyncIterator[Sshd]:
    async with sshd() as running:
        yield running


def probe(target: str | int, **options: Any) -> SshProbe:
    where = f"127.0.0.1:{target}" if isinstance(target, int) else target
    made = SshProbe(target=where, **options)
    made.prepare()
    return made


async def after(made: SshProbe, net: Net, before: Mapping[str, Fact]) -> Outcome:
    async with asyncio.timeout(10):
        return await made.run(net, before)


async def failed_after(made: SshProbe, net: Net, before: Mapping[str, Fact]) -> ProbeFailed:
    with pytest.raises(ProbeFailed) as caught:
        await after(made, net, before)
    return caught.value


# ---- who answers ----


async def test_without_options_banner_key_and_phases_are_facts(net: Net, server: Sshd) -> None:
    outcome = await good(probe(server.target), net)
    banner = outcome.facts["banner"]
    assert str(banner).startswith("SSH-2.0-AsyncSSH")
    assert outcome.facts == {
        "ip": "127.0.0.1", "ip_family": 4, "banner": banner, "host_key_type": "ssh-ed25519",
        "host_key": fingerprint(KEY), "host_key_pinned": False,
    }  # fmt: skip
    assert list(outcome.phases) == ["connect", "banner", "kex"]
    assert outcome.latency == sum(outcome.phases.values())


async def test_without_a_command_nobody_tries_to_get_in(net: Net, server: Sshd) -> None:
    """The server's log would be full of it, and what reads the log might lock us out."""
    await good(probe(server.target), net)
    assert (server.users, server.offered) == ([], [])


async def test_a_slow_server_is_degraded(net: Net, server: Sshd) -> None:
    outcome = await good(probe(server.target, degraded={"latency": "0ms"}), net)
    assert outcome.degraded is not None


async def test_a_closed_port_is_refused(net: Net) -> None:
    failure = await failed(probe(closed_port()), net)
    assert (failure.reason, failure.blame) == (Reason.REFUSED, "target")


def version_then(data: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-Bohong_1.0\r\n")
        await reader.readline()
        writer.write(data)
        await writer.drain()
        await reader.read(65_536)  # its key exchange: unread, closing would be a reset
        await asyncio.sleep(0.05)

    return script


def stuck_after(data: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await reader.read()

    return script


def packet(payload: bytes) -> bytes:
    padding = 16 - (5 + len(payload)) % 16 + 8
    return struct.pack("!IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


DISCONNECT = packet(b"\x01" + struct.pack("!I", 12) + b"\0\0\0\x0bterlalu \x1b[m" + b"\0\0\0\0")


@pytest.mark.parametrize(
    ("script", "reason", "detail"),
    [
        (say(b""), Reason.INCOMPLETE, "the server closed before its version"),
        (
            say(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            Reason.PROTOCOL,
            'expected an SSH version, got "HTTP/1.1 400 Bad Request"',
        ),
        (say(b"Exceeded MaxStartups\r\n"), Reason.PROTOCOL, 'got "Exceeded MaxStartups"'),
        (say(b"SSH-1.5-Kuno\r\n"), Reason.PROTOCOL, 'expected SSH 2.0, got "SSH-1.5-Kuno"'),
        (say(b"SSH-2.0-\xff\xfe\x1b]0;x\x07\r\n"), Reason.PROTOCOL, "expected SSH 2.0, got"),
        (say(b"SSH-2.0-half"), Reason.PROTOCOL, 'expected an SSH version, got "SSH-2.0-half"'),
        (say(b"a" * 9000), Reason.TOO_LARGE, "in the first 8 KiB"),
        (say(b"hello\r\n" * 2000), Reason.TOO_LARGE, "in the first 8 KiB"),
        (say(b"\0" * 500), Reason.PROTOCOL, "expected an SSH version"),
        (version_then(b""), Reason.INCOMPLETE, "closed during the key exchange"),
        (version_then(os.urandom(4000)), Reason.PROTOCOL, "SSH failed"),
        (version_then(b"\xff" * 64), Reason.PROTOCOL, "SSH failed"),
        (version_then(packet(b"\x14" + bytes(16))), Reason.PROTOCOL, "SSH failed"),
        (version_then(DISCONNECT), Reason.PROTOCOL, "terlalu"),
    ],
    ids=[
        "nothing", "http", "too busy", "ssh 1", "no text", "cut off", "one long line",
        "endless greeting", "zeros", "version only", "noise", "a huge packet", "half a kexinit",
        "says why",
    ],
)  # fmt: skip
async def test_what_is_no_ssh_server_is_said(
    net: Net, script: Script, reason: Reason, detail: str
) -> None:
    async with serve(script) as port:
        failure = await failed(probe(port), net)
    assert (failure.reason, failure.blame) == (reason, "target")
    assert detail in failure.detail
    assert failure.detail.isprintable()


async def test_an_endless_greeting_ends_soon(net: Net) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"selamat datang\r\n" * 1000)
            await writer.drain()

    async with serve(script) as port:
        assert (await failed(probe(port), net)).reason is Reason.TOO_LARGE


async def test_a_version_in_pieces_behind_a_greeting_is_read(net: Net) -> None:
    """And is still there for the key exchange, which this server then leaves."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (b"Selamat", b" datang\r\nSSH-2", b".0-Pelan_1\r", b"\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        await reader.readline()

        await reader.read(65_536)

    async with serve(script) as port:
        failure = await failed(probe(port), net)
    assert failure.detail == "the server closed during the key exchange"
    assert failure.partial.facts["banner"] == "SSH-2.0-Pelan_1"


@pytest.mark.parametrize(
    ("script", "banner", "last"),
    [
        (hang, None, "banner"),
        (stuck_after(b"220 mail.example ESMTP\r\n"), "220 mail.example ESMTP", "banner"),
        (stuck_after(b"SSH-2.0-Macet\r\n"), "SSH-2.0-Macet", "kex"),
    ],
    ids=["silent", "another protocol", "no key exchange"],
)
async def test_a_server_that_goes_no_further_is_left_at_the_deadline(
    net: Net, script: Script, banner: str | None, last: str
) -> None:
    async with serve(script) as port:
        trace = await late(probe(port), net, 0.3)
    assert list(trace.phases)[-1] == last
    assert trace.phases[last] == pytest.approx(0.3, abs=0.15)
    assert trace.facts.get("banner") == banner


async def test_a_drip_does_not_spin(net: Net) -> None:
    """Waiting for the next byte of a line is waiting, not asking again and again."""

    before = os.times()
    async with serve(stuck_after(b"SSH-2.0-T")) as port:
        trace = await late(probe(port), net, 0.5)
    used = os.times().user + os.times().system - before.user - before.system
    assert trace.facts["banner"] == "SSH-2.0-T"
    assert used < 0.35


# ---- is it the same ----


@pytest.mark.parametrize(
    "pin",
    [
        fingerprint(KEY),
        fingerprint(KEY) + "=",
        f"ssh-ed25519 {fingerprint(KEY)}",
        f"256 {fingerprint(KEY)} root@host (ED25519)",
        public(KEY),
        f"[host.example]:2222 {public(KEY)}",
        [fingerprint(OTHER), fingerprint(KEY)],
    ],
    ids=["fingerprint", "padded", "with its kind", "ssh-keygen", "public", "ssh-keyscan", "two"],
)
async def test_a_pinned_key_is_recognised_however_it_is_written(
    net: Net, server: Sshd, pin: str | list[str]
) -> None:
    outcome = await good(probe(server.target, host_key=pin), net)
    assert outcome.facts["host_key_pinned"] is True


async def test_a_wrong_key_is_down_with_both_fingerprints(net: Net, server: Sshd) -> None:
    failure = await failed(probe(server.target, host_key=public(OTHER)), net)
    assert (failure.reason, failure.blame) == (Reason.HOST_KEY, "target")
    assert failure.detail == f"expected the host key {host_key(OTHER)}, got {host_key(KEY)}"
    assert failure.partial.facts["host_key"] == fingerprint(KEY)


async def test_a_wrong_key_hears_no_password(net: Net) -> None:
    async with sshd([OTHER]) as server:
        failure = await failed(probe(server.target, command="true", **LOGIN), net)
        assert failure.reason is Reason.HOST_KEY
        assert (server.users, server.offered) == ([], [])
    assert fingerprint(KEY) in failure.detail
    assert fingerprint(OTHER) in failure.detail


@pytest.mark.parametrize("command", [None, "true"])
@pytest.mark.parametrize("kind", [KEY, ECDSA, RSA], ids=["ed25519", "ecdsa", "rsa"])
async def test_a_server_with_several_keys_shows_the_one_that_is_pinned(
    net: Net, kind: asyncssh.SSHKey, command: str | None
) -> None:
    """By its fingerprint alone, too, which does not say what kind it is."""
    login = {"command": command, "user": USER, "password": Secret(PASSWORD)} if command else {}
    async with sshd([KEY, ECDSA, RSA]) as server:
        for pin in (public(kind), fingerprint(kind)):
            outcome = await good(probe(server.target, host_key=pin, **login), net)
            assert outcome.facts["host_key"] == fingerprint(kind)
        assert set(server.offered) <= {PASSWORD}


async def test_no_kind_of_a_fingerprint_that_is_nowhere_is_left_out(net: Net) -> None:
    async with sshd([KEY, RSA]) as server:
        failure = await failed(probe(server.target, host_key=fingerprint(OTHER)), net)
    assert failure.reason is Reason.HOST_KEY
    assert f"got {host_key(KEY)}" in failure.detail


async def test_an_unpinned_key_that_changed_stays_down_until_the_first_is_back(net: Net) -> None:
    before: Mapping[str, Fact]
    async with sshd() as server:
        before = (await good(probe(server.target), net)).facts
    async with sshd([OTHER]) as server:
        for _ in range(2):
            failure = await failed_after(probe(server.target), net, before)
            assert failure.reason is Reason.HOST_KEY
            assert failure.detail == (
                f"expected the host key {host_key(KEY)}, got {host_key(OTHER)}; if it was "
                f'changed on purpose, pin it: host_key = "{host_key(OTHER)}"'
            )
            before = failure.partial.facts  # what the runner hands to the next run
        pinned = await after(probe(server.target, host_key=str(host_key(OTHER))), net, before)
        assert pinned.facts["host_key_pinned"] is True
    async with sshd() as server:
        outcome = await after(probe(server.target), net, before)
    assert outcome.facts["host_key"] == fingerprint(KEY)
    assert "host_key_expected" not in outcome.facts


async def test_a_key_that_changes_while_the_server_is_down_is_noticed(net: Net) -> None:
    async with sshd() as server:
        before = (await good(probe(server.target), net)).facts
    failure = await failed_after(probe(closed_port()), net, before)
    assert failure.reason is Reason.REFUSED
    async with serve(hang) as port:
        trace = Trace()
        current_trace.set(trace)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await probe(port).run(net, failure.partial.facts)
    async with sshd([OTHER]) as server:
        failure = await failed_after(probe(server.target), net, trace.facts)
    assert failure.reason is Reason.HOST_KEY


@pytest.mark.parametrize("first", [RSA, ECDSA], ids=["rsa", "ecdsa"])
async def test_a_key_of_another_kind_added_to_a_server_changes_nothing(
    net: Net, first: asyncssh.SSHKey
) -> None:
    async with sshd([first]) as server:
        before = (await good(probe(server.target), net)).facts
    async with sshd([KEY, first]) as server:
        outcome = await after(probe(server.target), net, before)
    assert outcome.facts["host_key"] == fingerprint(first)


async def test_a_key_known_by_name_only_is_no_proof(net: Net) -> None:
    """Whoever shows a public key must have the private one: the signature is checked first."""

    lying = asyncssh.generate_private_key("ssh-ed25519")
    shown = {"public_data": property(lambda key: KEY.public_data)}
    lying.__class__ = type("Lying", (type(lying),), shown)
    async with sshd([lying]) as server:
        failure = await failed(probe(server.target, host_key=PINNED), net)
    assert failure.reason is Reason.PROTOCOL
    assert "the key exchange failed" in failure.detail


async def test_known_hosts_are_read(net: Net, server: Sshd, tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"[127.0.0.1]:{server.port} {public(KEY)}\nlain.example {public(OTHER)}\n")
    await good(probe(server.target, known_hosts=file), net)
    file.write_text(f"[127.0.0.1]:{server.port} {public(OTHER)}\n")
    assert (await failed(probe(server.target, known_hosts=file), net)).reason is Reason.HOST_KEY
    file.write_text(f"@revoked * {public(KEY)}\n* {public(KEY)}\n* {public(OTHER)}\n")
    assert (await failed(probe(server.target, known_hosts=file), net)).reason is Reason.HOST_KEY


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (None, "the known_hosts file cannot be used: No such file or directory"),
        ("lain.example ssh-ed25519 AAAA\n", "the known_hosts file has no key of 127.0.0.1; fix:"),
        ("", "the known_hosts file has no key of 127.0.0.1; fix: add"),
    ],
)
async def test_known_hosts_without_the_host_are_our_own_fault(
    net: Net, server: Sshd, tmp_path: Path, text: str | None, detail: str
) -> None:
    file = tmp_path / "known_hosts"
    if text is not None:
        file.write_text(text)
    failure = await failed(probe(server.target, known_hosts=file), net)
    assert (failure.reason, failure.blame) == (Reason.ERROR, "self")
    assert failure.detail.startswith(detail)


# ---- a command ----


@pytest.mark.parametrize(
    ("command", "expect", "detail"),
    [
        ("true", {}, None),
        ("uptime", {"contains": "ran uptime"}, None),
        ("uptime", {"contains": "and wondered"}, None),
        ("uptime", {"contains": "load"}, 'expected output with "load", got "ran uptime'),
        ("false", {}, 'expected exit status 0, got 3: "ran false'),
        ("false", {"status": 3}, None),
    ],
)
async def test_a_command_is_judged_by_its_status_and_output(
    net: Net, server: Sshd, command: str, expect: dict[str, Any], detail: str | None
) -> None:
    one = probe(server.target, command=command, expect=expect, **LOGIN)
    if detail is None:
        outcome = await good(one, net)
        assert outcome.facts["exit_status"] == expect.get("status", 0)
        assert f"ran {command}" in str(outcome.facts["output"])
        assert list(outcome.phases) == ["connect", "banner", "login", "command"]
    else:
        failure = await failed(one, net)
        assert failure.reason is Reason.ASSERTION
        assert failure.detail.startswith(detail)
        assert "exit_status" in failure.partial.facts


async def test_a_wrong_password_is_a_matter_of_auth(net: Net, server: Sshd) -> None:
    made = {**LOGIN, "password": Secret("salah")}
    failure = await failed(probe(server.target, command="true", **made), net)
    assert (failure.reason, failure.blame) == (Reason.AUTH, "target")
    assert failure.detail == "the server does not let siaga in"
    assert server.offered == ["salah"]


async def test_a_key_file_lets_in(net: Net, server: Sshd, tmp_path: Path) -> None:
    file = tmp_path / "key"
    CLIENT.write_private_key(file)
    made = {"user": USER, "key_file": file, "host_key": PINNED, "command": "true"}
    assert (await good(probe(server.target, **made), net)).facts["exit_status"] == 0
    OTHER.write_private_key(file)
    failure = await failed(probe(server.target, **made), net)
    assert failure.reason is Reason.AUTH


@pytest.mark.parametrize("content", [None, "no key", "encrypted"])
async def test_a_key_file_that_cannot_be_used_is_our_own_fault(
    net: Net, server: Sshd, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "key"
    if content == "encrypted":
        CLIENT.write_private_key(file, "pkcs8-pem", passphrase="rahasia")
    elif content:
        file.write_text(content)
    made = {"user": USER, "key_file": file, "host_key": PINNED, "command": "true"}
    failure = await failed(probe(server.target, **made), net)
    assert (failure.reason, failure.blame) == (Reason.ERROR, "self")
    assert failure.detail.startswith("the key file cannot be used: ")
    assert server.offered == []


async def test_nothing_of_the_account_we_run_under_is_used(
    net: Net, server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys, its agent, its configuration (HOME is tmp_path)."""
    folder = tmp_path / ".ssh"
    folder.mkdir()
    CLIENT.write_private_key(folder / "id_ed25519")
    no = "PasswordAuthentication no\n  KbdInteractiveAuthentication no\n"
    (folder / "config").write_text(f"Host *\n  {no}")
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {public(OTHER)}\n")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    assert (await good(probe(server.target), net)).facts["host_key"] == fingerprint(KEY)
    made = {**LOGIN, "password": Secret("salah")}
    failure = await failed(probe(server.target, command="true", **made), net)
    assert failure.reason is Reason.AUTH
    assert server.offered == ["salah"]
    assert set(server.users) == {USER}


async def test_endless_output_is_too_large(net: Net) -> None:
    async def endless_output(process: asyncssh.SSHServerProcess[Any]) -> None:
        while True:
            process.stdout.write(b"y\n" * 10_000)
            await process.stdout.drain()

    async with sshd(process=endless_output) as server:
        failure = await failed(probe(server.target, command="yes", **LOGIN), net)
    assert (failure.reason, failure.detail) == (
        Reason.TOO_LARGE, "the command said more than 64 KiB",
    )  # fmt: skip


async def test_a_command_that_does_not_end_is_left_at_the_deadline(net: Net) -> None:
    async def sleeping(process: asyncssh.SSHServerProcess[Any]) -> None:
        process.stdout.write(b"one moment\n")
        await process.wait_closed()

    async with sshd(process=sleeping) as server:
        trace = await late(probe(server.target, command="sleep 99", **LOGIN), net, 0.6)
    assert list(trace.phases)[:3] == ["connect", "banner", "login"]


@pytest.mark.parametrize("signal", [True, False])
async def test_a_command_without_an_exit_status_is_said(net: Net, signal: bool) -> None:
    async def dying(process: asyncssh.SSHServerProcess[Any]) -> None:
        if signal:
            process.exit_with_signal("KILL")
        else:
            process.close()

    async with sshd(process=dying) as server:
        failure = await failed(probe(server.target, command="true", **LOGIN), net)
    assert failure.reason is Reason.ASSERTION
    assert failure.detail == (
        f"expected exit status 0, got {'signal KILL' if signal else 'no exit status'}"
    )


async def test_hostile_output_is_cleaned(net: Net) -> None:
    async def nasty(process: asyncssh.SSHServerProcess[Any]) -> None:
        process.stdout.write(b"\x1b]52;c;x\x07\xff\x9b2J\0\xe2\x80\xae{0}")
        process.exit(1)

    async with sshd(process=nasty) as server:
        failure = await failed(probe(server.target, command="true", **LOGIN), net)
    assert failure.detail.isprintable()
    assert str(failure.partial.facts["output"]).isprintable()


# ---- leaving nothing ----


@pytest.mark.parametrize("options", [{}, {"command": "true", **LOGIN}], ids=["greet", "command"])
async def test_a_run_cancelled_at_any_moment_leaves_nothing(
    net: Net, server: Sshd, options: dict[str, Any]
) -> None:
    """The fixture looks for descriptors; tasks are looked for here."""
    before = asyncio.all_tasks()
    for milliseconds in range(0, 24, 2):
        task = asyncio.ensure_future(probe(server.target, **options).run(net, {}))
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        await asyncio.wait({task})
    async with asyncio.timeout(5):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.01)


async def test_without_descriptors_it_is_our_own_fault(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_left(addresses: object, port: int) -> None:
        raise ProbeFailed(Reason.SELF, os.strerror(errno.EMFILE), blame="self")

    monkeypatch.setattr(probing, "connect", none_left)
    failure = await failed(probe("192.0.2.1"), net)
    assert (failure.reason, failure.blame) == (Reason.SELF, "self")


async def test_a_reset_is_said(net: Net) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with serve(script) as port:
        assert (await failed(probe(port), net)).reason is Reason.RESET


# ---- host keys ----


@examples(st.text(max_size=120))
def test_no_text_is_too_strange_for_a_host_key(text: str) -> None:
    try:
        key = HostKey.parse(text)
    except ValueError:
        return
    assert HostKey.parse(str(key)) == key


@pytest.mark.parametrize("key", [KEY, ECDSA, RSA], ids=["ed25519", "ecdsa", "rsa"])
def test_a_fingerprint_is_what_openssh_prints(key: asyncssh.SSHKey) -> None:
    assert HostKey.parse(public(key)) == (key.get_algorithm(), fingerprint(key))


def test_the_kinds_that_are_wanted_are_asked_for_first() -> None:
    every = {name for names in ALGORITHMS.values() for name in names}
    (only,) = attempts([host_key(RSA)])
    assert only[:3] == ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]
    assert set(only) == every
    (unpinned,) = attempts([])
    assert set(unpinned) == every
    tried = list(attempts([HostKey(None, "SHA256:x")]))
    assert len(tried) == 1 + len(ALGORITHMS)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"command": "true", "user": "siaga"}, "a command needs user and host_key"),
        ({"command": "true", "user": "siaga", "host_key": PINNED}, "key_file or password"),
        ({"host_key": ["ssh-ed25519"]}, "is no host key; fix: a line of"),
        ({"host_key": ["SHA256:abc"]}, "the fingerprint is not whole"),
        ({"host_key": ["ssh-ed25519 AAAA"]}, "no kind of key that is known"),
        ({"host_key": PINNED, "known_hosts": "/x"}, "contradict each other"),
        ({"user": "siaga"}, "user without command; fix: add command"),
        ({"expect": {"status": 1}}, "expect without command"),
        ({"password": "rahasia"}, "write a reference"),
        ({"family": "6"}, "the target is an IPv4 address"),
    ],
)
def test_a_bad_option_says_what_is_wrong(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SshProbe.model_validate({"target": "192.0.2.1", **options})
    assert says in str(caught.value)


@pytest.mark.parametrize("target", ["", "user@host", "host:0", "ssh://host"])
def test_a_bad_target_is_an_error(target: str) -> None:
    with pytest.raises(ValueError, match=r"fix:|host"):
        SshProbe.check_target(target)
