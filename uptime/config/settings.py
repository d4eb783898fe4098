"""`[siaga]`: whose monitor it is, where it keeps its record and where it listens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from uptime.config.errors import Bad, Findings
from uptime.config.include import Item, Raw
from uptime.config.model import SiagaSettings
from uptime.config.tables import SIAGA

SOCKET = "siaga.sock"
_LONGEST = 107  # bytes of a Unix socket's path that the kernel takes
_RUNTIME = Path("/run/siaga")
_SQLITE = "sqlite:///"


def settings(
    findings: Findings, raw: Raw, main: Path, environ: Mapping[str, str]
) -> SiagaSettings | None:
    """The settings with absolute paths; what is wrong with them was reported."""
    item = raw.once.get("siaga") or Item(raw.sources[0], ("siaga",), {})
    got, good = SIAGA.read(findings, item.source, item.path, item.value)
    directory = _absolute(main).parent
    try:
        database = _database(got["database"], directory)
    except Bad as bad:
        findings.bad(item.source, (*item.path, "database"), bad)
        return None
    if not good:
        return None
    socket = _socket(got, directory, Path(database.removeprefix(_SQLITE)).parent, environ)
    if len(os.fsencode(socket)) > _LONGEST:
        problem = f"the socket's path has {len(os.fsencode(socket))} bytes, limit {_LONGEST}"
        fix = 'write a shorter one: socket = "/run/siaga/siaga.sock"'
        findings.add(item.source, (*item.path, "socket"), problem, fix)
    if got["public_listen"] is not None and got["public_listen"] == got["listen"]:
        problem = "is the same address as listen: the public one shows less"
        findings.add(item.source, (*item.path, "public_listen"), problem, "choose another port")
    ZoneInfo(got["timezone"])  # read and kept from here on, where blocking hurts nobody
    return SiagaSettings(
        organisation=got["organisation"],
        timezone=got["timezone"],
        language=got["language"],
        database=database,
        listen=got["listen"],
        public_listen=got["public_listen"],
        socket=socket,
        include=got["include"],
    )


def socket_path(
    main: Path, siaga: Mapping[str, object], environ: Mapping[str, str] = os.environ
) -> Path:
    """Where the daemon of a configuration is to be found, from its `[siaga]` as it stands.

    For commands: they also work while the file has errors, and find a daemon that systemd
    started although they themselves were not.
    """
    directory = _absolute(main).parent
    got = {name: siaga.get(name) for name in ("database", "socket")}
    try:
        database = _database(got["database"], directory)
    except Bad:
        database = _database(None, directory)
    path = _socket(
        {"socket": got["socket"] if isinstance(got["socket"], str) else None},
        directory,
        Path(database.removeprefix(_SQLITE)).parent,
        environ,
    )
    of_systemd = _RUNTIME / SOCKET
    if got["socket"] is None and not path.exists() and of_systemd.exists():
        return of_systemd
    return path


def _database(url: object, directory: Path) -> str:
    if url is None:
        url = SIAGA.keys["database"].default
    if not isinstance(url, str):
        raise Bad("expected a URL", f'write "{_SQLITE}siaga.db"')
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise Bad("is no URL", f'write "{_SQLITE}siaga.db", or with four slashes an absolute path')
    if scheme != "sqlite":
        # Its rest may hold a password.
        problem = "a database other than SQLite is not built yet"
        raise Bad(problem, f'write "{_SQLITE}siaga.db"')
    name = url.removeprefix(_SQLITE)
    if name == url or not name or name == ":memory:" or "?" in name or name.endswith("/"):
        raise Bad(
            "names no file", f'write "{_SQLITE}siaga.db", or with four slashes an absolute path'
        )
    return _SQLITE + str(_absolute(directory / name))


def _socket(
    got: Mapping[str, Any], directory: Path, beside: Path, environ: Mapping[str, str]
) -> Path:
    if got["socket"] is not None:
        return _absolute(directory / got["socket"])
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(runtime, SOCKET) if runtime else beside / SOCKET


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - symbolic links stay as they are
