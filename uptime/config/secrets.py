"""Secrets by reference: `${NAME}`, `{ file = "…" }`, `{ credential = "…" }`.

A value never appears in a message, and neither does what was written in place of a reference:
it may be the secret itself.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from probes.base import Secret
from uptime.config.errors import Bad

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
FORMS = '"${NAME}" or { file = "…" } or { credential = "…" }'
_LARGEST = 65_536


def is_reference_table(value: object) -> bool:
    return isinstance(value, dict) and len(value) > 0 and value.keys() <= {"file", "credential"}


class Secrets:
    """Resolves references with one environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def resolve(self, value: object, directory: Path) -> Secret:
        """The secret that a text with `${…}` in it or a table stands for."""
        match value:
            case str() if "${" in value:
                return self._expand(value)
            case {"file": str(name), **rest} if not rest:
                return _of_file(Path(directory, name), "file")
            case {"credential": str(name), **rest} if not rest:
                return self._credential(name)
            case {"file": _, "credential": _}:
                raise Bad("file and credential exclude each other", "keep one")
            case _:
                raise Bad("a secret is given by reference", f"write {FORMS}")

    def _expand(self, text: str) -> Secret:
        names = REFERENCE.findall(text)
        if text.count("${") != len(names):
            fix = "write ${NAME}: letters, digits and _, in braces"
            raise Bad("a reference is not written in full", fix)
        missing = [name for name in dict.fromkeys(names) if not self._environ.get(name)]
        if missing:
            problem = f"environment variable {missing[0]} is not set"
            if missing[0] in self._environ:
                problem = f"environment variable {missing[0]} is empty"
            fix = "set it where the daemon starts (systemd: EnvironmentFile= or credential)"
            raise Bad(problem, fix)
        whole = REFERENCE.sub(lambda match: self._environ[match[1]], text)
        if REFERENCE.fullmatch(text) is None and not whole.isprintable():
            fix = "take the line break out of it"
            raise Bad(f"environment variable {names[0]} holds a control character", fix)
        return Secret(whole)

    def _credential(self, name: str) -> Secret:
        directory = self._environ.get("CREDENTIALS_DIRECTORY")
        if not re.fullmatch(r"[A-Za-z0-9_.:@-]{1,255}", name) or name in {".", ".."}:
            raise Bad("is no name of a credential", "write the name given to LoadCredential=")
        if not directory:
            problem = "no credentials were handed over ($CREDENTIALS_DIRECTORY is not set)"
            raise Bad(problem, f"start it by systemd with LoadCredential={name}:/path")
        return _of_file(Path(directory, name), "credential")


def _of_file(path: Path, kind: str) -> Secret:
    shown = f'{kind} "{path.name}"'
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Bad(f"{shown} is not a regular file", "name a file with the secret in it", kind)
        _guard(found, shown, kind)
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "is no path"
        fix = "write it, owned by the daemon's user, and chmod 0600"
        raise Bad(f"{shown} is not readable ({why})", fix, kind) from None
    if len(raw) > _LARGEST:
        raise Bad(f"{shown} is larger than 64 KiB", "a secret is shorter: name another file", kind)
    try:
        text = raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise Bad(f"{shown} is not UTF-8 text", "save it as UTF-8 text", kind) from None
    if not text or "\0" in text:
        raise Bad(f"{shown} is {'not text' if text else 'empty'}", "write the secret into it", kind)
    return Secret(text)


def _guard(found: os.stat_result, shown: str, kind: str) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o007:
        raise Bad(f"mode {mode:04o} of {shown} lets everyone at the secret", "chmod 0600", kind)
    if mode & 0o020:
        raise Bad(f"mode {mode:04o} of {shown} lets its group write it", "chmod 0600", kind)
    if found.st_uid not in {0, os.geteuid()}:
        problem = f"{shown} belongs to uid {found.st_uid}, who could change it"
        raise Bad(problem, f"chown it to root or uid {os.geteuid()}", kind)
