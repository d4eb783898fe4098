"""Real servers from Debian's packages, each with a configuration of its own on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.daemon_process import eventually, free_port


def program(name: str) -> str:
    """Where Debian puts it, or a skip, which .ci/run counts as a failure."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Server:
    """A program in the foreground; `start` returns when its port answers."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def command(self) -> list[str]:
        raise NotImplementedError

    async def start(self) -> None:
        with self._log.open("ab") as log:
            process = self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, start_new_session=True
            )

        async def answers() -> bool:
            assert process.poll() is None, self._log.read_text()
            return self._answers()

        await eventually(answers, 10, lambda: f"no answer on {self.port}: {self._log.read_text()}")

    async def stop(self) -> None:
        if self.process is not None:
            self.send(signal.SIGTERM)
            await self.thaw()  # one that is frozen could not end
            await asyncio.to_thread(self.process.wait, 10)
            self.process = None

    async def reload(self) -> None:
        self.send(signal.SIGHUP)

    async def freeze(self) -> None:
        """It takes connections, the kernel sees to that, and never says a word."""
        self._signal_all(signal.SIGSTOP)

    async def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    @property
    def _log(self) -> Path:
        return self.folder / f"{type(self).__name__}.log"

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


class Nginx(Server):
    """HTTP on `port`; HTTPS on `tls_port` if a certificate lies in the folder."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self.tls_port = free_port()
        (folder / "index.html").write_text("<title>Portal</title>Kabupaten Contoh")

    def command(self) -> list[str]:
        tls = ""
        if (self.folder / "server.pem").exists():
            tls = (
                f"server {{ listen 127.0.0.1:{self.tls_port} ssl; root {self.folder};"
                f" ssl_certificate {self.folder}/server.pem;"
                f" ssl_certificate_key {self.folder}/server.pem; }}"
            )
        temporary = " ".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off; user root; worker_processes 1; pid {self.folder}/nginx.pid;"
            f" error_log stderr; events {{}} http {{ access_log off; {temporary}"
            f" server {{ listen 127.0.0.1:{self.port}; root {self.folder}; }} {tls} }}"
        )
        return [program("nginx"), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]


class Sshd(Server):
    """OpenSSH with one host key, made when there is none."""

    KEY = "host_key"

    def new_key(self, name: str = KEY) -> None:
        program_and_form = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", ""]
        subprocess.run([*program_and_form, "-f", self.folder / name], check=True)

    def show_key(self, name: str) -> None:
        """The key of that name is the host's from the next start or reload on."""
        shutil.copy(self.folder / name, self.folder / self.KEY)

    def fingerprint(self, name: str = KEY) -> str:
        """As OpenSSH itself writes it."""
        command = [program("ssh-keygen"), "-l", "-f", str(self.folder / name)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return said.split()[1]

    def command(self) -> list[str]:
        if not (self.folder / self.KEY).exists():
            self.new_key()
        Path("/run/sshd").mkdir(exist_ok=True)
        config = self.folder / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/{self.KEY}\n"
            "PidFile none\nUsePAM no\nMaxStartups 100\n"
        )
        return [program("sshd"), "-D", "-e", "-f", str(config)]


class Bind(Server):
    """named with one zone; `address` is what its name answers from the next reload on."""

    address = "192.0.2.10"
    _serial = 0

    def command(self) -> list[str]:
        self._write_zone()
        config = self.folder / "named.conf"
        config.write_text(
            f'options {{ directory "{self.folder}"; listen-on port {self.port} {{ 127.0.0.1; }};'
            f' listen-on-v6 {{ none; }}; pid-file "{self.folder}/named.pid"; recursion no;'
            " dnssec-validation no; }; controls { };"
            f' zone "contoh.example" {{ type primary; file "{self.folder}/zone"; }};'
        )
        return [program("named"), "-f", "-g", "-c", str(config)]

    async def reload(self) -> None:
        self._write_zone()
        await super().reload()

    def _write_zone(self) -> None:
        self._serial += 1
        (self.folder / "zone").write_text(
            f"$TTL 60\n@ SOA ns.contoh.example. admin.contoh.example. {self._serial} 60 60 60 60\n"
            f"@ NS ns.contoh.example.\nns A 127.0.0.1\nportal A {self.address}\n"
        )


POSTFIX = """
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mail.contoh.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
virtual_mailbox_domains = contoh.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:piket/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
smtputf8_enable = no
"""
POSTFIX_SERVICES = Path("/usr/share/postfix/master.cf.dist")


class Postfix(Server):
    """A mail server with one mailbox; it goes to the background by itself."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        program("postfix")
        super().__init__(folder, port)
        for name in ("etc", "spool", "data", "mail"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "mail", "nobody", "nogroup")
        (folder / "etc" / "main.cf").write_text(POSTFIX.format(home=folder))
        (folder / "etc" / "master.cf").write_text("\n".join(self._services()) + "\n")

    @property
    def url(self) -> str:
        """The channel that delivers here."""
        addresses = "from=siaga@contoh.example&to=piket@contoh.example"
        return f"mailto://127.0.0.1:{self.port}/?{addresses}&mode=insecure&format=text"

    async def start(self) -> None:
        await self._ctl("start")

        async def answers() -> bool:
            return self._answers()

        await eventually(answers, 10)

    async def stop(self) -> None:
        if (self.folder / "spool" / "pid" / "master.pid").exists() and self._answers():
            await self._ctl("stop")

    def delivered(self) -> list[EmailMessage]:
        """What lies in the mailbox, oldest first."""
        new = self.folder / "mail" / "piket" / "new"
        files = sorted(new.glob("*"), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    async def mails(self, count: int, within: float = 30) -> list[EmailMessage]:
        async def there() -> bool:
            return len(self.delivered()) >= count

        await eventually(there, within)
        return self.delivered()

    def _services(self) -> Iterator[str]:
        """Debian's own services, outside their chroot, the SMTP one on our port."""
        for line in POSTFIX_SERVICES.read_text().splitlines():
            fields = line.split(maxsplit=7)
            if len(fields) == 8 and not line.startswith(("#", " ", "\t")):
                ours = fields[:2] == ["smtp", "inet"]
                name = f"127.0.0.1:{self.port}" if ours else fields[0]
                yield "\t".join([name, *fields[1:4], "n", *fields[5:]])

    async def _ctl(self, verb: str) -> None:
        process = await asyncio.create_subprocess_exec(
            program("postfix"), "-c", str(self.folder / "etc"), verb,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await process.wait() == 0, f"postfix {verb}"


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """Not tmp_path: a server's own users must be able to reach it."""
    path = Path(tempfile.mkdtemp(prefix="siaga-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
