"""One file of a configuration: read, decoded, parsed; knows where its keys stand."""

from __future__ import annotations

import os
import stat
import tomllib
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from uptime.config.errors import Findings, Path
from uptime.config.syntax import explain
from uptime.config.toml_index import Index, line_and_column

LARGEST = 5_000_000

_AS_UTF8 = "save the file as UTF-8 without BOM"


class Source:
    """A file that was read; `order` is its place among the files."""

    def __init__(self, path: FilePath, order: int, text: str, data: dict[str, Any]) -> None:
        self.path = path
        self.file = str(path)
        self.directory = FilePath(os.path.abspath(path)).parent  # noqa: PTH100 - symlinks stay
        self.order = order
        self.text = text
        self.data = data

    @cached_property
    def _index(self) -> Index:
        return Index(self.text)

    def offset(self, path: Path) -> int:
        """Where a key begins, or the nearest table around it."""
        return self._index.locate(path)

    def position(self, path: Path) -> tuple[int, int]:
        """The same as line and column."""
        return line_and_column(self.text, self.offset(path))

    def __repr__(self) -> str:
        return f"Source({self.file!r})"  # never its text: it may hold what should not be there


def read(path: FilePath, order: int, findings: Findings) -> Source | None:
    """The parsed file, or None when what is wrong with it was reported."""
    try:
        text = _decoded(_bytes(path))
        return Source(path, order, text, _parsed(text))
    except _UnreadableError as e:
        findings.place(order, str(path), e.at, key=e.key, problem=e.problem, fix=e.fix)
    return None


class _UnreadableError(Exception):
    def __init__(
        self, problem: str, fix: str, at: tuple[int, int] = (1, 1), key: str = "syntax"
    ) -> None:
        super().__init__(problem)
        self.problem, self.fix, self.at, self.key = problem, fix, at, key


def _bytes(path: FilePath) -> bytes:
    try:
        # Looked at before it is opened: opening a pipe would wait for a writer, for ever.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _UnreadableError(
                "is a directory, not a file", "name the checks.toml inside it", key="file"
            )
        if not stat.S_ISREG(mode):
            raise _UnreadableError("is not a regular file", "name a file", key="file")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise _UnreadableError(*_why(error), key="file") from None
    if len(raw) > LARGEST:
        problem = f"is larger than {LARGEST // 1_000_000} MB"
        raise _UnreadableError(problem, 'split it and name the parts in "include"', key="file")
    return raw


def _why(error: OSError | ValueError) -> tuple[str, str]:
    match error:
        case FileNotFoundError():
            return "there is no such file", 'name another with -c, or write one with "siaga init"'
        case PermissionError():
            who = f"uid {os.geteuid()}"
            return f"not readable by {who} (permission denied)", "chgrp it to that user, chmod 0640"
        case NotADirectoryError():
            return "a part of its path is no directory", "name another with -c"
        case OSError():
            return f"not readable ({error.strerror})", "check the path and the disk"
        case _:
            return "is no path", "name another with -c"


def _decoded(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        raise _UnreadableError("begins with a byte-order mark (BOM)", _AS_UTF8)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _UnreadableError("is UTF-16, not UTF-8", _AS_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode()
        problem = f"byte 0x{raw[error.start]:02x} at offset {error.start} is not UTF-8"
        raise _UnreadableError(problem, _AS_UTF8, line_and_column(good, len(good))) from None
    text = text.replace("\r\n", "\n")
    if (nul := text.find("\0")) >= 0:
        at = line_and_column(text, nul)
        raise _UnreadableError("holds a NUL byte, which no text does", "remove it", at)
    return text


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = explain(text, error)
        at = line_and_column(text, found.offset)
        raise _UnreadableError(found.problem, found.fix, at) from None
    except RecursionError:
        problem = "lists or tables are nested too deeply"
        raise _UnreadableError(problem, "a handful of levels is enough") from None
    except ValueError:  # Python refuses to read numbers of thousands of digits
        raise _UnreadableError("a number has too many digits", "shorten it") from None
