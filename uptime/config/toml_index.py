"""Where each key of a TOML text stands.

`tomllib` gives values without places. This walks the same text once more and notes the offset
of every key, table and list element; it judges nothing. On a text that is not valid it goes as
far as it can, which is enough to say where a key was first set or a string was opened.
"""

from __future__ import annotations

import re
import tomllib

from uptime.config.errors import Path

# Possessive, so that a megabyte of text in quotes needs no memory for backtracking.
_BASIC = re.compile(r'"(?:[^"\\\n]++|\\.)*+"')
_LITERAL = re.compile(r"'[^'\n]*+'")
# A repeated group that may fail in its middle must not be possessive: Python 3.11.2, that of
# Debian 12, goes on from where it failed. So long strings are searched for what ends or escapes.
_LONG = {'"""': re.compile(r'\\.|"{3,5}', re.DOTALL), "'''": re.compile(r"'{3,5}")}
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_BLANK = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")


class _StoppedError(Exception):
    """The text is not TOML from here on."""


class Index:
    """Offsets of a text by path.

    `first` has the first mention of each path; `definitions` every assignment and header in
    order; `stopped` is the offset of what could not be read, None if all was.
    """

    def __init__(self, text: str) -> None:
        self.first: dict[Path, int] = {}
        self.definitions: list[tuple[Path, int]] = []
        self.stopped: int | None = None
        self._text = text
        self._lists: dict[Path, int] = {}
        self._at = 0
        try:
            self._document()
        except (_StoppedError, RecursionError):
            self.stopped = self._at

    def locate(self, path: Path) -> int:
        """The offset of a path, or of the nearest table around it."""
        while path:
            if path in self.first:
                return self.first[path]
            path = path[:-1]
        return 0

    def _document(self) -> None:
        text, end, table = self._text, len(self._text), Path()
        while True:
            self._skip(_SPACE)
            if self._at >= end:
                return
            if text.startswith("[[", self._at):
                table = self._header("]]")
            elif text[self._at] == "[":
                table = self._header("]")
            else:
                self._pair(table)

    def _header(self, closing: str) -> Path:
        start, self._at = self._at, self._at + len(closing)
        self._skip(_BLANK)
        keys = self._keys()
        if not self._text.startswith(closing, self._at):
            self._at = start
            raise _StoppedError
        self._at += len(closing)
        path: Path = ()
        for number, (key, offset) in enumerate(keys):
            path = (*path, key)
            self.first.setdefault(path, offset)
            last = number == len(keys) - 1
            if last and closing == "]]":
                self._lists[path] = self._lists.get(path, 0) + 1
            if path in self._lists and (not last or closing == "]]"):
                path = (*path, self._lists[path] - 1)
                self.first.setdefault(path, offset)
        self.definitions.append((path, keys[-1][1]))
        return path

    def _pair(self, table: Path) -> None:
        keys = self._keys()
        if not self._text.startswith("=", self._at):
            raise _StoppedError
        self._at += 1
        path = table
        for key, offset in keys:
            path = (*path, key)
            self.first.setdefault(path, offset)
        self.definitions.append((path, keys[-1][1]))
        self._skip(_BLANK)
        self._value(path)

    def _keys(self) -> list[tuple[str, int]]:
        """The parts of a dotted key with their offsets; leaves the place behind it."""
        keys = []
        while True:
            start = self._at
            keys.append((self._key(), start))
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1
            self._skip(_BLANK)

    def _key(self) -> str:
        match self._text[self._at : self._at + 1]:
            case '"':
                quoted = self._take(_BASIC)
                return _unescape(quoted) if "\\" in quoted else quoted[1:-1]
            case "'":
                return self._take(_LITERAL)[1:-1]
            case _:
                return self._take(_BARE)

    def _value(self, path: Path) -> None:
        text = self._text
        if (quotes := text[self._at : self._at + 3]) in _LONG:
            self._long(_LONG[quotes])
            return
        match quotes[:1]:
            case '"':
                self._take(_BASIC)
            case "'":
                self._take(_LITERAL)
            case "[":
                self._list(path)
            case "{":
                self._inline(path)
            case _:
                self._take(_SCALAR)

    def _long(self, ends: re.Pattern[str]) -> None:
        for match in ends.finditer(self._text, self._at + 3):
            if match[0][0] != "\\":
                self._at = match.end()
                return
        raise _StoppedError

    def _list(self, path: Path) -> None:
        self._at += 1
        number = 0
        while True:
            self._skip(_SPACE)
            if self._closed("]"):
                return
            element = (*path, number)
            self.first.setdefault(element, self._at)
            self._value(element)
            number += 1
            self._skip(_SPACE)
            if self._closed("]"):
                return
            self._expect(",")

    def _inline(self, path: Path) -> None:
        self._at += 1
        self._skip(_BLANK)
        if self._closed("}"):
            return
        while True:
            self._skip(_BLANK)
            self._pair(path)
            self._skip(_BLANK)
            if self._closed("}"):
                return
            self._expect(",")

    def _closed(self, bracket: str) -> bool:
        if self._text.startswith(bracket, self._at):
            self._at += 1
            return True
        return False

    def _expect(self, character: str) -> None:
        if not self._closed(character):
            raise _StoppedError

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        assert match is not None  # both patterns match nothing
        self._at = match.end()

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _StoppedError
        self._at = match.end()
        return match[0]


def _unescape(quoted: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{quoted} = 0")))
    except tomllib.TOMLDecodeError:
        raise _StoppedError from None


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both counted from one, columns in characters, as editors do."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1
