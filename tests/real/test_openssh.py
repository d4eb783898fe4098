"""The ssh probe before Debian's OpenSSH."""

from __future__ import annotations

import asyncio
import getpass
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probes.base import Reason
from probes.net import Net, ssh
from probes.ssh import SshProbe
from tests.probes.running import failed, good, net
from tests.real.servers import Sshd, program

__all__ = ["net", "ssh"]  # asyncssh is imported here, where blocking hurts nobody

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]


@pytest.fixture
async def sshd(tmp_path: Path) -> AsyncIterator[Sshd]:
    server = Sshd(tmp_path)
    await server.start()
    yield server
    await server.stop()


def probe(sshd: Sshd, **options: object) -> SshProbe:
    return SshProbe.model_validate({"target": f"127.0.0.1:{sshd.port}", **options})


def log(sshd: Sshd) -> str:
    return (sshd.folder / "Sshd.log").read_text()


async def test_it_is_up_and_its_log_knows_of_no_user(net: Net, sshd: Sshd) -> None:
    outcome = await good(probe(sshd), net)
    assert str(outcome.facts["banner"]).startswith("SSH-2.0-OpenSSH_")
    assert outcome.facts["host_key"] == await asyncio.to_thread(sshd.fingerprint)
    assert list(outcome.phases) == ["connect", "banner", "kex"]
    await sshd.stop()
    assert "user" not in log(sshd)
    assert "error" not in log(sshd)


async def test_stopped_it_is_refused(net: Net, sshd: Sshd) -> None:
    await good(probe(sshd), net)
    await sshd.stop()
    failure = await failed(probe(sshd), net)
    while failure.reason is Reason.RESET:  # a child of it that is ending, too, has the port open
        failure = await failed(probe(sshd), net)
    assert (failure.reason, failure.blame) == (Reason.REFUSED, "target")


async def test_a_changed_host_key_is_told_pinned_or_not(net: Net, sshd: Sshd) -> None:
    first = await good(probe(sshd), net)
    pin = (sshd.folder / "host_key.pub").read_text()
    await good(probe(sshd, host_key=pin), net)
    await sshd.stop()
    await asyncio.to_thread(sshd.new_key, "another")
    sshd.show_key("another")
    await sshd.start()
    new = await asyncio.to_thread(sshd.fingerprint, "another")
    failure = await failed(probe(sshd, host_key=pin), net)
    assert failure.reason is Reason.HOST_KEY
    for fingerprint in (str(first.facts["host_key"]), new):
        assert fingerprint in failure.detail
    with pytest.raises(type(failure)) as caught:
        await probe(sshd).run(net, first.facts)
    assert caught.value.reason is Reason.HOST_KEY


async def test_the_known_hosts_that_ssh_keyscan_writes_are_read(net: Net, sshd: Sshd) -> None:
    for hashed in ([], ["-H"]):
        scan = await asyncio.create_subprocess_exec(
            program("ssh-keyscan"), *hashed, "-p", str(sshd.port), "127.0.0.1",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        found, _ = await scan.communicate()
        file = sshd.folder / "known_hosts"
        file.write_bytes(found)
        outcome = await good(probe(sshd, known_hosts=file), net)
        assert outcome.facts["host_key_pinned"] is True


async def test_a_command_runs_with_a_key_of_ssh_keygen(net: Net, tmp_path: Path) -> None:
    key = tmp_path / "client"
    make = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    await asyncio.to_thread(subprocess.run, make, check=True)

    class Mine(Sshd):
        def command(self) -> list[str]:
            line = super().command()
            with (self.folder / "sshd_config").open("a") as config:
                config.write(
                    f"AuthorizedKeysFile {key}.pub\nStrictModes no\nPermitRootLogin yes\n"
                    "LogLevel VERBOSE\n"
                )
            return line

    sshd = Mine(tmp_path)
    await sshd.start()
    try:
        options = {
            "user": getpass.getuser(), "key_file": key,
            "host_key": (tmp_path / "host_key.pub").read_text(),
        }  # fmt: skip
        command = "echo halo; echo salah >&2; exit 4"
        expect = {"status": 4, "contains": "salah"}
        outcome = await good(probe(sshd, command=command, expect=expect, **options), net)
        assert (outcome.facts["exit_status"], outcome.facts["output"]) == (4, "halo salah")
        failure = await failed(probe(sshd, command="kill -9 $$", **options), net)
        assert failure.detail == "expected exit status 0, got signal KILL"
        failure = await failed(probe(sshd, command="yes", **options), net)
        assert failure.reason is Reason.TOO_LARGE
        options["user"] = "siapa"
        failure = await failed(probe(sshd, command="true", **options), net)
        assert failure.reason is Reason.AUTH
    finally:
        await sshd.stop()
