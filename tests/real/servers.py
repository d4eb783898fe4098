"""Real servers from Debian's packages, each with a configuration of its own on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.daemon_process import free_port


class Server:
    """A program in the foreground; `start` returns when its port answers."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    async def start(self) -> None:
        with (self.folder / f"{type(self).__name__}.log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert self.process.poll() is None, (
                self.folder / f"{type(self).__name__}.log"
            ).read_text()
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.command()} does not answer on {self.port}")

    async def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self.process.wait, 10)
            self.process = None


def program(name: str) -> str:
    """Where Debian puts it, or a skip, which .ci/run counts as a failure."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Nginx(Server):
    """HTTP on `port`; HTTPS on `tls_port` once a certificate lies in the folder."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self.tls_port = free_port()
        (folder / "index.html").write_text("<title>Portal</title>Kabupaten Contoh")
        folder.chmod(0o755)

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
            f"daemon off; user root; pid {self.folder}/nginx.pid; error_log stderr;"
            f" events {{}} http {{ access_log off; {temporary}"
            f" server {{ listen 127.0.0.1:{self.port}; root {self.folder}; }} {tls} }}"
        )
        return [program("nginx"), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def reload(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)


class Sshd(Server):
    """OpenSSH with one host key, made when there is none."""

    def new_key(self) -> None:
        for old in self.folder.glob("host_key*"):
            old.unlink()
        subprocess.run(
            [
                program("ssh-keygen"),
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                self.folder / "host_key",
            ],
            check=True,
        )

    def command(self) -> list[str]:
        if not (self.folder / "host_key").exists():
            self.new_key()
        Path("/run/sshd").mkdir(exist_ok=True)
        config = self.folder / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host_key\n"
            "PidFile none\nUsePAM no\nMaxStartups 100\n"
        )
        return [program("sshd"), "-D", "-e", "-f", str(config)]


class Bind(Server):
    """named with one zone; `address` is what its name answers."""

    address = "192.0.2.10"

    def command(self) -> list[str]:
        (self.folder / "zone").write_text(
            "$TTL 60\n@ SOA ns.contoh.example. admin.contoh.example. 1 60 60 60 60\n"
            f"@ NS ns.contoh.example.\nns A 127.0.0.1\nportal A {self.address}\n"
        )
        config = self.folder / "named.conf"
        config.write_text(
            f'options {{ directory "{self.folder}"; listen-on port {self.port} {{ 127.0.0.1; }};'
            f' listen-on-v6 {{ none; }}; pid-file "{self.folder}/named.pid"; recursion no;'
            " dnssec-validation no; }; controls { };"
            f' zone "contoh.example" {{ type primary; file "{self.folder}/zone"; }};'
        )
        return [program("named"), "-f", "-g", "-c", str(config)]
