"""SSH: a server's banner and host key, and a command on it; asyncssh behind one door."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncssh

from probes.base import ProbeFailed, Reason, Secret, Trace, safe_text
from probes.net.connect import Connected

MAX_OUTPUT = 64 * 1024


class _Session(asyncssh.SSHClient):
    """Takes any host key and keeps it: comparing is ours, so that unknown and changed differ."""

    def __init__(self, pinned: Sequence[str]) -> None:
        self.pinned = pinned
        self.key: asyncssh.SSHKey | None = None
        self.met = 0.0
        self.banner = ""
        self._connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.key, self.met = key, time.perf_counter()
        if self._connection is not None:
            version = self._connection.get_extra_info("server_version")
            self.banner = safe_text(str(version or ""), 120)
        # A wrong key ends the handshake here, before any password.
        return not self.pinned or matches(key, self.pinned)


def fingerprint(key: asyncssh.SSHKey) -> str:
    """`SHA256:…` as ssh-keygen -l prints it."""
    digest = hashlib.sha256(key.public_data).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def matches(key: asyncssh.SSHKey, pinned: Sequence[str]) -> bool:
    """Whether a key is one of these: fingerprints, or public keys as OpenSSH writes them."""
    own = fingerprint(key)
    for one in pinned:
        if one.startswith("SHA256:"):
            if one.rstrip("=") == own:
                return True
        elif _data(one) == key.public_data:
            return True
    return False


def check_pinned(one: str) -> None:
    """Raises ValueError for what is neither a fingerprint nor a public key."""
    if not one.startswith("SHA256:"):
        _data(one)


def _data(text: str) -> bytes:
    words = [w for w in text.split() if w.startswith("AAAA")]
    try:
        return base64.b64decode(words[0], validate=True)
    except (IndexError, ValueError):
        raise ValueError(
            'is no host key; fix: the line of "ssh-keyscan HOST", or "SHA256:…"'
        ) from None


@dataclass(slots=True)
class Met:
    """A server after the key exchange, and what a command there gave."""

    banner: str
    key: asyncssh.SSHKey
    status: int | None = None
    output: str = ""


async def meet(
    connected: Connected,
    pinned: Sequence[str],
    trace: Trace,
    *,
    user: str | None = None,
    password: Secret | None = None,
    key_file: str | None = None,
    command: str | None = None,
) -> Met:
    """Key exchange over a connected socket; a command only after the key was found right.

    Raises ProbeFailed; the socket is closed on every way out.
    """
    session = _Session(pinned)
    began = time.perf_counter()
    options: dict[str, Any] = {
        "sock": connected.sock,
        "client_factory": lambda: session,
        "known_hosts": b"",
        "config": None,
        "agent_path": None,
        "client_keys": [key_file] if key_file else None,
        "password": password.reveal() if password is not None else None,
        "username": user or "siaga",
        "server_host_key_algs": "default",
        "login_timeout": 0,
        "connect_timeout": None,
        "client_version": "Siaga",
    }
    if command is None:
        options["preferred_auth"] = "none"
    connection: asyncssh.SSHClientConnection | None = None
    try:  # every way out of it closes the connection
        connection = await asyncssh.connect(**options)
        assert session.key is not None
        met = Met(session.banner, session.key)
        if command is not None:
            trace.phases["kex"] = session.met - began
            ran = time.perf_counter()
            trace.phases["auth"] = ran - session.met
            done = await connection.run(command, check=False, encoding=None)
            trace.phases["command"] = time.perf_counter() - ran
            output = done.stdout if isinstance(done.stdout, bytes) else b""
            met.status, met.output = (
                done.exit_status,
                output[:MAX_OUTPUT].decode("utf-8", "replace"),
            )
        return met  # noqa: TRY300 - an else would stand sixteen lines below
    except asyncssh.HostKeyNotVerifiable:
        assert session.key is not None
        wanted = ", ".join(pinned)
        text = f"expected the host key {wanted}, got {fingerprint(session.key)}"
        raise ProbeFailed(Reason.HOST_KEY, safe_text(text, 400)) from None
    except asyncssh.PermissionDenied as error:
        if command is None and session.key is not None:
            return Met(session.banner, session.key)  # as far as it should go
        raise ProbeFailed(Reason.AUTH, f"not let in: {safe_text(error.reason, 120)}") from None
    except (asyncssh.Error, OSError) as error:
        reason = getattr(error, "reason", "") or str(error)
        raise ProbeFailed(Reason.PROTOCOL, f"SSH failed: {safe_text(reason, 120)}") from None
    finally:
        trace.phases.setdefault("kex", (session.met or time.perf_counter()) - began)
        if connection is not None:
            connection.abort()
        else:
            connected.sock.close()
